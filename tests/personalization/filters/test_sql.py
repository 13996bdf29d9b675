"""Compiled filters against the real PostgreSQL: they say what the plain meaning says, whatever is given."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product
from personalization.engine.filters import Node, bind, parse
from personalization.selectors.filtering import compile_filter
from tests.personalization.filters.oracle import Item, passes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEXTS = [
    "red",
    "dark red",
    "",
    "it's",
    'say "hi"',
    "%s %(x)s",
    "a;--b",
    "赤い",
    "{}",
    "\\",
    "38",
    "true",
    "x/*y*/",
]
ATTRIBUTES: list[Any] = [
    None, "red", "dark red", "38", "38.0", "1e3", "", "TRUE", True, False, 38, 0.5, -2, 10**18,
    ["red", "x"], [38, True], {"eu": 38}, {"eu": "38"}, "-2", "-0.5", [], [["red"]], [None], "9" * 40, "٣",
]  # fmt: skip
NUMBERS = ["0", "38", "38.0", "0.5", "-2", "10.00", "999999999999999"]


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def random_condition(rng: random.Random) -> str:
    text, number = quoted(rng.choice(TEXTS)), rng.choice(NUMBERS)
    flag = rng.choice(["true", "false"])
    named = rng.choice(
        ["color", "attributes.color", "size", 'attributes["made in"]', "size.eu", "facts.color", "facts.size"]
    )
    other = rng.choice(["color", "attributes.size", "facts.size", "missing"])
    texts, sign = rng.choice(["brand", "title", "id", "url"]), rng.choice(["<", "<=", ">", ">=", "==", "!="])
    amount, within = rng.choice(["price", "stock", "age_days"]), rng.choice(["in", "not in"])
    same = rng.choice(["==", "!="])
    return rng.choice([
        f"{amount} {sign} {number}", f"{named} {sign} {number}", f"{named} {sign} {amount}",
        f"{named} {sign} {other}", f"{texts} {same} {text}",
        f"{named} {same} {text}", f"{named} {same} {flag}", f"{named} {same} {texts}",
        f"{rng.choice([named, texts, amount, 'categories'])} {same} null", f"{text} {within} {named}",
        f"{text} {within} categories", f"{named} {within} categories", f"{text} {within} {texts}",
        f"{number} {within} {named}", f"{flag} {within} {named}", f"{texts} {within} {named}",
        f"{named} {within} [{text}, {number}, {flag}]", f"{texts} {within} [{text}, {quoted('red')}]",
        f"{amount} {within} [{number}, 10]", f"{texts} in []", named, "available", flag,
    ])  # fmt: skip


def random_filter(rng: random.Random, *, depth: int = 0) -> str:
    if depth > 2 or rng.random() < 0.4:
        return random_condition(rng)
    parts = [random_filter(rng, depth=depth + 1) for _ in range(rng.choice([2, 2, 3]))]
    joined = f" {rng.choice(['and', 'or'])} ".join(parts)
    return f"{rng.choice(['', 'not '])}({joined})"


@pytest.fixture
def stocked(workspace: Workspace) -> dict[str, Item]:
    """Sixty products of every shape, and what each of them is."""
    rng = random.Random(7)
    found: dict[str, Item] = {}
    for number in range(60):
        columns = {
            "id": f"p{number}", "sku": "", "title": rng.choice([*TEXTS[:2], "x"]), "brand": rng.choice(TEXTS),
            "price": Decimal(rng.choice(NUMBERS[:4])), "currency": "EUR", "group_id": "", "url": "",
            "stock": rng.choice([None, 0, 10, 38]), "available": rng.random() < 0.5,
            "categories": rng.sample([text for text in TEXTS if text], k=rng.choice([0, 1, 3])),
        }  # fmt: skip
        attributes = {
            name: rng.choice(ATTRIBUTES) for name in ("color", "size", "made in") if rng.random() < 0.7
        }
        stated = [("red", "text"), ("38.5", "number"), ("38", "number"), ("true", "boolean")]
        facts = {name: rng.choice(stated) for name in ("color", "size") if rng.random() < 0.5}
        created_at = NOW - timedelta(hours=rng.randrange(1, 2_000))
        fields = {name: value for name, value in columns.items() if name != "id"}
        product = Product.objects.create(
            workspace=workspace, external_id=columns["id"], attributes=attributes, **fields
        )
        Product.objects.filter(pk=product.pk).update(created_at=created_at)
        for name, (value, kind) in facts.items():
            Fact.objects.create(workspace=workspace, product=product, name=name, value=value, kind=kind)
        found[columns["id"]] = Item(columns, created_at, attributes, facts)
    return found


def matching(node: Node) -> set[str]:
    compiled = compile_filter(node, prefix="f", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT external_id, {compiled.text} FROM catalog_product product", dict(compiled.parameters)
        )
        rows = cursor.fetchall()
    assert all(verdict is not None for _, verdict in rows)
    return {name for name, verdict in rows if verdict}


def test_it_means_in_sql_what_it_means_in_words(stocked: dict[str, Item]) -> None:
    rng = random.Random(20_260_301)
    sizes = []
    for _ in range(600):
        source = random_filter(rng)
        node = parse(source)
        expected = {name for name, item in stocked.items() if passes(node, item, now=NOW)}
        assert matching(node) == expected, source
        sizes.append(len(expected))
    assert sum(0 < size < len(stocked) for size in sizes) > 200  # the filters do tell products apart


@pytest.mark.parametrize("text", [
    "'; DROP TABLE catalog_product; --", '" OR 1=1 --', "%s", "%(workspace)s", "{rules}", "$1", "/* */",
    "\\'", "' UNION SELECT", "ʼ; SELECT pg_sleep(9)", "\u202e", "\n;", "😀",
])  # fmt: skip
def test_it_keeps_text_text(text: str, workspace: Workspace, product_factory: Callable[..., Product]) -> None:
    product_factory(external_id="own", brand=text, attributes={text: text, "note": [text]}, categories=[text])
    product_factory(external_id="other")
    given = quoted(text)
    for source in (
        f"brand == {given}", f"attributes[{given}] == {given}", f"{given} in categories", f"{given} in note",
        f"brand in [{given}]", f"{given} in brand", f"facts[{given}] == {given} or brand == {given}",
    ):  # fmt: skip
        assert matching(parse(source)) == {"own"}, source


def test_it_binds_what_the_page_is_about(product_factory: Callable[..., Product]) -> None:
    product_factory(external_id="same", brand="Kiso", categories=["tea"])
    product_factory(external_id="other", brand="Aoki")
    page = {"brand": "Kiso", "category": "tea", "categories": ("tea", "gifts")}
    assert matching(bind(parse("brand == $product.brand"), product=page)) == {"same"}
    assert matching(bind(parse("$product.category in categories"), product=page)) == {"same"}
    assert matching(bind(parse("brand == $product.brand or 1 == 2"), product={})) == set()
    assert matching(bind(parse("$product.brand == null"), product={})) == {"same", "other"}
