"""JSON lines, and with them the shape of a product in the API."""

import json

import pytest

from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.engine.rows import FactInput, UnreadableFeed
from tests.omotenashi.catalog.feeds import products, read


def line(**values: object) -> bytes:
    return json.dumps({"id": "a", "title": "Bowl", "price": "5.00", **values}).encode() + b"\n"


def test_it_reads_titles_facts_and_categories() -> None:
    row = products(read("jsonl", line(titles={"de": "Schale"}, categories=["Kitchen"], facts=[
        {"name": "material", "value": "beech"},
        {"name": "diameter", "value": 24, "unit": "cm"},
        {"name": "dishwasher safe", "value": False},
    ])))[0]  # fmt: skip
    assert row.titles == {"de": "Schale"}
    assert row.categories == ("Kitchen",)
    assert row.facts == (
        FactInput("material", "beech"),
        FactInput("diameter", "24", "cm", kind="number"),
        FactInput("dishwasher safe", "false", kind="boolean"),
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"price": None}, "price"),
        ({"price": [5]}, "price"),
        ({"price": -1}, "price"),
        ({"price": 1.999}, "price"),
        ({"price": "5 USD", "currency": "EUR"}, "currency"),
        ({"title": ""}, "title"),
        ({"title": {"en": "Bowl"}}, "title"),
        ({"stock": "lots"}, "stock"),
        ({"available": "yes"}, "available"),
        ({"categories": "Kitchen"}, "categories"),
        ({"titles": ["Schale"]}, "titles"),
        ({"facts": [{"name": "material"}]}, "facts"),
        ({"facts": 3}, "facts"),
        ({"attributes": []}, "attributes"),
    ],
)
def test_it_names_the_field_that_cannot_be_read(values: dict[str, object], field: str) -> None:
    row = read("jsonl", line(**values))[0]
    assert row.product is None
    assert field in {problem.field for problem in row.problems}


def test_it_keeps_a_row_with_an_unknown_field_and_remarks_on_it() -> None:
    row = read("jsonl", line(colour="blue"))[0]
    assert row.product is not None
    assert row.problems[0].code == "unknown_field"


def test_it_loses_one_line_to_broken_json() -> None:
    rows = read("jsonl", line() + b'{"id": "b", \n' + b"[" * 5000 + b"\n" + line(id="c"))
    assert [row.row_number for row in rows if row.product] == [1, 4]


def test_it_refuses_one_big_list() -> None:
    with pytest.raises(UnreadableFeed, match="one object per line"):
        read("jsonl", b'[{"id": "a"}]')


def test_it_answers_what_is_no_object() -> None:
    product, problems = product_from_json(["a"], currency="EUR")
    assert product is None
    assert problems[0].code == "not_an_object"
