"""Writing products: every row for itself, nothing written twice, nothing of others touched."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product
from omotenashi.catalog.selectors import title_for
from omotenashi.catalog.services import (
    FactInput,
    archive_missing,
    change_offer,
    set_stock,
    upsert_products,
)
from omotenashi.errors import Conflict, InvalidInput, NotFound
from omotenashi.jobs.models import Job
from tests.omotenashi.catalog.feeds import product

pytestmark = pytest.mark.django_db
FACTS = (FactInput("material", "stoneware"), FactInput("height", "8.5", "cm", kind="number"))


def stored(workspace: Workspace, external_id: str = "cup-1") -> Product:
    found: Product = Product.objects.for_workspace(workspace).get(external_id=external_id)
    return found


def embed_jobs() -> list[list[str]]:
    jobs = Job.objects.filter(name="catalog.embed_products").order_by("created_at")
    return [job.args["product_ids"] for job in jobs]


def test_it_creates_then_leaves_alone_then_updates(workspace: Workspace) -> None:
    first = upsert_products(workspace, [product(facts=FACTS, titles={"de": "Hagi-Becher"})])
    second = upsert_products(workspace, [product(facts=FACTS, titles={"de": "Hagi-Becher"})])
    third = upsert_products(
        workspace, [product(price=Decimal("25.00"), facts=FACTS, titles={"de": "Hagi-Becher"})]
    )
    assert [(r.created, r.updated, r.unchanged) for r in (first, second, third)] == [
        (1, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
    ]
    cup = stored(workspace)
    assert cup.price == Decimal("25.00")
    assert title_for(cup, "de-AT") == "Hagi-Becher"
    assert cup.facts.count() == 2


def test_it_keeps_ids_and_children_of_an_updated_product(workspace: Workspace) -> None:
    upsert_products(workspace, [product(facts=FACTS)])
    before, facts = stored(workspace).id, set(Fact.objects.values_list("id", flat=True))
    upsert_products(workspace, [product(price=Decimal(1), facts=FACTS)])
    assert stored(workspace).id == before
    assert set(Fact.objects.values_list("id", flat=True)) == facts


def test_it_replaces_facts_that_are_given_and_keeps_those_that_are_not(workspace: Workspace) -> None:
    upsert_products(workspace, [product(facts=FACTS, titles={"de": "Becher"})])
    upsert_products(workspace, [product(title="Hagi tea cup")])
    assert stored(workspace).facts.count() == 2
    upsert_products(workspace, [product(facts=(FactInput("material", "porcelain"),), titles={})])
    assert [str(fact) for fact in stored(workspace).facts.all()] == ["material: porcelain"]
    assert stored(workspace).titles.count() == 0


BAD: list[tuple[dict[str, Any], str]] = [
    ({"external_id": ""}, "external_id"),
    ({"title": " \x00 "}, "title"),
    ({"title": "x" * 501}, "title"),
    ({"price": Decimal("-1")}, "price"),
    ({"price": Decimal("1.005")}, "price"),
    ({"price": Decimal("NaN")}, "price"),
    ({"price": Decimal("1e400")}, "price"),
    ({"currency": "euro"}, "currency"),
    ({"currency": "ÄÖÜ"}, "currency"),
    ({"stock": -1}, "stock"),
    ({"stock": 10**12}, "stock"),
    ({"titles": {"german!": "Becher"}}, "titles/german!"),
    ({"facts": (FactInput("", "x"),)}, "facts/0"),
    ({"facts": (FactInput("height", "tall", kind="number"),)}, "facts/0"),
    ({"facts": (FactInput("height", "1e9999999", kind="number"),)}, "facts/0"),
    ({"categories": ("x" * 301,)}, "categories"),
    ({"attributes": {"a": float("nan")}}, "attributes"),
    ({"attributes": {"a": object()}}, "attributes"),
    ({"description": "x" * 50_001}, "description"),
]


@pytest.mark.parametrize(("values", "field"), BAD)
def test_it_names_what_is_wrong_and_keeps_the_good_rows(
    workspace: Workspace, values: dict[str, Any], field: str
) -> None:
    bad = product(**{"external_id": "bad", **values})
    result = upsert_products(workspace, [product("a"), bad, product("b")])
    assert (result.created, result.failed) == (2, 1)
    assert [error.pointer for error in result.errors] == [f"#/products/1/{field}"]
    assert [outcome.status for outcome in result.outcomes] == ["created", "error", "created"]
    assert Product.objects.count() == 2


def test_it_stores_hostile_text_as_text(workspace: Workspace) -> None:
    nasty = "<script>alert(1)</script> '; DROP TABLE x; {{ 7*7 }}\x00\ud800"
    upsert_products(
        workspace,
        [
            product(
                title=nasty,
                description=nasty,
                attributes={"a\x00": [nasty]},
                facts=(FactInput("n\x00", nasty),),
            )
        ],
    )
    assert stored(workspace).title == "<script>alert(1)</script> '; DROP TABLE x; {{ 7*7 }}"


def test_it_drops_a_dangerous_link_and_keeps_the_product(workspace: Workspace) -> None:
    result = upsert_products(
        workspace, [product(url="javascript:alert(1)", image_url="https://shop.example/a.jpg")]
    )
    assert result.created == 1
    assert [warning.code for warning in result.warnings] == ["not_an_address"]
    assert (stored(workspace).url, stored(workspace).image_url) == ("", "https://shop.example/a.jpg")


def test_it_takes_the_first_of_two_rows_with_one_id(workspace: Workspace) -> None:
    result = upsert_products(workspace, [product(title="First"), product(title="Second")])
    assert (result.created, result.failed) == (1, 1)
    assert result.errors[0].code == "duplicate_id"
    assert stored(workspace).title == "First"


def test_it_changes_nothing_in_a_dry_run(workspace: Workspace) -> None:
    upsert_products(workspace, [product("old")])
    Job.objects.all().delete()
    result = upsert_products(
        workspace,
        [product("old", title="New"), product("new"), product("bad", title="")],
        dry_run=True,
        archive_others=True,
    )
    assert (result.created, result.updated, result.failed) == (1, 1, 1)
    assert stored(workspace, "old").title == "Hagi cup"
    assert Product.objects.count() == 1
    assert not Job.objects.exists()


@pytest.mark.parametrize("count", [1_500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_it_writes_thousands_of_rows_in_few_queries(workspace: Workspace, count: int) -> None:
    rows = [product(f"p-{n}", facts=FACTS, titles={"de": f"Ding {n}"}) for n in range(count)]
    chunks = -(-count // 1000)
    with CaptureQueriesContext(connection) as first:
        assert upsert_products(workspace, rows).created == count
    with CaptureQueriesContext(connection) as second:
        assert upsert_products(workspace, rows).unchanged == count
    assert Fact.objects.count() == 2 * count
    assert len(first) <= 20 * chunks
    assert len(second) <= 3 * chunks


def test_it_asks_for_vectors_only_of_products_whose_text_changed(workspace: Workspace) -> None:
    upsert_products(workspace, [product("a", facts=FACTS), product("b")])
    assert len(embed_jobs()[0]) == 2
    upsert_products(workspace, [product("a", facts=FACTS, stock=3), product("b", title="Jug")])
    assert embed_jobs()[1:] == [[str(stored(workspace, "b").id)]]
    upsert_products(workspace, [product("a", price=Decimal(1))])
    assert len(embed_jobs()) == 2


def test_it_never_touches_another_workspace(workspace: Workspace, other_workspace: Workspace) -> None:
    upsert_products(other_workspace, [product(title="Theirs", facts=FACTS)])
    upsert_products(workspace, [product(title="Ours", facts=())], archive_others=True)
    assert stored(other_workspace).title == "Theirs"
    assert stored(other_workspace).facts.count() == 2
    assert stored(other_workspace).archived_at is None
    with pytest.raises(NotFound):
        set_stock(other_workspace, external_id="only-ours", stock=0)


def test_it_archives_what_a_complete_feed_leaves_out_and_brings_it_back(workspace: Workspace) -> None:
    upsert_products(workspace, [product("a"), product("b"), product("c")])
    result = upsert_products(workspace, [product("a"), product("b", title="")], archive_others=True)
    assert result.archived == 1
    assert set(Product.objects.live().values_list("external_id", flat=True)) == {"a", "b"}
    assert upsert_products(workspace, [product("c")]).updated == 1
    assert Product.objects.live().count() == 3


def test_it_refuses_to_archive_most_of_a_catalogue(workspace: Workspace) -> None:
    upsert_products(workspace, [product(f"p-{number}") for number in range(60)])
    with pytest.raises(Conflict, match="59 of 60"):
        archive_missing(workspace, seen={"p-0"})
    assert Product.objects.live().count() == 60


def test_it_sets_the_stock_at_once_and_lets_the_next_feed_speak_again(workspace: Workspace) -> None:
    upsert_products(workspace, [product(stock=5)])
    set_stock(workspace, external_id="cup-1", stock=0)
    assert not Product.objects.sellable().exists()
    assert upsert_products(workspace, [product(stock=5)]).updated == 1
    assert Product.objects.sellable().count() == 1


def test_it_changes_only_what_is_given_of_an_offer(workspace: Workspace) -> None:
    upsert_products(workspace, [product(stock=5)])
    changed = change_offer(workspace, external_id="cup-1", changes={"available": False})
    assert (changed.stock, changed.price, changed.is_in_stock) == (5, Decimal("24.00"), False)
    with pytest.raises(InvalidInput) as refused:
        change_offer(workspace, external_id="cup-1", changes={"price": Decimal("-1"), "stock": 9})
    assert refused.value.errors[0].pointer == "#/price"
    assert stored(workspace).stock == 5


@pytest.mark.parametrize(
    ("fields", "is_sellable"),
    [
        ({"stock": None}, True),
        ({"stock": 1}, True),
        ({"stock": 0}, False),
        ({"stock": None, "available": False}, False),
        ({"stock": 1, "available": False}, False),
    ],
)
def test_it_tells_the_same_of_one_product_and_of_many(
    workspace: Workspace, fields: dict[str, Any], is_sellable: bool
) -> None:
    upsert_products(workspace, [product(**fields)])
    assert stored(workspace).is_sellable is is_sellable
    assert Product.objects.sellable().exists() is is_sellable
