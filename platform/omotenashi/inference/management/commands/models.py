"""`manage.py models pull|list|verify|swap`: the language models on this machine."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from omotenashi.errors import OmotenashiError
from omotenashi.inference import registry
from omotenashi.inference.presets import Preset
from omotenashi.inference.pull import pull
from omotenashi.inference.workers import swap_in_workers


class Command(BaseCommand):
    help = (
        "Pull language models, list the presets, verify what was pulled, or swap one while texts are written."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        fetch = actions.add_parser("pull", help="fetch, check and convert what is not there already")
        fetch.add_argument("names", nargs="+", metavar="NAME")
        fetch.add_argument("--again", action="store_true", help="replace what is there")
        actions.add_parser("list", help="all presets, and whether they are on this machine")
        verify = actions.add_parser("verify", help="compare every file with its checksum")
        verify.add_argument("names", nargs="+", metavar="NAME")

        swap = actions.add_parser("swap", help="load a preset anew in the running GPU workers")
        swap.add_argument("name", metavar="NAME")
        swap.add_argument("--to", default="", metavar="OTHER", help="another preset in its place")
        swap.add_argument(
            "--drain-first", action="store_true", help="where the memory does not hold both: new texts wait"
        )
        swap.add_argument("--seconds", type=float, default=900.0, help="how long to wait for the workers")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            actions = {"pull": self._pull, "list": self._list, "verify": self._verify, "swap": self._swap}
            actions[action](options)
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

    def _swap(self, options: dict[str, Any]) -> None:
        name, to = options["name"], options["to"]
        registry.store().require(registry.preset(to or name))
        is_done = swap_in_workers(
            name, to=to, drain_first=options["drain_first"], seconds=options["seconds"], report=self._say
        )
        if not is_done:
            raise CommandError("Not every worker has swapped; the lines above say why.")
        if to:
            self._say(f"This holds until the workers restart. To keep it: {to} in OMOTENASHI_LOCALE_PRESETS.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _chosen(options: dict[str, Any]) -> list[Preset]:
    """All names looked up before the first is fetched."""
    return [registry.preset(name) for name in options["names"]]
