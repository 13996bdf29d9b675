"""The command, over files. No test here may touch the database: one that does fails."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.personalization.ranking.logs import START, two_worlds

INLINE = "customer=who,product=what,title=name,time=day,quantity=n,price=paid,order=basket"
CUT = "2011-07-20"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = two_worlds(customers=60, products=20)
    first = np.datetime64("2011-01-01", "ms")
    frame = pl.DataFrame(
        {
            "who": [log.customers[number] for number in log.customer.tolist()],
            "what": [log.products[number] for number in log.product.tolist()],
            "name": [log.titles[number] for number in log.product.tolist()],
            "day": (first + ((log.day - START) * 86_400_000).astype("timedelta64[ms]")),
            "n": 1,
            "paid": 9.5,
            "basket": log.basket,
        }
    )
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    frame.write_csv(path)
    return path


def _run(orders: Path, out: Path, **options: Any) -> str:
    """Through the parser, as from a shell."""
    said = StringIO()
    given = {"orders": orders, "mapping": INLINE, "cut": CUT, "out": out, "threads": 1} | options
    words = [f"--{name.replace('_', '-')}={value}" for name, value in given.items() if value is not True]
    flags = [f"--{name}" for name, value in given.items() if value is True]
    call_command("backtest", *words, *flags, stdout=said, stderr=StringIO())
    return said.getvalue()


def test_it_writes_a_list_for_every_customer_known_before_the_cut(orders: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "recs.csv", tmp_path / "report.json"
    said = _run(orders, out, target="new", top=5, report=report, sources="ease")
    lists = pl.read_csv(out)
    assert lists.columns == ["customer_id", "product_id", "rank"]
    assert lists["rank"].max() <= 5
    before = pl.read_csv(orders, try_parse_dates=True).filter(pl.col("day") < pl.lit(CUT).str.to_datetime())
    assert set(lists["customer_id"]) <= set(before["who"])
    owned = set(before.select("who", "what").iter_rows())
    assert not owned & set(lists.select("customer_id", "product_id").iter_rows())
    figures = json.loads(report.read_text())
    assert figures["metrics"]["ndcg"]["mean"] > 0
    assert figures["peak_memory_mib"] > 0
    assert "ndcg@10" in said


def test_it_learns_where_no_sources_are_named(orders: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "recs.csv", tmp_path / "report.json"
    _run(orders, out, target="all", report=report, budget_minutes=0.2)
    learned = json.loads(report.read_text())
    assert learned["training_windows"] >= 1
    _run(orders, tmp_path / "popular.csv", target="all", report=report, sources="popularity")
    popular = json.loads(report.read_text())
    assert learned["metrics"]["ndcg"]["mean"] > popular["metrics"]["ndcg"]["mean"]


def test_it_forecasts_when_asked_for_timing(orders: Path, tmp_path: Path) -> None:
    out = tmp_path / "timing.csv"
    said = _run(orders, out, timing=True)
    table = pl.read_csv(out, try_parse_dates=True)
    assert table.columns == ["customer_id", "p30", "expected_date"]
    assert table["p30"].is_between(0, 1).all()
    assert "BG/NBD" in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"mapping": "etsy"}, "Known: online-retail"),
        ({"mapping": INLINE.replace("who", "whom")}, "no column whom"),
        ({"sources": "magic"}, "Known: "),
        ({"top": 0}, "--top"),
        ({"timing": True, "days": 21}, "7, 14, 30"),
    ],
)
def test_it_says_what_to_write_instead(
    orders: Path, tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    with pytest.raises(CommandError, match=told):
        _run(orders, tmp_path / "recs.csv", **options)
    assert not (tmp_path / "recs.csv").exists()
