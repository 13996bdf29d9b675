"""The sample catalogue: whole in three languages, right in its numbers, taken by the real importer."""

import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.engine.readers.google_tsv import GoogleTsvReader
from omotenashi.catalog.engine.rows import ReadDefaults
from omotenashi.catalog.engine.validation import judge
from omotenashi.sample_shop.catalogue import LOCALES, ROOMS, ProductRow, load_products
from omotenashi.sample_shop.feed import FEED, feed_text

PRODUCTS = load_products(asset_url="https://tansu-thyme.example")


def fact_names(product: ProductRow) -> set[str]:
    return {fact["name"] for fact in product["facts"]}


def test_it_is_a_small_shop_with_a_room_for_everything() -> None:
    rooms = Counter(product["categories"][0] for product in PRODUCTS)
    assert len(rooms) == len(ROOMS)
    assert min(rooms.values()) >= 10
    assert 110 <= len(PRODUCTS) <= 150


def test_it_gives_every_product_its_own_id_and_sku() -> None:
    for key in ("external_id", "sku"):
        assert len({product[key] for product in PRODUCTS}) == len(PRODUCTS)


def test_it_titles_no_two_products_alike_in_any_language() -> None:
    for locale in LOCALES:
        assert len({product["titles"][locale] for product in PRODUCTS}) == len(PRODUCTS)


def test_it_has_some_sold_out_and_some_scarce_products() -> None:
    stocks = [product["stock"] for product in PRODUCTS]
    assert stocks.count(0) >= 2
    assert sum(1 for stock in stocks if 0 < stock <= 5) >= 4


def test_it_passes_the_catalogues_own_checks_without_a_warning() -> None:
    for product in PRODUCTS:
        parsed, problems = product_from_json(product, currency="EUR")
        assert problems == [], product["external_id"]
        assert parsed is not None
        assert judge(parsed)[1] == [], product["external_id"]


def test_it_states_eight_to_fourteen_facts() -> None:
    for product in PRODUCTS:
        assert 8 <= len(fact_names(product)) <= 14, product["external_id"]


def test_it_states_texts_in_every_language_and_numbers_once() -> None:
    for product in PRODUCTS:
        for name in fact_names(product):
            facts = [fact for fact in product["facts"] if fact["name"] == name]
            locales = sorted(fact["locale"] for fact in facts)
            assert locales in ([""], sorted(LOCALES)), (product["external_id"], name)
            for fact in facts:
                assert (fact["kind"] == "number") == (fact["locale"] == ""), name
                assert fact["kind"] == "text" or Decimal(fact["value"]) > 0, name


def test_it_writes_japanese_in_japanese_and_german_in_german() -> None:
    for product in PRODUCTS:
        assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", product["titles"]["ja"])
        texts = [fact["value"] for fact in product["facts"] if fact["locale"] in {"en", "de"}]
        assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", " ".join([*texts, product["titles"]["de"]]))


def test_it_backs_every_number_of_a_title_with_a_fact() -> None:
    for product in PRODUCTS:
        for locale in LOCALES:
            facts = " ".join(fact["value"] for fact in product["facts"] if fact["locale"] in {"", locale})
            for number in re.findall(r"\d+(?:[.,]\d+)?", product["titles"][locale]):
                found = re.search(rf"(?<!\d){re.escape(number)}(?!\d)", facts)
                assert found, (product["external_id"], locale, number)


def test_it_asks_a_sane_price() -> None:
    for product in PRODUCTS:
        assert Decimal("3") <= Decimal(product["price"]) <= Decimal("150")
        assert re.fullmatch(r"\d+\.\d\d", product["price"])


def test_it_groups_variants_of_one_kind() -> None:
    groups: dict[str, list[ProductRow]] = {}
    for product in PRODUCTS:
        if product["group_id"]:
            groups.setdefault(product["group_id"], []).append(product)
    for name, group in groups.items():
        assert len(group) >= 2, name
        assert len({product["categories"][1] for product in group}) == 1, name


def test_it_knows_how_long_a_consumable_lasts() -> None:
    days = [
        product["attributes"]["days_of_use"] for product in PRODUCTS if "days_of_use" in product["attributes"]
    ]
    assert len(days) >= 30
    assert all(isinstance(day, int) and 14 <= day <= 400 for day in days)


def test_it_ships_the_feed_it_would_write_today() -> None:
    assert FEED.read_text(encoding="utf-8") == feed_text()


def test_its_feed_comes_back_as_the_same_products() -> None:
    defaults = ReadDefaults(currency="EUR", now=datetime(2026, 1, 1, tzinfo=UTC))
    rows = list(GoogleTsvReader().read(BytesIO(FEED.read_bytes()), defaults=defaults))
    assert [row.problems for row in rows] == [()] * len(PRODUCTS)
    for row, product in zip(rows, PRODUCTS, strict=True):
        assert row.product is not None
        read = (row.product.external_id, row.product.title, str(row.product.price), row.product.stock)
        assert read == (product["external_id"], product["title"], product["price"], product["stock"])
        assert list(row.product.categories) == product["categories"]
