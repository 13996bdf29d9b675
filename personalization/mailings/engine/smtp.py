"""SMTP lines that hand over mails together, with the point of no return exposed.

    MAIL FROM  ─▶ RCPT TO ─▶ DATA ─▶ the mail's bytes ─▶ [commit] ─▶ "." ─▶ 250
    └──────────── the server owns nothing ───────────────┘         └ in doubt ┘

Until the line with the single dot a server must not deliver (RFC 5321, 4.1.1.4), so everything
left of `[commit]` may be tried again. Between the dot and its reply nobody can know, so the
caller writes its intent at `[commit]` and never sends that mail again by itself.

A durable commit costs a millisecond or more. Several lines walk to `[commit]` side by side, each with
one mail, and share one: a death then leaves at most one mail in doubt for each open line.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# 550 no such mailbox, 551 not here, 553 no such name. 552 (full) and 554 (policy) may pass.
_HARD_BOUNCE_CODES = frozenset({550, 551, 553})
_STAGES = ("mail", "rcpt", "data")
_MAX_REPLY_BYTES = 64_000
_ASK_FOR_MORE_SECONDS = 30.0
"""A server that takes no further connection is not asked again before each mail."""


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    SENDER_REFUSED = "sender_refused"
    WITHHELD = "withheld"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to hand over a mail came to, and what the server said."""

    outcome: Outcome
    stage: str
    code: int = 0
    text: str = ""

    @property
    def is_hard_bounce(self) -> bool:
        """The server says this mailbox does not exist; writing again harms our reputation."""
        if self.outcome is not Outcome.REFUSED or self.stage != "rcpt":
            return False
        enhanced = _ENHANCED.match(self.text)
        if enhanced:
            return enhanced.group(2) == "1" or enhanced.groups()[1:] == ("2", "1")
        return self.code in _HARD_BOUNCE_CODES

    def __str__(self) -> str:
        said = f"{self.code} {self.text}".strip() if self.code else self.text
        return f"{self.stage}: {said}"[:500]


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    use_tls: bool = False
    """STARTTLS after connecting."""
    use_ssl: bool = False
    """TLS from the first byte (port 465)."""
    timeout_seconds: float = 30.0
    """For all that comes before the dot, and again for the reply to it, however slowly they drip."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail, addressed; `content` is in wire form (see `wire_form`)."""

    id: UUID
    sender: str
    recipient: str
    content: bytes


class SmtpUnreachable(Exception):
    """No conversation could be opened: nothing was handed over to anybody."""


class _LineLost(Exception):
    """The connection is gone, silent for too long, or speaks no SMTP."""


class SmtpLine:
    """One conversation kept open over many mails; opened again when the server ends it.

    For each mail: `offer`, `pass_bytes`, then either `withhold` or `close_mail` and `outcome`.
    """

    def __init__(self, server: SmtpServer, *, local_hostname: str = "localhost") -> None:
        self._server = server
        self._local_hostname = local_hostname
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._pipelines = False
        self._deadline = 0.0
        self._parcel: Parcel | None = None

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def open(self) -> None:
        """Raises SmtpUnreachable."""
        if self._socket is not None:
            return
        try:
            self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise SmtpUnreachable(f"{self._server.host}:{self._server.port}: {error}") from error

    def close(self) -> None:
        """Say goodbye where the line is still up; a dead line is simply dropped."""
        if self._socket is not None:
            try:
                self._socket.settimeout(1)
                self._socket.sendall(b"QUIT\r\n")
            except OSError:
                pass  # it was gone already
        self.drop()

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer, self._parcel = None, b"", None

    def offer(self, parcel: Parcel) -> None:
        """Name sender and recipient, and ask to begin: at once where the server takes commands in a row."""
        if self._parcel is not None:
            self.drop()  # the last mail's bytes may be out without a dot: whatever followed would end it
        self._parcel, self._deadline = parcel, self._patience()
        commands = self._commands(parcel)
        try:
            self._send("".join(commands).encode("ascii") if self._pipelines else commands[0].encode("ascii"))
        except _LineLost:
            self.drop()

    def pass_bytes(self) -> Attempt | None:
        """Read the answers and let the mail's bytes go, all but the dot; None when they are out."""
        if self._parcel is None:
            return Attempt(Outcome.DEFERRED, stage="mail", text="connection lost: before MAIL")
        stage, refusal = "mail", None
        try:
            for number, stage in enumerate(_STAGES):
                if number and not self._pipelines:
                    if refusal:
                        break
                    self._send(self._commands(self._parcel)[number].encode("ascii"))
                code, text = self._reply()
                if code // 100 != (3 if stage == "data" else 2):
                    refusal = refusal or _judged(code, text, stage=stage)
                elif stage == "data" and refusal:
                    raise _LineLost("the server took DATA after it had refused")
            if refusal is None:
                stage = "body"
                self._send(self._parcel.content)
                return None
        except _LineLost as error:
            self.drop()
            return refusal or Attempt(Outcome.DEFERRED, stage=stage, text=f"connection lost: {error}")
        self._clear(refusal)
        return refusal

    def withhold(self) -> Attempt:
        """Without the dot the server must discard what it got; only hanging up says so."""
        self.drop()
        return Attempt(Outcome.WITHHELD, stage="body", text="withheld before the final dot")

    def close_mail(self) -> None:
        """The dot. From here to the reply a cut line means IN_DOUBT."""
        self._deadline = self._patience()
        try:
            self._send(b".\r\n")
        except _LineLost:
            self.drop()

    def outcome(self) -> Attempt:
        """What the server answers to the dot."""
        try:
            code, text = self._reply()
        except _LineLost as error:
            self.drop()
            return Attempt(Outcome.IN_DOUBT, stage="dot", text=f"no answer to the dot: {error}")
        if code == 421:  # The server says goodbye with this reply and closes.
            self.drop()
        self._parcel = None
        return _judged(code, text, stage="dot")

    def _commands(self, parcel: Parcel) -> tuple[str, str, str]:
        return f"MAIL FROM:<{parcel.sender}>\r\n", f"RCPT TO:<{parcel.recipient}>\r\n", "DATA\r\n"

    def _clear(self, refusal: Attempt) -> None:
        """Ready for the next mail after a refusal, or hung up."""
        self._parcel = None
        if refusal.code == 421:
            self.drop()
            return
        try:
            self._send(b"RSET\r\n")
            self._reply()
        except _LineLost:
            self.drop()

    def _connect(self) -> None:
        server = self._server
        smtp = self._dial()
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.use_tls:
                smtp.starttls(context=ssl.create_default_context())
                smtp.ehlo()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        assert smtp.sock is not None
        self._pipelines = smtp.has_extn("pipelining")
        # From here on we read for ourselves: the library waits for each reply, and longer than it says.
        self._socket, self._buffer = smtp.sock, b""
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.sock = None

    def _dial(self) -> smtplib.SMTP:
        server, name = self._server, self._local_hostname
        seconds = server.timeout_seconds
        if not server.use_ssl:
            return smtplib.SMTP(server.host, server.port, local_hostname=name, timeout=seconds)
        # Without a context of our own smtplib would not check the certificate.
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(
            server.host, server.port, local_hostname=name, timeout=seconds, context=context
        )

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            raise _LineLost("it was hung up")
        try:
            self._socket.settimeout(max(0.1, self._deadline - time.monotonic()))
            self._socket.sendall(data)
        except OSError as error:
            raise _LineLost(str(error) or type(error).__name__) from error

    def _patience(self) -> float:
        return time.monotonic() + self._server.timeout_seconds

    def _reply(self) -> tuple[int, str]:
        said: list[str] = []
        while True:
            line = self._line()
            if len(line) < 3 or not line[:3].isdigit():
                raise _LineLost(f"not an SMTP reply: {line[:80]!r}")
            said.append(line[4:].decode("utf-8", "replace"))
            if line[3:4] != b"-":
                return int(line[:3]), " ".join(" ".join(said).split())

    def _line(self) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _MAX_REPLY_BYTES:
                raise _LineLost("a reply without end")
            self._buffer += self._receive()
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self) -> bytes:
        if self._socket is None:
            raise _LineLost("it was hung up")
        # After the deadline, too, what is there is read: on a busy machine it is we who come late.
        remaining = max(0.01, self._deadline - time.monotonic())
        try:
            self._socket.settimeout(remaining)
            data = self._socket.recv(65_536)
        except OSError as error:
            raise _LineLost(str(error) or type(error).__name__) from error
        if not data:
            raise _LineLost("the server hung up")
        return data


class SmtpLines:
    """So many lines to one server. Fewer where the server takes no more; at least one."""

    def __init__(self, server: SmtpServer, *, count: int, local_hostname: str = "localhost") -> None:
        self._lines = [SmtpLine(server, local_hostname=local_hostname) for _ in range(count)]
        self._no_more_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self.close()

    def close(self) -> None:
        for line in self._lines:
            line.close()

    @property
    def count(self) -> int:
        return len(self._lines)

    def ready(self, wanted: int) -> list[SmtpLine]:
        """Open lines, `wanted` at most. Raises SmtpUnreachable when there is none."""
        open_lines: list[SmtpLine] = []
        refused: SmtpUnreachable | None = None
        for line in sorted(self._lines, key=lambda own: not own.is_open):
            if len(open_lines) == wanted:
                break
            if open_lines and not line.is_open and time.monotonic() < self._no_more_until:
                break
            try:
                line.open()
            except SmtpUnreachable as error:
                refused, self._no_more_until = error, time.monotonic() + _ASK_FOR_MORE_SECONDS
                break
            else:
                open_lines.append(line)
        if not open_lines:
            assert refused is not None
            raise refused
        return open_lines


def _nothing(boundary: str) -> None:
    """The default for a caller that does not want to know."""


def hand_over(
    lines: Sequence[SmtpLine],
    *,
    parcels: Sequence[Parcel],
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None] = _nothing,
) -> dict[UUID, Attempt]:
    """One parcel on each line, side by side.

    1. MAIL FROM names the sender. A lasting refusal is about us, not about this recipient.
    2. RCPT TO names the recipient. A lasting refusal here may be a hard bounce.
    3. DATA asks to begin; 354 lets us; the bytes go out, all but the dot.
    4. `commit` writes the intent of all that came so far, durably, and says which may still go. The others
       (withdrawn consent, a paused campaign, a claim that was lost) are discarded by hanging up.
    5. The dots. From here to the reply a cut line means IN_DOUBT.
    6. 250 is ACCEPTED; 4xx and 5xx mean that the server did not take it.
    """
    try:
        return _hand_over(list(zip(lines, parcels, strict=True)), commit=commit, passing=passing)
    except BaseException:
        for line in lines:
            line.drop()  # no line may be used again that has a mail half said
        raise


def _hand_over(
    pairs: Sequence[tuple[SmtpLine, Parcel]],
    *,
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None],
) -> dict[UUID, Attempt]:
    """Steps 1 to 3 of `hand_over`."""
    for line, parcel in pairs:
        line.offer(parcel)
    passing("offered")
    ended: dict[UUID, Attempt] = {}
    waiting: list[tuple[SmtpLine, Parcel]] = []
    for line, parcel in pairs:
        attempt = line.pass_bytes()
        if attempt is None:
            waiting.append((line, parcel))
        else:
            ended[parcel.id] = attempt
    passing("bytes_out")
    return ended | _close_mails(waiting, commit=commit, passing=passing)


def _close_mails(
    waiting: Sequence[tuple[SmtpLine, Parcel]],
    *,
    commit: Callable[[Sequence[Parcel]], Collection[UUID]],
    passing: Callable[[str], None],
) -> dict[UUID, Attempt]:
    """Steps 4 to 6 of `hand_over`."""
    allowed: Collection[UUID] = ()
    try:
        allowed = commit([parcel for _, parcel in waiting])
    finally:
        ended = {parcel.id: line.withhold() for line, parcel in waiting if parcel.id not in allowed}
    passing("intended")
    going = [(line, parcel) for line, parcel in waiting if parcel.id in allowed]
    for number, (line, _) in enumerate(going):
        if number == 1:
            passing("first_dot_out")
        line.close_mail()
    passing("dots_out")
    for number, (line, parcel) in enumerate(going):
        if number == 1:
            passing("first_answer_in")
        ended[parcel.id] = line.outcome()
    passing("answers_in")
    return ended


def _judged(code: int, text: str, *, stage: str) -> Attempt:
    if stage == "dot" and code // 100 == 2:
        outcome = Outcome.ACCEPTED
    elif code // 100 == 5:
        outcome = Outcome.SENDER_REFUSED if stage == "mail" else Outcome.REFUSED
    else:
        outcome = Outcome.DEFERRED
    return Attempt(outcome, stage=stage, code=code, text=text)


def wire_form(content: bytes) -> bytes:
    """CRLF line ends, leading dots doubled (RFC 5321, 4.5.2), and a closing line end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
