"""One SMTP connection that hands over many mails, step by step, with the point of no return exposed.

    MAIL FROM  ─▶ RCPT TO ─▶ DATA ─▶ the mail's bytes ─▶ [commit] ─▶ "." ─▶ 250
    └──────────── the server owns nothing ───────────────┘         └ in doubt ┘

Until the line with the single dot a server must not deliver (RFC 5321, 4.1.1.4), so everything
left of `[commit]` may be tried again. Between the dot and its reply nobody can know, so the
caller writes its intent at `[commit]` and never sends that mail again by itself.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
# 550 no such mailbox, 551 not here, 553 no such name. 552 (full) and 554 (policy) may pass.
_HARD_BOUNCE_CODES = frozenset({550, 551, 553})


class Outcome(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    SENDER_REFUSED = "sender_refused"
    WITHHELD = "withheld"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True)
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


class SmtpUnreachable(Exception):
    """No conversation could be opened: nothing was handed over to anybody."""


class SmtpConnection:
    """A conversation kept open over many mails; reopened when the server ends it."""

    def __init__(self, server: SmtpServer, *, local_hostname: str = "localhost") -> None:
        self._server = server
        self._local_hostname = local_hostname
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye where the line is still up; a dead line is simply dropped."""
        if self._smtp is None:
            return
        try:
            self._smtp.quit()
        except (smtplib.SMTPException, OSError):
            self._smtp.close()
        self._smtp = None

    def deliver(
        self,
        *,
        sender: str,
        recipient: str,
        content: bytes,
        before_final_dot: Callable[[], bool],
    ) -> Attempt:
        """Hand over one mail.

        1. MAIL FROM names the sender. A lasting refusal is about us, not about this recipient.
        2. RCPT TO names the recipient. A lasting refusal here may be a hard bounce.
        3. DATA asks to begin; 354 lets us.
        4. The bytes go out, all but the closing dot. The server has them and may not act on them.
        5. `before_final_dot` commits the intent and answers whether the mail may still go.
           False (withdrawn consent, a paused campaign): we cut the line, which discards the mail.
        6. The dot. From here to the reply a cut line means IN_DOUBT.
        7. 250 is ACCEPTED; 4xx and 5xx mean that the server did not take it.
        """
        smtp = self._open()
        stage = "mail"
        try:
            for stage, command in (
                ("mail", f"MAIL FROM:<{sender}>"),
                ("rcpt", f"RCPT TO:<{recipient}>"),
                ("data", "DATA"),
            ):
                refusal = self._ask(smtp, stage=stage, command=command)
                if refusal:
                    return refusal
            stage = "body"
            smtp.send(_wire_form(content))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Attempt(Outcome.DEFERRED, stage=stage, text=f"connection lost: {error}")
        return self._finish(smtp, before_final_dot=before_final_dot)

    def _finish(self, smtp: smtplib.SMTP, *, before_final_dot: Callable[[], bool]) -> Attempt:
        """Steps 5 to 7 of `deliver`."""
        may_go = False
        try:
            may_go = before_final_dot()
        finally:
            if not may_go:
                self._drop()
        if not may_go:
            return Attempt(Outcome.WITHHELD, stage="body", text="withheld before the final dot")
        try:
            smtp.send(b".\r\n")
            code, text = _reply(smtp)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Attempt(Outcome.IN_DOUBT, stage="dot", text=f"no answer to the dot: {error}")
        return self._judge(code, text, stage="dot", wanted=2)

    def _ask(self, smtp: smtplib.SMTP, *, stage: str, command: str) -> Attempt | None:
        """Send one command; None means go on."""
        smtp.putcmd(command)
        code, text = _reply(smtp)
        wanted = 3 if stage == "data" else 2
        if code // 100 == wanted:
            return None
        attempt = self._judge(code, text, stage=stage, wanted=wanted)
        if self._smtp is not None:
            self._reset(smtp)
        return attempt

    def _judge(self, code: int, text: str, *, stage: str, wanted: int) -> Attempt:
        if code == 421:  # The server says goodbye with this reply and closes.
            self._drop()
        if code // 100 == wanted:
            outcome = Outcome.ACCEPTED
        elif code // 100 == 5:
            outcome = Outcome.SENDER_REFUSED if stage == "mail" else Outcome.REFUSED
        else:
            outcome = Outcome.DEFERRED
        return Attempt(outcome, stage=stage, code=code, text=text)

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.rset()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _open(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = self._connect()
            except (smtplib.SMTPException, OSError) as error:
                raise SmtpUnreachable(f"{self._server.host}:{self._server.port}: {error}") from error
        return self._smtp

    def _connect(self) -> smtplib.SMTP:
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
        return smtp

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

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


def _reply(smtp: smtplib.SMTP) -> tuple[int, str]:
    code, text = smtp.getreply()
    if code < 200:  # smtplib answers -1 for a line that is no SMTP reply.
        raise smtplib.SMTPServerDisconnected(f"not an SMTP reply: {text!r}")
    return code, " ".join(text.decode("utf-8", "replace").split())


def _wire_form(content: bytes) -> bytes:
    """CRLF line ends, leading dots doubled (RFC 5321, 4.5.2), and a closing line end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"
