"""Google Merchant feeds: quoting and encodings, the dangers of XML, and what becomes a fact."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from omotenashi.catalog.engine.rows import FactInput, ReadDefaults, UnreadableFeed
from tests.omotenashi.catalog.feeds import SHOP, products, read, tsv, xml


def test_it_turns_descriptive_columns_into_facts() -> None:
    item = {
        **SHOP[0],
        "pattern": "crackle",
        "gtin": "4006381333931",
        "product_weight": "350 g",
        "product_height": "8,5 cm",
    }
    facts = products(read("google-tsv", tsv([item])))[0].facts
    assert facts is not None
    assert set(facts) == {
        FactInput("material", "stoneware"), FactInput("color", "grey"), FactInput("pattern", "crackle"),
        FactInput("gtin", "4006381333931"), FactInput("weight", "350", "g", kind="number"),
        FactInput("height", "8.5", "cm", kind="number"),
    }  # fmt: skip


def test_it_reads_product_details_with_their_units_and_commas() -> None:
    detail = "Facts:capacity:800 ml,Facts:care:by hand, no soap,Facts:set:2 cups and a pot,Facts:pieces:3"
    facts = products(read("google-tsv", tsv([{**SHOP[1], "material": "", "product_detail": detail}])))[
        0
    ].facts
    assert facts == (
        FactInput("capacity", "800", "ml", kind="number"),
        FactInput("care", "by hand, no soap"),
        FactInput("set", "2 cups and a pot"),
        FactInput("pieces", "3", kind="number"),
    )


def test_it_reads_columns_however_they_are_spelt() -> None:
    feed = tsv([{"ID": "a", "Title": "Bowl", "g:price": "5 EUR", "Image Link": "https://shop.example/a.jpg"}])
    assert products(read("google-tsv", feed))[0].image_url == "https://shop.example/a.jpg"


def test_it_names_missing_columns_and_those_it_found() -> None:
    with pytest.raises(UnreadableFeed, match=r"lacks the column title and price.*Found: id, name"):
        read("google-tsv", tsv([{"id": "a", "name": "Bowl"}]))


def test_it_loses_one_row_to_an_unclosed_quote_not_the_file() -> None:
    feed = b'id\ttitle\tprice\na\t"Bowl\t5 EUR\nb\tCup\t6 EUR\nc\tJug\t7 EUR\n'
    rows = read("google-tsv", feed)
    assert [row.external_id for row in rows if row.product] == ["b", "c"]
    assert rows[0].row_number == 2
    assert rows[0].problems[0].code == "open_quote"


def test_it_keeps_inch_marks_and_quoted_line_breaks() -> None:
    feed = b'id\ttitle\tdescription\tprice\na\t12" bowl\t"Two\nlines, ""quoted"""\t5 EUR\nb\tCup\tx\t6 EUR\n'
    first, second = products(read("google-tsv", feed))
    assert (first.title, first.description) == ('12" bowl', 'Two\nlines, "quoted"')
    assert second.external_id == "b"


def test_it_says_when_a_row_has_more_fields_than_columns() -> None:
    rows = read("google-tsv", b"id\ttitle\tprice\na\tBowl\twide\t5 EUR\nb\tCup\t6 EUR\n")
    assert rows[0].problems[0].code == "too_many_fields"
    assert rows[1].product is not None


def test_it_reads_latin_1_with_a_warning_given_once() -> None:
    feed = "id\ttitle\tprice\na\tSchüssel\t5 EUR\nb\tKännchen\t6 EUR\n".encode("latin-1")
    rows = read("google-tsv", feed)
    assert [row.title for row in products(rows)] == ["Schüssel", "Kännchen"]
    warnings = [problem for row in rows for problem in row.problems]
    assert [(problem.code, problem.is_warning) for problem in warnings] == [("not_utf8", True)]


def test_it_reads_the_unicode_text_that_spreadsheets_save() -> None:
    assert [row.title for row in products(read("google-tsv", tsv().decode().encode("utf-16")))] == [
        i["title"] for i in SHOP
    ]


def test_it_charges_the_sale_price_only_while_the_sale_runs() -> None:
    item = {
        **SHOP[0],
        "sale_price": "19.00 EUR",
        "sale_price_effective_date": "2026-03-01T00:00Z/2026-03-08T00:00Z",
    }
    during, after = (ReadDefaults(now=datetime(2026, 3, day, tzinfo=UTC)) for day in (2, 20))
    assert products(read("google-tsv", tsv([item]), defaults=during))[0].price == Decimal("19.00")
    assert products(read("google-tsv", tsv([item]), defaults=after))[0].price == Decimal("24.00")


def test_it_splits_the_product_type_into_categories() -> None:
    item = {**SHOP[0], "product_type": "Home > Kitchen > Cups", "google_product_category": "6049"}
    assert products(read("google-tsv", tsv([item])))[0].categories == ("Home", "Kitchen", "Cups")


def test_it_reads_stock_and_availability() -> None:
    item = {**SHOP[0], "availability": "out of stock", "quantity": "4"}
    row = products(read("google-tsv", tsv([item])))[0]
    assert (row.available, row.stock) == (False, 4)


def test_it_reads_nested_xml_details_and_structured_titles() -> None:
    feed = xml([{"id": "a", "price": "5 EUR"}]).replace(
        b"</item>",
        b"<g:structured_title><g:digital_source_type>trained_algorithmic_media</g:digital_source_type>"
        b"<g:content>Quiet bowl</g:content></g:structured_title>"
        b"<g:product_detail><g:section_name>Care</g:section_name><g:attribute_name>Washing</g:attribute_name>"
        b"<g:attribute_value>By hand: 30 C</g:attribute_value></g:product_detail></item>",
    )
    row = products(read("google-xml", feed))[0]
    assert row.title == "Quiet bowl"
    assert row.facts == (FactInput("Washing", "By hand: 30 C"),)


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><item><id>&c;</id></item></channel></rss>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>
<rss><channel><item><id>a</id><title>&f;</title><price>5 EUR</price></item></channel></rss>"""


@pytest.mark.parametrize(
    "feed", [LAUGHS, OUTSIDE, OUTSIDE.replace(b'"1.0"', b'"1.0" encoding="UTF-16"').decode().encode("utf-16")]
)
def test_it_refuses_xml_that_declares_entities(feed: bytes) -> None:
    with pytest.raises(UnreadableFeed, match="DOCTYPE"):
        read("google-xml", feed)


def test_it_refuses_a_declaration_hidden_behind_a_long_comment() -> None:
    hidden = OUTSIDE.replace(b"<!DOCTYPE", b"<!-- " + b"x" * 70_000 + b" --><!DOCTYPE", 1)
    with pytest.raises(UnreadableFeed, match="DOCTYPE"):
        read("google-xml", hidden)


def test_it_keeps_the_items_before_xml_breaks_off() -> None:
    rows = read("google-xml", xml()[:-40])
    assert len(products(rows)) >= 2
    assert rows[-1].problems[0].code == "broken_xml"


def test_it_says_when_a_file_is_no_feed() -> None:
    with pytest.raises(UnreadableFeed, match="<item>"):
        read("google-xml", b"<html><body>404</body></html>")
