"""Bring a product feed into a workspace's catalogue; run again after a kill, it goes on where it was."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from omotenashi.accounts.commands import workspace_named
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.readers import READERS
from omotenashi.catalog.models import ImportRun, RowIssue
from omotenashi.catalog.services import run_import, start_run
from omotenashi.catalog.services.imports import digest_of
from omotenashi.errors import OmotenashiError

ISSUES_SHOWN = 10


class Command(BaseCommand):
    help = "Import products from a feed file. Good rows are kept whatever the others hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the feed")
        parser.add_argument("--format", required=True, choices=list(READERS), dest="kind")
        parser.add_argument("--workspace", metavar="SLUG", help="may be left out where there is only one")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--archive-missing",
            action="store_true",
            help="the feed is complete: products that are not in it leave the catalogue",
        )

    def handle(self, **options: Any) -> None:
        workspace = workspace_named(options["workspace"])
        try:
            run = self._import(options["file"], workspace=workspace, options=options)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}. Give the path of the feed.") from error
        except OmotenashiError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(summary(run))
        if run.state == ImportRun.State.FAILED:
            raise CommandError(run.note)

    def _import(self, file: Path, *, workspace: Workspace, options: dict[str, Any]) -> ImportRun:
        with file.open("rb") as stream:
            run = start_run(
                workspace,
                source=file.name,
                digest=digest_of(stream),
                kind=options["kind"],
                dry_run=options["dry_run"],
                archive_others=options["archive_missing"],
            )
            if run.cursor:
                self.stdout.write(f"Going on after row {run.cursor}, where an earlier run was stopped.")
            return run_import(run, stream=stream)


def summary(run: ImportRun) -> str:
    """What became of every row, and the first of those that need a person."""
    counts = "  ".join(
        f"{name.replace('_', ' ')} {getattr(run, name)}"
        for name in ("read", "created", "updated", "unchanged", "left_out", "archived")
    )
    lines = [f"{run.source}{' (dry run: nothing was changed)' if run.dry_run else ''}", f"  {counts}"]
    if run.reasons:
        found = sorted(run.reasons.items(), key=lambda pair: -pair[1])
        lines.append("  found: " + ", ".join(f"{code} {count}" for code, count in found))
    lines += [_issue_line(issue) for issue in run.issues.order_by("row_number", "id")[:ISSUES_SHOWN]]
    if (more := sum(run.reasons.values()) - ISSUES_SHOWN) > 0:
        lines.append(f"  … and {more} more: see the import in the studio.")
    if run.note and run.state == ImportRun.State.SUCCEEDED:
        lines.append(f"  {run.note}")
    return "\n".join(lines)


def _issue_line(issue: RowIssue) -> str:
    place = f"row {issue.row_number}" if issue.row_number else "file"
    kept = " (kept)" if issue.severity == RowIssue.Severity.WARNING and issue.row_number else ""
    return f"  {place}{f', {issue.pointer}' if issue.pointer else ''}: {issue.detail}{kept}"
