"""`manage.py write_briefs`: a file of briefs to a file of drafts, without web server or database."""

import json
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from content.brief_files import Numbered, Options, numbered, presets_of, write_lines
from omotenashi.errors import OmotenashiError
from omotenashi.inference import registry


class Command(BaseCommand):
    help = "Write the drafts of a file of briefs (JSON lines) into another; see docs/write-briefs.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--briefs", required=True, metavar="IN.JSONL", help="one brief a line")
        parser.add_argument(
            "--out", required=True, metavar="OUT.JSONL", help="one draft a line; - is the terminal"
        )
        parser.add_argument(
            "--preset", default="", metavar="NAME", help="a language model for all; else by locale"
        )
        parser.add_argument("--budget-seconds", type=float, default=90.0, metavar="N",
                            help="processor seconds a draft may cost (90)")  # fmt: skip
        parser.add_argument("--prompts", choices=("production", "candidate"), default="production",
                            help="which of the prompts to write with (production)")  # fmt: skip
        parser.add_argument("--processes", type=int, default=0, metavar="N", help="default: one a core")
        parser.add_argument("--even-unqualified", action="store_true",
                            help="write also in languages the preset is known to write badly")  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["budget_seconds"] < float("inf"):
            raise CommandError("--budget-seconds must be more than 0.")
        lines = _read(options["briefs"])
        try:
            presets = presets_of(lines, preset=options["preset"])
            for name in presets:
                registry.store().require(registry.preset(name)) if registry.preset(name).is_local else None
        except OmotenashiError as error:
            raise CommandError(error.detail) from error
        chosen = Options(
            preset=options["preset"], seconds=options["budget_seconds"],
            even_unqualified=options["even_unqualified"], prompts=options["prompts"],
            processes=_processes(options["processes"], briefs=len(lines), presets=presets),
        )  # fmt: skip
        self._write(lines, options["out"], chosen)

    def _write(self, lines: list[Numbered], out: str, options: Options) -> None:
        counts: Counter[str] = Counter()
        with _opened(out) as file:
            for done, row in enumerate(write_lines(lines, options=options), start=1):
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                file.flush()
                counts[row["status"]] += 1
                self._tell(row, done, len(lines))
        registry.close()
        self.stderr.write(
            ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "No briefs."
        )
        if counts["refused"]:
            raise CommandError(
                f"{counts['refused']} of {len(lines)} lines were refused; the others were written."
            )

    def _tell(self, row: dict[str, Any], done: int, count: int) -> None:
        if row["status"] == "refused":
            self.stderr.write(f"line {row['line']}: {row['error']}")
        else:
            why = sorted({f["check"] for f in row["findings"] if f["severity"] == "error"})
            told = f" ({', '.join(why)})" if row["status"] != "ready" and why else ""
            self.stderr.write(f"{done}/{count} {row['id']}: {row['status']}{told}, {row['seconds']:.0f} s")


def _read(path: str) -> list[Numbered]:
    try:
        return list(numbered(Path(path).read_text(encoding="utf-8").split("\n")))
    except OSError as error:
        raise CommandError(f"--briefs: {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"--briefs: {path} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None


def _opened(path: str) -> TextIO:
    if path == "-":
        return open(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    try:
        return open(path, "w", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"--out: {path} cannot be written: {error.strerror}.") from None


def _processes(wanted: int, *, briefs: int, presets: list[str]) -> int:
    """One a core where the model runs on the CPU of this machine; a GPU or a server batches by itself."""
    if wanted:
        return max(1, wanted)
    if not any(registry.preset(name).is_local for name in presets) or briefs < 2:
        return 1
    # Seconds to import, and not needed by a run that refuses every line.
    import torch

    return 1 if torch.cuda.is_available() else max(1, min(len(os.sched_getaffinity(0)), briefs))
