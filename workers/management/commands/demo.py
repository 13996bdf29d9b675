"""`python manage.py demo`: the whole chain on the sample shop; stays up until Ctrl-C."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workers.demo import running_demo


class Command(BaseCommand):
    help = "Build the sample shop, write, recommend, mail; print what was done; stay up until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit after the summary")

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        try:
            with running_demo():
                if not options["once"]:
                    self.stdout.write("\nReady. Ctrl-C stops everything.")
                    stopped.wait()
        except KeyboardInterrupt:
            self.stdout.write("")
