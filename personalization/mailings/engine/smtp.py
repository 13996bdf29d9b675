"""An SMTP line that is kept open over many mails, with the point of no return exposed.

    MAIL FROM  ─▶ RCPT TO ─▶ DATA ─▶ the mail's bytes ─▶ [commit] ─▶ "." ─▶ 250
    └──────────── the server owns nothing ───────────────┘         └ in doubt ┘

Until the line with the single dot a server must not deliver (RFC 5321, 4.1.1.4), so everything left of
`[commit]` may be tried again, and so may a mail whose line was gone before the dot could go out. Between the
dot and its reply nobody can know. `handover.py` walks several lines to `[commit]` side by side.
"""

from __future__ import annotations

import select
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass

from personalization.mailings.engine.attempt import Attempt, Outcome, judged
from personalization.mailings.engine.line import Lines, Parcel, Unreachable

_STAGES = ("mail", "rcpt", "data")
_DOT = b".\r\n"
_MAX_REPLY_BYTES = 64_000


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


class SmtpUnreachable(Unreachable):
    """The relay did not answer, or would not talk to us."""


class _LineLost(Exception):
    """The connection is gone, silent for too long, or speaks no SMTP."""


class SmtpLine:
    """One conversation kept open over many mails; opened again when the server ends it.

    For each mail: `offer`, `pass_bytes`, then either `withhold`, or `close_mail` and, if the dot went out,
    `outcome`.
    """

    def __init__(self, server: SmtpServer, *, local_hostname: str = "localhost") -> None:
        self._server = server
        self._local_hostname = local_hostname
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._pipelines = False
        self._deadline = 0.0
        self._waits_at_most = 0.0
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
                    refusal = refusal or judged(code, text, stage=stage)
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

    def close_mail(self) -> Attempt | None:
        """The dot; None when it is out. From here to the reply a cut line means IN_DOUBT.

        Looks first: to a line that was cut or interrupted no dot is sent, so the server cannot have the mail.
        """
        lost = self._interruption() or self._send_dot()
        if lost is not None:
            self.drop()
        return lost

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
        return judged(code, text, stage="dot")

    def _interruption(self) -> Attempt | None:
        """Between the bytes and the dot the server has nothing to say but goodbye."""
        if self._socket is not None and not self._buffer and not _has_news(self._socket):
            return None
        self._deadline = time.monotonic()  # what is there is read, nothing is waited for
        try:
            code, text = self._reply()
        except _LineLost as error:
            return _before_the_dot(str(error))
        return Attempt(Outcome.DEFERRED, stage="dot", code=code, text=text)

    def _send_dot(self) -> Attempt | None:
        """An attempt only when not a byte went out: a send that fails has sent nothing."""
        assert self._socket is not None
        self._deadline = self._patience()
        try:
            self._wait_at_most(self._server.timeout_seconds, on=self._socket)
            rest = _DOT[self._socket.send(_DOT) :]
        except OSError as error:
            return _before_the_dot(str(error) or type(error).__name__)
        try:
            if rest:
                self._send(rest)
        except _LineLost:
            self.drop()  # and `outcome` finds it in doubt
        return None

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
        self._waits_at_most = server.timeout_seconds  # as the library has set it
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
            self._wait_at_most(max(0.1, self._deadline - time.monotonic()), on=self._socket)
            self._socket.sendall(data)
        except OSError as error:
            raise _LineLost(str(error) or type(error).__name__) from error

    def _wait_at_most(self, seconds: float, *, on: socket.socket) -> None:
        """To a tenth of the patience: each change is a call of the kernel, and a mail waits a dozen times."""
        if abs(seconds - self._waits_at_most) > 0.1 * self._server.timeout_seconds:
            on.settimeout(seconds)
            self._waits_at_most = seconds

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
            self._wait_at_most(remaining, on=self._socket)
            data = self._socket.recv(65_536)
        except OSError as error:
            raise _LineLost(str(error) or type(error).__name__) from error
        if not data:
            raise _LineLost("the server hung up")
        return data


def _has_news(connection: socket.socket) -> bool:
    """Bytes to read, the end of them, or an error: asked of the kernel, so it holds for TLS as well."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _before_the_dot(what: str) -> Attempt:
    return Attempt(Outcome.DEFERRED, stage="dot", text=f"connection lost before the final dot: {what}")


class SmtpLines(Lines):
    """So many lines to one relay."""

    def __init__(self, server: SmtpServer, *, count: int, local_hostname: str = "localhost") -> None:
        super().__init__([SmtpLine(server, local_hostname=local_hostname) for _ in range(count)])
