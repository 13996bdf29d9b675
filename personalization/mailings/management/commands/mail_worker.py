"""`python manage.py mail_worker`: sends the mails of campaigns until it is told to stop. Run as many as you
like.
"""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from personalization.mailings.services.send import run_worker
from personalization.mailings.transport import limits, new_lines


class Command(BaseCommand):
    help = "Send the mails of campaigns to the relay or provider of EMAIL_URL until told to stop."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        # A mistake in the settings is said now, not in the middle of a mailing.
        limits()
        new_lines()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("mail worker ready")
        self.stdout.flush()
        run_worker(stop=stop)
