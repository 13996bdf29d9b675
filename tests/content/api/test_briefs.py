"""Filing briefs over REST."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import Brand, Brief, Draft
from omotenashi.catalog.models import Product

BRIEF: dict[str, Any] = {
    "content_type": "product_description", "products": ["teapot"], "locales": ["en", "de"],
    "keyphrases": {"en": "cast iron teapot"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def shop(brand: Brand, teapot: Product) -> None:
    """Every test here needs a brand and a product."""


def test_it_accepts_a_brief_and_names_the_job(api: APIClient) -> None:
    response = api.post("/v1/briefs", BRIEF)
    assert response.status_code == 202
    body = response.json()
    assert response["Location"] == f"/v1/jobs/{body['job_id']}"
    assert (body["state"], [draft["locale"] for draft in body["drafts"]]) == ("writing", ["de", "en"])
    assert api.get(response["Location"]).json()["name"] == "content.write_brief"
    assert api.get(f"/v1/briefs/{body['id']}").json() == body


@pytest.mark.parametrize(
    ("change", "pointer", "remedy"),
    [
        ({"products": []}, "#/products", "at least one product"),
        ({"products": ["teapot", "kettle"]}, "#/products/1", "no product “kettle”"),
        ({"locales": []}, "#/locales", "at least one language"),
        ({"locales": ["en", "en-UK"]}, "#/locales/1", "Did you mean en-GB?"),
        ({"locales": ["klingon"]}, "#/locales/0", "en-GB, de-DE, ja-JP"),
        ({"content_type": "poem"}, "#/content_type", "blog_post"),
        ({"length": "epic"}, "#/length", "short, medium, long"),
        ({"keyphrases": {"fr": "théière"}}, "#/keyphrases/fr", "not among the brief's locales"),
        ({"brand": "Nobody"}, "#/brand", "Tansu & Thyme"),
    ],
)
def test_it_names_the_field_and_the_remedy(
    api: APIClient, change: dict[str, Any], pointer: str, remedy: str
) -> None:
    response = api.post("/v1/briefs", BRIEF | change)
    assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
    (error,) = response.json()["errors"]
    assert error["pointer"] == pointer
    assert remedy in error["detail"]
    assert not Brief.objects.exists()


def test_it_names_every_bad_field_at_once(api: APIClient) -> None:
    response = api.post("/v1/briefs", BRIEF | {"products": [], "locales": ["klingon"], "length": "epic"})
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "#/products",
        "#/locales/0",
        "#/length",
    }


def test_it_says_to_make_a_brand_first(api: APIClient, brand: Brand) -> None:
    brand.delete()
    assert "Make a brand first" in api.post("/v1/briefs", BRIEF).json()["detail"]


def test_it_files_a_brief_once_for_one_idempotency_key(api: APIClient) -> None:
    first = api.post("/v1/briefs", BRIEF, headers={"Idempotency-Key": "k-1"})
    again = api.post("/v1/briefs", BRIEF, headers={"Idempotency-Key": "k-1"})
    assert first.json() == again.json()
    assert Brief.objects.count() == 1


def test_it_keeps_products_in_the_order_they_were_named(
    api: APIClient, product_factory: Callable[..., Product]
) -> None:
    product_factory(external_id="zebra")
    product_factory(external_id="apple")
    names = ["zebra", "teapot", "apple"]
    assert api.post("/v1/briefs", BRIEF | {"products": names}).json()["products"] == names


def test_it_lists_briefs_with_as_many_queries_for_ten_as_for_two(
    api: APIClient, file_brief: Callable[..., Brief], django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        file_brief(locales=["en", "de"])
    with django_assert_max_num_queries(9):
        body = api.get("/v1/briefs?limit=10").json()
    assert len(body["results"]) == 10


def test_it_shows_nothing_to_another_workspace(
    outsider_api: APIClient, written: Callable[..., Draft]
) -> None:
    draft = written()
    addresses = [
        f"/v1/briefs/{draft.brief_id}",
        f"/v1/drafts/{draft.pk}",
        f"/v1/drafts/{draft.pk}/versions",
        f"/v1/drafts/{draft.pk}/findings",
    ]
    assert [outsider_api.get(address).status_code for address in addresses] == [404] * 4
    steps = ["approve", "ask-for-changes", "publish", "withdraw"]
    posts = [
        outsider_api.post(f"/v1/drafts/{draft.pk}/{step}", {"version": 1, "comment": "x"}) for step in steps
    ]
    assert [response.status_code for response in posts] == [404] * 4
    assert (
        outsider_api.patch(f"/v1/drafts/{draft.pk}", {"fields": {"title": "x"}, "version": 1}).status_code
        == 404
    )
    assert outsider_api.get("/v1/briefs").json()["results"] == []
    brief = outsider_api.post("/v1/briefs", BRIEF)
    assert "no product “teapot”" in str(brief.json())


def test_it_answers_404_for_an_id_that_is_none(api: APIClient) -> None:
    assert api.get("/v1/drafts/nonsense").status_code == 404
