"""What every reader promises, run on all of them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omotenashi.catalog.engine.readers import READERS, reader_for
from omotenashi.catalog.engine.rows import UnreadableFeed
from omotenashi.catalog.models import FeedKind
from tests.omotenashi.catalog.feeds import SHOP, WRITERS, products, read

every_reader = pytest.mark.parametrize("kind", list(READERS))


def test_it_has_a_reader_for_each_kind_that_can_be_chosen() -> None:
    assert set(READERS) == set(FeedKind.values) == set(WRITERS)


def test_it_lists_the_known_formats_for_an_unknown_one() -> None:
    with pytest.raises(ValueError, match="google-tsv, google-xml, shopify-csv, jsonl"):
        reader_for("excel")


@every_reader
def test_it_reads_the_same_shop_from_every_format(kind: str) -> None:
    rows = products(read(kind, WRITERS[kind]()))
    assert [(row.external_id, row.title, f"{row.price} {row.currency}") for row in rows] == [
        (item["id"], item["title"], item["price"]) for item in SHOP
    ]


@every_reader
def test_it_leaves_out_a_bad_row_alone(kind: str) -> None:
    spoilt = [*SHOP[:1], {"id": "bad", "title": "No price", "price": "cheap EUR"}, *SHOP[1:]]
    rows = read(kind, WRITERS[kind](spoilt))
    assert [row.external_id for row in products(rows)] == [item["id"] for item in SHOP]
    bad = next(row for row in rows if row.product is None)
    assert bad.external_id == "bad"
    assert bad.problems[0].detail.startswith("'cheap")
    assert "price" in bad.problems[0].field.casefold()


@every_reader
def test_it_numbers_rows_upwards(kind: str) -> None:
    numbers = [row.row_number for row in read(kind, WRITERS[kind]()) if row.row_number]
    assert numbers == sorted(set(numbers))


@every_reader
def test_it_survives_a_byte_order_mark(kind: str) -> None:
    assert len(products(read(kind, b"\xef\xbb\xbf" + WRITERS[kind]()))) == len(SHOP)


@every_reader
def test_it_says_what_is_wanted_of_an_empty_file(kind: str) -> None:
    with pytest.raises(UnreadableFeed):
        read(kind, b"")


@every_reader
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_it_never_breaks_on_spoilt_bytes(kind: str, data: st.DataObject) -> None:
    content = bytearray(WRITERS[kind]())
    for _ in range(data.draw(st.integers(0, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        rows = read(kind, bytes(content))
    except UnreadableFeed:
        return
    for row in rows:
        assert row.product is not None or row.problems


@every_reader
@settings(max_examples=40, deadline=None)
@given(
    titles=st.lists(
        st.text(
            st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs", "Co", "Cn"]),
            min_size=1,
            max_size=20,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_it_keeps_any_title_as_the_text_it_is(kind: str, titles: list[str]) -> None:
    shop = [{"id": f"p-{n}", "title": f"T{title}", "price": "5.00 EUR"} for n, title in enumerate(titles)]
    assert [row.title for row in products(read(kind, WRITERS[kind](shop)))] == [
        item["title"] for item in shop
    ]
