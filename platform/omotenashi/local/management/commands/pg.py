"""`python manage.py pg psql`, `… pg pg_dump --file=…`: PostgreSQL's client programs on our database."""

import argparse
import os
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from omotenashi.local import postgres
from omotenashi.local.errors import LocalError


class Command(BaseCommand):
    help = "Run psql, pg_dump, pg_restore … against our database, with the password filled in."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", help="psql, pg_dump, pg_restore, vacuumdb …")
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed on as they are")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            program = postgres.binaries() / os.path.basename(options["program"])
        except LocalError as error:
            raise CommandError(str(error)) from error
        if not program.exists():
            raise CommandError(f"{program.parent} has no program {options['program']}.")
        environment = os.environ | _connection(settings.DATABASES["default"])
        # In our place, so that Ctrl-C and the exit code are its own.
        os.execve(program, [str(program), *options["arguments"]], environment)  # noqa: S606


def _connection(database: Mapping[str, Any]) -> dict[str, str]:
    """In the environment rather than on the command line, where every user could read the password."""
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    return {variable: str(database[key]) for variable, key in names.items() if database.get(key)}
