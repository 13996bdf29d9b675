"""Orders files: what is loaded, what is left out and why, and that a second run changes nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.core.management import CommandError, call_command

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs import Job
from personalization.engine.mappings import mapping_from
from personalization.models import Customer, Order, OrderLine
from personalization.services.orders_import import OrdersSummary, import_orders

INLINE = "order=Order,product=Sku,time=When,customer=Who,title=Name,quantity=Qty,price=Price,country=Land"
HEADER = "Order,Sku,Name,Qty,When,Price,Who,Land\n"
GOOD = "o1,bowl,Rice bowl,2,2026-03-01T10:00:00Z,12.50,kim,Germany\n"


@pytest.fixture
def run(workspace: Workspace, tmp_path: Path) -> Callable[..., OrdersSummary]:
    def load(rows: str, **options: Any) -> OrdersSummary:
        file = tmp_path / "orders.csv"
        file.write_text(HEADER + rows)
        return import_orders(workspace, path=file, mapping=mapping_from(INLINE), **options)

    return load


def everything() -> list[Any]:
    tables = (Product, Customer, Order, OrderLine)
    return [list(table.objects.order_by("id").values()) for table in tables]


def test_it_loads_products_customers_orders_and_lines(run: Callable[..., OrdersSummary]) -> None:
    summary = run(GOOD + "o1,cup,Tea cup,1,2026-03-01T10:00:00Z,8,kim,Germany\n")
    assert (summary.rows_in, summary.loaded, summary.left_out) == (2, 2, {})
    order = Order.objects.get()
    assert (order.external_id, order.revenue, order.country) == ("o1", Decimal("33.00"), "DE")
    assert order.placed_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert (order.customer.external_id, order.customer.country) == ("kim", "DE")
    assert Product.objects.get(external_id="bowl").title == "Rice bowl"
    assert OrderLine.objects.get(product_external_id="cup").product.title == "Tea cup"


def test_it_changes_nothing_the_second_time(run: Callable[..., OrdersSummary]) -> None:
    rows = GOOD + "o2,cup,Tea cup,1,2026-03-02,8,,\n"
    run(rows)
    before = everything()
    again = run(rows)
    assert (again.loaded, again.already_there) == (0, 2)
    assert everything() == before


def test_it_adds_what_a_longer_file_has_more(run: Callable[..., OrdersSummary]) -> None:
    run(GOOD)
    longer = run(GOOD + "o2,bowl,Rice bowl,1,2026-03-02,12.50,lee,\n")
    assert (longer.loaded, longer.already_there) == (1, 1)


def test_it_says_why_a_row_was_left_out_and_which(run: Callable[..., OrdersSummary]) -> None:
    summary = run(
        GOOD
        + "o2,cup,Tea cup,1,yesterday,8,kim,\n"
        + "o2,cup,Tea cup,many,2026-03-02,8,kim,\n"
        + "o2,cup,Tea cup,-1,2026-03-02,8,kim,\n"
        + "o2,cup,Tea cup,1,2026-03-02,0,kim,\n"
        + ",cup,Tea cup,1,2026-03-02,8,kim,\n"
        + GOOD
    )
    assert summary.left_out == {
        "duplicate line": 1,
        "price not positive": 1,
        "quantity not positive": 1,
        "unreadable value": 3,
    }
    assert summary.samples["unreadable value"] == (2, 3, 6)
    assert summary.rows_in == summary.loaded + sum(summary.left_out.values())


def test_it_keeps_lines_that_came_back_as_refunded_orders(run: Callable[..., OrdersSummary]) -> None:
    back = "c1,bowl,Rice bowl,-1,2026-03-05T10:00:00Z,12.50,kim,Germany\n"
    stranger = "c2,unheard-of,,-3,2026-03-05T10:00:00Z,1,lee,Germany\n"
    summary = run(GOOD + back + stranger)
    assert (summary.loaded, summary.returned, summary.left_out) == (1, 2, {"quantity not positive": 2})
    order = Order.objects.get(external_id="c1 (return)")
    assert (order.status, order.customer.external_id) == ("refunded", "kim")
    line = order.lines.get()
    assert (line.product.external_id, line.quantity) == ("bowl", 1)
    assert (Product.objects.count(), Customer.objects.count()) == (1, 1)
    before = everything()
    assert (run(GOOD + back + stranger).returned, everything()) == (0, before)


def test_it_keeps_an_order_that_names_no_customer(run: Callable[..., OrdersSummary]) -> None:
    summary = run("o1,bowl,Rice bowl,1,2026-03-01,5,,Unspecified\n")
    assert (summary.loaded, summary.without_customer, summary.unknown_countries) == (1, 1, ("Unspecified",))
    assert Order.objects.get().customer is None


def test_it_leaves_a_product_of_the_catalogue_as_it_is(
    run: Callable[..., OrdersSummary], product_factory: Callable[..., Product]
) -> None:
    product_factory(external_id="bowl", title="Donabe", price="99.00")
    run(GOOD)
    assert Product.objects.values_list("title", "price").get() == ("Donabe", Decimal("99.00"))


def test_it_writes_nothing_in_a_dry_run(run: Callable[..., OrdersSummary]) -> None:
    summary = run(GOOD, dry_run=True)
    assert (summary.loaded, summary.is_dry_run) == (1, True)
    assert everything() == [[], [], [], []]
    assert not Job.objects.exists()


def test_it_asks_for_vectors_and_learning_afterwards(run: Callable[..., OrdersSummary]) -> None:
    run(GOOD)
    assert set(Job.objects.values_list("name", flat=True)) == {
        "catalog.embed_products",
        "personalization.learn",
    }


def test_it_reads_the_shops_own_clock() -> None:
    from personalization.engine.cleaning import clean_orders
    from personalization.engine.mappings import OrdersMapping

    frame = pl.DataFrame({"o": ["1"], "p": ["a"], "t": [datetime(2011, 7, 1, 12)]})
    mapping = OrdersMapping({"order": "o", "product": "p", "time": "t"}, time_zone="Europe/London")
    lines = clean_orders(frame, mapping=mapping, currency="GBP").lines
    assert lines["time"][0] == datetime(2011, 7, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("order=Order,product=Code,time=When", ["no column Code (for product)", "Order, Sku, Name"]),
        ("order=Order,product=Sku", ["does not say which column is: time"]),
        ("order=Order,produkt=Sku,time=When", ["'produkt=Sku'", "Fields: product"]),
        ("onlin-retail", ["Unknown mapping", "online-retail"]),
    ],
)
def test_it_says_what_is_wrong_with_a_mapping(
    workspace: Workspace, tmp_path: Path, mapping: str, words: list[str]
) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEADER + GOOD)
    with pytest.raises(CommandError) as refusal:
        call_command("import_orders", str(file), "--mapping", mapping)
    assert all(word in str(refusal.value) for word in words)
    assert everything() == [[], [], [], []]


def test_it_says_that_a_file_is_missing_or_no_orders_file(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        call_command("import_orders", str(tmp_path / "none.csv"), "--mapping", "online-retail")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"not parquet")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_orders", str(broken), "--mapping", "online-retail")


def test_it_asks_which_workspace_where_there_are_two(
    workspace: Workspace, other_workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=r"--workspace SLUG.*rival, tansu"):
        call_command("import_orders", str(tmp_path / "orders.csv"), "--mapping", "online-retail")


@pytest.mark.shared_data
@pytest.mark.slow
def test_it_loads_the_online_retail_file_with_every_row_accounted_for(
    workspace: Workspace, shared_data: Path
) -> None:
    file = shared_data / "online-retail" / "orders.parquet"
    first = import_orders(workspace, path=file, mapping=mapping_from("online-retail"))
    assert first.rows_in == 453_843
    assert first.rows_in == first.loaded + sum(first.left_out.values())
    assert first.loaded == OrderLine.objects.filter(order__status="placed").count() == 437_372
    assert first.returned == OrderLine.objects.filter(order__status="refunded").count() == 7_660
    assert first.left_out["cancellation"] == 8_221
    counts = [table.objects.count() for table in (Product, Customer, Order, OrderLine)]
    out = StringIO()
    call_command("import_orders", str(file), "--mapping", "online-retail", stdout=out)
    assert "New: 0 products, 0 customers, 0 orders, 0 lines" in out.getvalue()
    assert [table.objects.count() for table in (Product, Customer, Order, OrderLine)] == counts
