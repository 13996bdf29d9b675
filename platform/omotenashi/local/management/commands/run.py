"""`python manage.py run`: everything on this machine, until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from omotenashi.local.application import Application
from omotenashi.local.errors import LocalError


class Command(BaseCommand):
    help = "Start PostgreSQL, Valkey, web, workers, scheduler and inbox; Ctrl-C stops all."
    # Checks may ask the database, which is not running yet.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-inbox", action="store_true", help="no local SMTP inbox (also implied by EMAIL_URL)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            application = Application(
                settings.VAR, with_inbox=False if options["no_inbox"] else None, announce=True
            )
        except LocalError as error:
            raise CommandError(str(error)) from error
        application.run()
