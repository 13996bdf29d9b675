"""`manage.py models pull|list|verify`: the language models on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from omotenashi.errors import OmotenashiError
from omotenashi.inference import registry
from omotenashi.inference.presets import Preset
from omotenashi.inference.pull import pull


class Command(BaseCommand):
    help = "Pull language models, list the presets, or verify what was pulled."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        fetch = actions.add_parser("pull", help="fetch, check and convert what is not there already")
        fetch.add_argument("names", nargs="+", metavar="NAME")
        fetch.add_argument("--again", action="store_true", help="replace what is there")
        actions.add_parser("list", help="all presets, and whether they are on this machine")
        verify = actions.add_parser("verify", help="compare every file with its checksum")
        verify.add_argument("names", nargs="+", metavar="NAME")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            {"pull": self._pull, "list": self._list, "verify": self._verify}[action](options)
        except OmotenashiError as error:
            raise CommandError(error.detail) from error

    def _pull(self, options: dict[str, Any]) -> None:
        for preset in _chosen(options):
            pull(preset, store=registry.store(), report=self._say, again=options["again"])

    def _list(self, options: dict[str, Any]) -> None:
        for preset in registry.presets().values():
            state = "ready" if registry.store().has(preset) else "not pulled"
            self._say(f"{preset.name:16} {state:11} {preset.kind:9} {preset.licence:20} {preset.notes}")

    def _verify(self, options: dict[str, Any]) -> None:
        for preset in _chosen(options):
            count = registry.store().verify(preset)
            self._say(
                f"{preset.name}: {count} files as recorded." if count else f"{preset.name}: nothing recorded."
            )

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _chosen(options: dict[str, Any]) -> list[Preset]:
    """All names looked up before the first is fetched."""
    return [registry.preset(name) for name in options["names"]]
