"""`backtest --orders FILE --mapping … --cut DATE`: the production ranking over any log, judged."""

import json
import resource
import time
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from omotenashi.errors import OmotenashiError
from personalization.engine.mappings import MAPPINGS, InvalidMapping, mapping_from
from personalization.engine.purchase_log import SECONDS_PER_DAY
from personalization.engine.ranking.backtest import UnknownSource
from personalization.engine.ranking.sources import BATCH_SOURCES
from personalization.services.backtesting import BacktestRequest, run_backtest, run_timing_backtest

DEFAULT_MINUTES = 20.0
HORIZONS = (7, 14, 30)
"""Days for which timing is forecast."""


class Command(BaseCommand):
    help = "Make lists as of a date from an orders file, and judge them by what was bought in the days after."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--orders", type=Path, required=True, help="Parquet or CSV, a row a line.")
        parser.add_argument(
            "--mapping",
            required=True,
            help=f"A shipped mapping ({', '.join(MAPPINGS)}) or customer=COLUMN,product=COLUMN,time=COLUMN,"
            "order=COLUMN and, if the file has them, title=, quantity=, price=, country=.",
        )
        parser.add_argument("--products", type=Path, help="Parquet or CSV with product, title, description.")
        parser.add_argument("--cut", type=_day, required=True, help="Nothing from this day on is read.")
        parser.add_argument("--days", type=int, default=30, help="Days after the cut that judge (30).")
        parser.add_argument(
            "--target",
            choices=("all", "new"),
            default="all",
            help="all: repeats count; new: what the customer had not bought before (as in discovery).",
        )
        parser.add_argument("--top", type=int, default=100, help="Products in each list (100).")
        parser.add_argument("--out", type=Path, required=True, help="CSV: customer_id,product_id,rank.")
        parser.add_argument("--report", type=Path, help="JSON: metrics, choices, time, memory.")
        parser.add_argument(
            "--sources",
            default="",
            help="Compare instead: one source's lists, or the tuned blend of several, or `all`. "
            f"Known: {', '.join(BATCH_SOURCES)}.",
        )
        parser.add_argument(
            "--timing",
            action="store_true",
            help="Instead of lists: customer_id,p30,expected_date of everyone known before the cut.",
        )
        parser.add_argument("--budget-minutes", type=float, default=DEFAULT_MINUTES)
        parser.add_argument("--threads", type=int, default=2)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 1 or options["top"] < 1 or options["budget_minutes"] <= 0:
            raise CommandError("--days, --top and --budget-minutes must be above 0.")
        if options["timing"] and options["days"] not in HORIZONS:
            raise CommandError(
                f"--timing forecasts {', '.join(map(str, HORIZONS))} days: choose one as --days."
            )
        begun = time.perf_counter()
        try:
            request = _request(options)
            run = run_timing_backtest if options["timing"] else run_backtest
            outcome = run(request, tell=self._tell)
        except (InvalidMapping, UnknownSource, OmotenashiError) as error:
            raise CommandError(str(error)) from error
        outcome.table.write_csv(options["out"])
        report = outcome.report | {
            "seconds": round(time.perf_counter() - begun, 1),
            "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
        if options["report"]:
            options["report"].write_text(json.dumps(report, indent=2) + "\n")
        self.stdout.write(_summary(report, options))

    def _tell(self, message: str) -> None:
        self.stderr.write(message)


def _request(options: dict[str, Any]) -> BacktestRequest:
    return BacktestRequest(
        orders=options["orders"],
        mapping=mapping_from(options["mapping"]),
        products=options["products"],
        cut=options["cut"],
        days=options["days"],
        goal=options["target"],
        top=options["top"],
        sources=tuple(name.strip() for name in options["sources"].split(",") if name.strip()),
        budget_seconds=options["budget_minutes"] * 60,
        threads=options["threads"],
        seed=options["seed"],
    )


def _day(text: str) -> float:
    """Days since 1970 of a date at midnight UTC, or of an RFC 3339 time."""
    try:
        if len(text) == 10:
            return float((date.fromisoformat(text) - date(1970, 1, 1)).days)
        stated = datetime.fromisoformat(text)
        return stated.replace(tzinfo=stated.tzinfo or UTC).timestamp() / SECONDS_PER_DAY
    except ValueError as error:
        raise CommandError(f"--cut {text!r} is no date: write it as 2011-10-11.") from error


def _summary(report: dict[str, Any], options: dict[str, Any]) -> str:
    lines = [f"{report['customers']:,} customers written to {options['out']}"]
    lines += [_timing_line(row) for row in report.get("methods", ())]
    for name, values in report["metrics"].items():
        if "mean" in values:
            lines.append(
                f"  {name + '@10':<12} {values['mean']:.4f}"
                f"   95 %: {values['low']:.4f} to {values['high']:.4f}"
            )
    if not report["metrics"] and not report.get("methods"):
        lines.append("  The log has no purchases after the cut: nothing to judge by.")
    lines.append(f"  {report['seconds']} s, {report['peak_memory_mib']:,} MiB at the peak")
    return "\n".join(lines)


def _timing_line(row: dict[str, Any]) -> str:
    figures = "   ".join(f"{name} {measured['value']:.4f}" for name, measured in row["metrics"].items())
    return f"  {row['method']:<36} {figures}"
