"""`python manage.py screenshots`: the pictures of docs/images, from a demo, by headless Chromium."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from workers.demo import running_demo
from workers.demo.pictures import take_pictures


class Command(BaseCommand):
    help = "Take docs/images anew. Starts the demo if it is not running."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.ROOT / "docs" / "images")

    def handle(self, *args: Any, **options: Any) -> None:
        with running_demo() as demo:
            for path in take_pictures(demo, folder=options["to"]):
                self.stdout.write(str(path))
