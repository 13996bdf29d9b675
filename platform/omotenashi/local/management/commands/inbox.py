"""`manage.py inbox`: receive mail on this machine and read it in the browser. Nothing is passed on."""

from __future__ import annotations

import logging
import signal
import threading
from argparse import ArgumentParser
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from omotenashi.local.config import load_or_create
from omotenashi.local.inbox.smtp import start_receiver
from omotenashi.local.inbox.store import MailFolder
from omotenashi.local.inbox.web import make_server


class Command(BaseCommand):
    help = "Run a local mail inbox: an SMTP server and a page to read what it received."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--smtp-port", type=int, help="port that takes mail")
        parser.add_argument("--web-port", type=int, help="port of the page")
        parser.add_argument("--dir", type=Path, help="folder that keeps the mails (var/inbox)")

    def handle(self, *args: Any, **options: Any) -> None:
        # It tells every command it hears, addresses among them.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        host = options["host"]
        local = load_or_create(settings.VAR)
        smtp_port = options["smtp_port"] or local.smtp_port
        web_port = options["web_port"] or local.inbox_port
        folder = MailFolder(options["dir"] or settings.VAR / "inbox")
        try:
            server = make_server(folder, host=host, port=web_port)
            receiver = start_receiver(folder, host=host, port=smtp_port)
        except (OSError, TimeoutError) as error:
            raise CommandError(f"A port of the inbox ({smtp_port}, {web_port}) is taken: {error}.") from error
        _stop_on_signal(server)
        self.stdout.write(f"Inbox: mail to {host}:{smtp_port}, read at http://{host}:{web_port}")
        self.stdout.flush()
        try:
            server.serve_forever()
        finally:
            receiver.stop()
            server.server_close()


def _stop_on_signal(server: ThreadingHTTPServer) -> None:
    def stop(number: int, frame: object) -> None:
        # `shutdown` waits for the loop that this handler interrupts, so it needs a thread of its own.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
