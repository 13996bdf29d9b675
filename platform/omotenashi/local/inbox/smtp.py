"""The receiving half: aiosmtpd in a thread of its own, writing into the folder before it answers 250."""

from __future__ import annotations

import asyncio

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from omotenashi.local.inbox.store import MailFolder

MAX_MAIL_BYTES = 20_000_000


class Receiver:
    """Takes every mail for anybody."""

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer 250 only once the mail is on disk."""
        content = envelope.original_content or b""
        add = asyncio.get_running_loop().run_in_executor
        await add(None, lambda: self._folder.add(content, recipients=envelope.rcpt_tos))
        return "250 2.0.0 Kept in the local inbox"


def start_receiver(folder: MailFolder, *, host: str, port: int) -> Controller:
    """Listen in the background; call `.stop()` on what comes back."""
    controller = Controller(
        Receiver(folder),
        hostname=host,
        port=port,
        data_size_limit=MAX_MAIL_BYTES,
        ident="Omotenashi local inbox",
    )
    controller.start()
    return controller
