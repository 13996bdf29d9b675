"""Searching the sample shop through the API, in three languages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.accounts.services import create_api_key
from omotenashi.catalog.engine.product_json import product_from_json
from omotenashi.catalog.models import Product, ProductTitle, ProductVector, ProductWords
from omotenashi.catalog.services import upsert_products, write_vectors
from omotenashi.catalog.vector_index import vector_indexes
from omotenashi.inference.registry import embedder
from omotenashi.sample_shop.catalogue import load_products
from personalization.models import Event, Recommendation

Search = Callable[..., dict[str, Any]]
SHELF = (
    "teapot", "board", "towel", "candle", "matcha", "lamp", "glove", "tea-caddy", "bird-feeder", "coffee",
)  # fmt: skip


def _put(workspace: Workspace, *, fill_vectors: bool) -> None:
    """Some two dozen products: enough to confuse, few enough to embed in the time of a test."""
    rows = [row for row in load_products() if any(name in row["external_id"] for name in SHELF)]
    upsert_products(workspace, [product for product, _ in _parsed(rows) if product])
    if fill_vectors:
        write_vectors(workspace, embedder=embedder())


def _parsed(rows: Any) -> Any:
    return [product_from_json(row, currency="EUR") for row in rows]


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    """With its words alone: no vector yet."""
    _put(workspace, fill_vectors=False)
    return workspace


@pytest.fixture(scope="module")
def known_vectors(django_db_setup: None, django_db_blocker: Any) -> dict[str, Any]:
    """Of the sample shop's products, made once: each takes the small engine a quarter of a second."""
    made: dict[str, Any] = {}
    with django_db_blocker.unblock():
        from django.db import transaction

        from omotenashi.accounts.services import create_workspace

        with transaction.atomic():
            _put(passing := create_workspace(name="Passing", slug="passing"), fill_vectors=True)
            for row in ProductVector.objects.filter(workspace=passing).select_related("product"):
                made[row.product.external_id] = row.vector
            transaction.set_rollback(True)
    return made


@pytest.fixture
def embedded_shop(shop: Workspace, known_vectors: dict[str, Any]) -> Workspace:
    ProductVector.objects.bulk_create(
        ProductVector(
            workspace=shop, product=product, model_id=embedder().model_id,
            vector=known_vectors[product.external_id], text_hash="",
        )
        for product in Product.objects.for_workspace(shop)
    )  # fmt: skip
    return shop


@pytest.fixture
def found(api: APIClient) -> Search:
    def ask(q: str, **parameters: Any) -> dict[str, Any]:
        response = api.get("/v1/search", {"q": q, **parameters})
        assert response.status_code == 200, response.json()
        answer: dict[str, Any] = response.json()
        return answer

    return ask


def titles_of(answer: dict[str, Any]) -> list[str]:
    return [item["properties"]["title"] for item in answer["items"]]


def codes_of(item: dict[str, Any]) -> set[str]:
    return {why["code"] for why in item["why"]}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("teapot", "teapot"),
        ("Teekanne", "teapot"),
        ("ティーポット", "teapot"),
        ("ﾃｨｰﾎﾟｯﾄ", "teapot"),
        ("chopping board", "board"),
        ("Schneidebrett", "board"),
        ("まな板", "board"),
        ("Ｔｅａｐｏｔ", "teapot"),
        ("TEAPÓT", "teapot"),
    ],
)
def test_it_finds_by_words_in_every_language_that_has_titles(
    shop: Workspace, found: Search, query: str, wanted: str
) -> None:
    first = found(query, count=3)["items"][0]
    assert wanted in first["properties"]["title"].lower()
    assert "matched_words" in codes_of(first)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("Schürze und Handschuhe für die Gartenarbeit", "garden gloves"),
        ("guanti da giardinaggio", "garden gloves"),
        ("something to dry the dishes with", "tea towels"),
        ("小鳥に餌をやる", "bird feeder"),
        ("théière en fonte", "cast-iron teapot"),
    ],
)
def test_it_finds_english_titles_by_meaning_from_other_languages(
    embedded_shop: Workspace, found: Search, query: str, wanted: str
) -> None:
    ProductTitle.objects.filter(workspace=embedded_shop).delete()
    answer = found(query, count=5)
    assert any(wanted in title.lower() for title in titles_of(answer)), titles_of(answer)


@pytest.mark.slow
def test_it_says_why_each_product_was_found(embedded_shop: Workspace, found: Search) -> None:
    answer = found("matcha", count=10)
    first, last = answer["items"][0], answer["items"][-1]
    assert {"code": "matched_words", "words": ["matcha"]} in first["why"]
    assert codes_of(first) == {"matched_words", "similar_in_meaning"}
    assert codes_of(last) == {"similar_in_meaning"}
    assert answer["items"] == sorted(answer["items"], key=lambda item: -item["score"])


def test_it_finds_what_is_misspelt(shop: Workspace, found: Search) -> None:
    answer = found("taepot", count=3)
    assert "teapot" in titles_of(answer)[0].lower()
    assert codes_of(answer["items"][0]) == {"similar_spelling"}


@pytest.mark.parametrize("field", ["sku", "external_id"])
def test_it_puts_the_product_whose_number_was_typed_first(shop: Workspace, found: Search, field: str) -> None:
    for product in Product.objects.for_workspace(shop)[:5]:
        first = found(getattr(product, field).lower())["items"][0]
        assert first["product_id"] == product.external_id
        assert "its_number" in codes_of(first)


def test_it_answers_in_the_language_asked_for(shop: Workspace, found: Search) -> None:
    assert "kanne" in titles_of(found("teapot", locale="de"))[0].lower()


@pytest.mark.parametrize("query", ["", "   "])
def test_it_refuses_an_empty_query_and_says_what_to_send(
    workspace: Workspace, api: APIClient, query: str
) -> None:
    response = api.get("/v1/search", {"q": query})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/q"


@pytest.mark.parametrize(
    "query", ["'", "\\", "a' | 'b", "%s", "{0}", "&|!():*<->", "🫖", "\u0000x", "w:1", "a" * 500, "木" * 500]
)
def test_it_takes_whatever_a_visitor_types(shop: Workspace, api: APIClient, query: str) -> None:
    assert api.get("/v1/search", {"q": query}).status_code in {200, 422}


def test_it_refuses_parameters_it_does_not_know(shop: Workspace, api: APIClient) -> None:
    response = api.get("/v1/search", {"q": "tea", "categoires": "Tea"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "#/categoires"


def test_it_says_what_to_do_when_nothing_fits(shop: Workspace, found: Search) -> None:
    answer = found("teapot", brands="Nobody")
    assert answer["items"] == []
    assert "Widen the filter" in answer["notes"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"stock": 0},
        {"available": False},
        {"archived_at": timezone.now()},
        {"attributes": {"markets": ["JP"]}},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.slow
def test_it_leaves_out_at_once_what_cannot_be_sold(
    embedded_shop: Workspace, found: Search, change: dict[str, Any]
) -> None:
    gone = found("teapot", market="DE")["items"][0]["product_id"]
    Product.objects.filter(external_id=gone).update(**change)
    answer = found("teapot", market="DE", count=100)
    assert gone not in {item["product_id"] for item in answer["items"]}
    assert len(answer["items"]) == Product.objects.for_workspace(embedded_shop).count() - 1


@pytest.mark.slow
def test_it_fills_the_answer_under_filters(embedded_shop: Workspace, found: Search) -> None:
    product = Product.objects.for_workspace(embedded_shop).filter(categories__len__gt=0).first()
    assert product is not None
    inside = Product.objects.for_workspace(embedded_shop).filter(
        categories__overlap=[product.categories[0]], price__lte=60
    )
    answer = found("zzz", categories=product.categories[0], price_max="60", count=100)
    assert {item["product_id"] for item in answer["items"]} == {row.external_id for row in inside}


@pytest.mark.slow
def test_it_finds_a_new_product_within_seconds(
    embedded_shop: Workspace, found: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_indexes, "refresh_seconds", 0.0)
    found("kite")  # fills the index
    (product, _) = product_from_json(
        {"id": "k-1", "title": "Paper dragon on a string, flies in the wind", "price": "9.00"}, currency="EUR"
    )
    assert product is not None
    upsert_products(embedded_shop, [product])
    assert found("dragon")["items"][0]["product_id"] == "k-1"  # by its words: in the same second
    write_vectors(embedded_shop, embedder=embedder())
    (item,) = [item for item in found("a kite to fly", count=100)["items"] if item["product_id"] == "k-1"]
    assert "similar_in_meaning" in codes_of(item)


@pytest.mark.slow
def test_it_never_shows_another_workspace_s_products(
    embedded_shop: Workspace, outsider_api: APIClient, other_workspace: Workspace
) -> None:
    answer = outsider_api.get("/v1/search", {"q": "teapot"}).json()
    assert answer["items"] == []
    upsert_products(other_workspace, [_parsed([{"id": "own", "title": "Teapot", "price": 1}])[0][0]])
    answer = outsider_api.get("/v1/search", {"q": "teapot", "count": 50}).json()
    assert [item["product_id"] for item in answer["items"]] == ["own"]


def test_it_takes_a_publishable_key_and_refuses_one_without_the_scope(
    shop: Workspace, api_for: Callable[[str], APIClient], publishable_key: str
) -> None:
    assert api_for(publishable_key).get("/v1/search?q=tea").status_code == 200
    tracking = create_api_key(shop, kind="publishable", name="t", scopes=["track"])[1]
    assert api_for(tracking).get("/v1/search?q=tea").status_code == 403
    assert APIClient().get("/v1/search?q=tea").status_code == 401


def test_it_keeps_a_record_that_clicks_can_name_without_what_was_typed(
    shop: Workspace, found: Search, api: APIClient
) -> None:
    answer = found("teapot for aunt Agatha Smith", count=2)
    record = Recommendation.objects.get(pk=answer["search_id"])
    assert record.placement == "search"
    assert [item["product_id"] for item in record.items] == [item["product_id"] for item in answer["items"]]
    assert "Agatha" not in str(record.items) + str(record.fallback)
    click = {"product_id": answer["items"][0]["product_id"], "search_id": answer["search_id"]}
    api.post("/v1/track", {"event": "Product Clicked", "anonymousId": "v", "properties": click})
    assert Event.objects.get(anonymous_id="v").recommendation_id == record.id


@pytest.mark.slow
def test_it_asks_the_database_as_often_for_many_items_as_for_one(
    embedded_shop: Workspace, found: Search
) -> None:
    found("tea")
    with CaptureQueriesContext(
        connection,
    ) as one:
        found("tea", count=1)
    with CaptureQueriesContext(connection) as many:
        found("tea", count=40)
    assert len(many) == len(one) <= 9


def test_it_answers_by_words_and_says_so_where_no_embedder_can_be_had(
    shop: Workspace, found: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOTENASHI_EMBEDDER", "sentence-transformers:/models/e5")
    answer = found("teapot")
    assert "teapot" in titles_of(answer)[0].lower()
    assert "needs torch" in answer["notes"][0]


def test_it_follows_every_change_of_a_name(shop: Workspace, found: Search) -> None:
    product = Product.objects.for_workspace(shop).filter(title__icontains="teapot").first()
    assert product is not None
    ProductTitle.objects.filter(product=product).delete()
    Product.objects.filter(pk=product.pk).update(title="Samovar")
    assert found("samovar")["items"][0]["product_id"] == product.external_id
    ProductTitle.objects.create(workspace=shop, product=product, locale="fr", title="Bouilloire russe")
    assert found("bouilloire")["items"][0]["product_id"] == product.external_id
    Product.objects.filter(pk=product.pk).delete()
    assert not ProductWords.objects.filter(pk=product.pk).exists()
    assert found("samovar bouilloire")["items"] == []


def test_it_keeps_words_out_of_the_way_of_stock_changes(shop: Workspace) -> None:
    before = dict(ProductWords.objects.for_workspace(shop).values_list("pk", "words"))
    Product.objects.for_workspace(shop).update(stock=3, updated_at=timezone.now() + timedelta(seconds=1))
    assert dict(ProductWords.objects.for_workspace(shop).values_list("pk", "words")) == before
