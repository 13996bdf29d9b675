"""Who buys within some days of a cut: our forecast beside the BG/NBD and trees on recency, frequency, gaps.

python -m benchmarks.timing --orders orders.parquet --mapping online-retail --cut 2011-10-11 [--days 7,14,30]
"""

import argparse
import time
from datetime import date
from pathlib import Path

import polars as pl

from personalization.engine.cleaning import clean_orders
from personalization.engine.mappings import mapping_from
from personalization.engine.purchase_log import PurchaseLog, log_from_lines
from personalization.engine.timing.backtest import TimingRow, interval_report, timing_report
from personalization.engine.timing.forecast import forecast_customers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--mapping", default="online-retail")
    parser.add_argument("--cut", type=date.fromisoformat, action="append", required=True)
    parser.add_argument("--days", default="30")
    given = parser.parse_args()
    log = read_log(given.orders, mapping=given.mapping)
    for cut in given.cut:
        _print_cut(log, cut=cut, horizons=[int(days) for days in given.days.split(",")])


def read_log(orders: Path, *, mapping: str) -> PurchaseLog:
    frame = pl.read_parquet(orders) if orders.suffix == ".parquet" else pl.read_csv(orders)
    return log_from_lines(clean_orders(frame, mapping=mapping_from(mapping), currency="EUR").lines)


def _print_cut(log: PurchaseLog, *, cut: date, horizons: list[int]) -> None:
    day = float((cut - date(1970, 1, 1)).days)
    started = time.perf_counter()
    found = forecast_customers(log, as_of=day)
    seconds = time.perf_counter() - started
    print(f"\ncut {cut}: {len(found.customer):,} customers, {found.method}, {seconds:.1f} s")
    print(f"{'method':36}{'days':>5}  {'AUC':20} {'Brier':20} {'log-loss':20} {'ECE':20} foretold / bought")
    for days in horizons:
        for row in timing_report(log, cut=day, days=days):
            print(_line(row))
    report = interval_report(found, log=log)
    print("interval:", ", ".join(f"{name} {value:.3f}" for name, value in report.items()))


def _line(row: TimingRow) -> str:
    cells = [f"{cell.value:.4f} {cell.low:.3f}-{cell.high:.3f}".ljust(20) for cell in row.metrics.values()]
    return f"{row.method:36}{row.days:5}  {' '.join(cells)} {row.foretold:.3f} / {row.bought:.3f}"


if __name__ == "__main__":
    main()
