"""Filters that cannot be read are answered with the place and the remedy."""

import pytest

from personalization.engine.filters import FilterError, names_in, parse


@pytest.mark.parametrize(("source", "position", "remedy"), [
    ("price = 5", 7, "Write =="),
    ("price < 5 && stock > 1", 11, "Write and"),
    ("!available", 1, "Write not"),
    ('brand == "Kiso', 10, "no end"),
    ("brand == “Kiso”", 10, "straight quotes"),
    ("price < 1,5", 10, "decimals have a dot"),
    ("price < 5e3", 9, "no number"),
    ("1 < price < 5", 11, "price > 10 and price < 50"),
    ('price == "5"', 7, "Numbers have no quotes"),
    ("brand < 5", 7, "only numbers"),
    ('categories == "tea"', 12, "in categories"),
    ('"tea" in price', 7, "a list, a text"),
    ("price", 1, "price > 10"),
    ("brand", 1, "Compare it"),
    ("price < 5 stock > 1", 11, "and or or"),
    ("(price < 5", 11, "not closed"),
    ("price < 5)", 10, "never opened"),
    ("price <", 8, "ends too early"),
    ("", 1, "price < 50"),
    ("created_at > 5", 1, "age_days"),
    ("category == \"tea\"", 1, "in categories"),
    ("$customer.id == id", 1, "$product.brand"),
    ("brand in [\"a\" \"b\"]", 15, "comma"),
    ("brand in [null]", 11, "A list holds"),
    ("null in categories", 6, "A single value"),
    ("attributes == null", 1, "attributes.color"),
    ("attributes. == 1", 13, "A name follows"),
    ("price < 1 -- 2", 11, "no arithmetic"),
    ("price < 1234567890123456", 9, "15 digits"),
    ('brand == "a\x00"', 10, "cannot be stored"),
    ('brand == "\ud800"', 10, "cannot be stored"),
    ("x" * 2_001, 2_001, "2000 characters"),
    ("not " * 21 + "available", 81, "levels"),
    ("(" * 400 + "available", 21, "levels"),
    (" or ".join(["price > 1"] * 101), 1301, "100 conditions"),
    (f"id in [{', '.join(['1'] * 101)}]", 7, "100 items"),
])  # fmt: skip
def test_it_says_where_and_what_to_write_instead(source: str, position: int, remedy: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(source)
    assert caught.value.position == position, caught.value
    assert remedy in caught.value.detail, caught.value


@pytest.mark.parametrize(("source", "same"), [
    ("a == 1 or b == 2 and c == 3", "a == 1 or (b == 2 and c == 3)"),
    ("not a == 1 and b == 2", "(not (a == 1)) and b == 2"),
    ("color != 'red'", 'not color == "red"'),
    ("x not in [1]", "not (x in [1])"),
    ("PRICE_NOTE == 1 AND NOT available", "PRICE_NOTE == 1 and not available"),
    (r"brand == 'it\'s'", 'brand == "it\'s"'),
    ("attributes.color == null", 'attributes["color"]==null'),
])  # fmt: skip
def test_it_reads_both_alike(source: str, same: str) -> None:
    assert parse(source) == parse(same)


def test_it_knows_which_attributes_are_asked_for() -> None:
    node = parse('color == "red" and not (attributes.size.eu > 3 or facts.capacity < 1 or price < 2)')
    assert names_in(node) == {"color", "size", "capacity"}
