"""Prices, availability, measures and addresses, as shops write them."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omotenashi.catalog.engine.locales import fallbacks, normalize_locale
from omotenashi.catalog.engine.values import (
    check_url,
    clean_text,
    is_sale_running,
    parse_availability,
    parse_measure,
    parse_price,
    parse_stock,
)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("15.00 USD", "15.00", "USD"),
        ("USD 15", "15.00", "USD"),
        ("15", "15.00", "EUR"),
        ("1,299.00 USD", "1299.00", "USD"),
        ("1.299,00 EUR", "1299.00", "EUR"),
        ("1,299 USD", "1299.00", "USD"),
        ("1.299.000 IDR", "1299000.00", "IDR"),
        ("15,5 EUR", "15.50", "EUR"),
        ("€ 9,90", "9.90", "EUR"),
        ("1 234,50 €", "1234.50", "EUR"),
        ("1\u202f234,50\u00a0€", "1234.50", "EUR"),
        ("¥1500", "1500.00", "JPY"),
        ("1'299.00 CHF", "1299.00", "CHF"),
        ("0 EUR", "0.00", "EUR"),
    ],
)
def test_it_reads_prices_as_shops_write_them(text: str, amount: str, currency: str) -> None:
    money = parse_price(text, currency="EUR")
    assert (str(money.amount), money.currency) == (amount, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "free",
        "-3 EUR",
        "1.299 EUR",
        "12.34.56 EUR",
        "15 XX",
        "inf",
        "NaN EUR",
        "1e5 USD",
        "9.999,999 EUR",
        "99999999999 EUR",
    ],
)
def test_it_refuses_what_is_no_price_and_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"Write|price is|two decimals"):
        parse_price(text, currency="EUR")


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_it_reads_back_every_price_in_both_notations(amount: Decimal) -> None:
    english = f"{amount:,.2f} USD"
    german = f"{amount:,.2f} EUR".translate(str.maketrans(",.", ".,"))
    assert parse_price(english, currency="EUR").amount == amount
    assert parse_price(german, currency="USD").amount == amount


@given(st.text(max_size=30))
def test_it_answers_any_text_with_a_price_or_a_value_error(text: str) -> None:
    try:
        money = parse_price(text, currency="EUR")
    except ValueError:
        return
    assert money.amount >= 0
    assert money.amount == money.amount.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "word", ["in stock", "in_stock", "In Stock", "https://schema.org/InStock", "InStock"]
)
def test_it_knows_the_words_for_in_stock(word: str) -> None:
    assert parse_availability(word) == (True, "in_stock")


def test_it_keeps_a_backorder_buyable() -> None:
    assert parse_availability("backorder") == (True, "backorder")


def test_it_refuses_an_unknown_availability_instead_of_guessing() -> None:
    with pytest.raises(ValueError, match="in_stock, out_of_stock"):
        parse_availability("maybe")


def test_it_counts_oversold_stock_as_none() -> None:
    assert parse_stock("-3") == 0


@pytest.mark.parametrize("text", ["many", "2.5", "1e99", "inf"])
def test_it_refuses_stock_that_is_no_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        parse_stock(text)


def test_it_splits_a_measure_into_number_and_unit() -> None:
    assert parse_measure("3,5 kg") == ("3.5", "kg")
    assert parse_measure("about 3 kg") is None


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//shop.example/x",
        "https://",
        "https://a b/",
        "shop.example",
        'https://a/"onload=x',
        "http://[::1",
    ],
)
def test_it_refuses_addresses_that_a_page_must_not_link_to(url: str) -> None:
    with pytest.raises(ValueError, match="web address"):
        check_url(url)


def test_it_drops_what_the_database_cannot_hold_and_keeps_markup_as_text() -> None:
    assert clean_text(" <b>A\x00B</b>\ud800\r\nc ") == "<b>AB</b>\nc"


def test_it_applies_a_sale_only_within_its_period() -> None:
    period = "2026-03-01T00:00+00:00/2026-03-08T00:00+00:00"
    assert is_sale_running(period, now=datetime(2026, 3, 2, tzinfo=UTC))
    assert not is_sale_running(period, now=datetime(2026, 3, 9, tzinfo=UTC))
    with pytest.raises(ValueError, match="slash"):
        is_sale_running("next week", now=datetime(2026, 3, 2, tzinfo=UTC))


def test_it_spells_language_tags_one_way() -> None:
    assert [normalize_locale(tag) for tag in ("pt_br", "ZH-hant-tw", "de")] == ["pt-BR", "zh-Hant-TW", "de"]
    with pytest.raises(ValueError, match="language tag"):
        normalize_locale("german!")


def test_it_falls_back_to_the_bare_language() -> None:
    assert fallbacks("zh-Hant-TW") == ["zh-Hant-TW", "zh-Hant", "zh"]
