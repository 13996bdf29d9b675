"""`import_orders FILE --mapping …`: loads an orders file and says what was left out and why."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from omotenashi.accounts.commands import workspace_named
from omotenashi.errors import OmotenashiError
from personalization.engine.mappings import MAPPINGS, InvalidMapping, mapping_from
from personalization.services.orders_import import OrdersSummary, import_orders


class Command(BaseCommand):
    help = "Load orders from a Parquet or CSV file. The same file twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--mapping",
            required=True,
            help=f"A shipped mapping ({', '.join(MAPPINGS)}) or order=COLUMN,product=COLUMN,time=COLUMN "
            "and, if the file has them, customer=, title=, quantity=, price=, country=, currency=.",
        )
        parser.add_argument(
            "--workspace", help="The workspace's slug; may be left out while there is only one."
        )
        parser.add_argument("--dry-run", action="store_true", help="Count only; write nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = workspace_named(options["workspace"])
        try:
            mapping = mapping_from(options["mapping"])
            summary = import_orders(
                workspace, path=options["file"], mapping=mapping, dry_run=options["dry_run"]
            )
        except (InvalidMapping, OmotenashiError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary_text(summary))


def summary_text(summary: OrdersSummary) -> str:
    written = summary.written
    lines = [
        f"Rows in the file       {summary.rows_in:>9,}"
        + ("   (dry run: nothing was written)" * summary.is_dry_run),
        f"  loaded               {summary.loaded:>9,}",
        f"  already there        {summary.already_there:>9,}",
        f"  left out             {sum(summary.left_out.values()):>9,}",
    ]
    for reason, count in summary.left_out.items():
        rows = ", ".join(str(row) for row in summary.samples[reason])
        lines.append(f"    {reason:<21}{count:>7,}   such as rows {rows}")
    lines.append(
        f"Rows without a customer{summary.without_customer:>9,}   kept: they teach what is bought together"
    )
    if summary.returned:
        lines.append(f"Lines that came back   {summary.returned:>9,}   kept as refunded orders")
    if summary.unknown_countries:
        lines.append(f"No single country: {', '.join(summary.unknown_countries[:10])}. Kept without one.")
    lines.append(
        f"New: {written.products:,} products, {written.customers:,} customers, {written.orders:,} orders, "
        f"{written.lines:,} lines"
    )
    return "\n".join(lines)
