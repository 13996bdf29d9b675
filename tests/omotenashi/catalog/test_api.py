"""The catalogue over REST."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from omotenashi.catalog.models import Product
from omotenashi.jobs.testing import run_queued
from tests.omotenashi.catalog.feeds import SHOP, tsv

pytestmark = pytest.mark.django_db
CUP: dict[str, Any] = {
    "id": "cup-1", "title": "Hagi cup", "price": "24.00", "stock": 5, "titles": {"de": "Hagi-Becher"},
    "facts": [{"name": "material", "value": "stoneware"}],
}  # fmt: skip


def put(api: APIClient, *rows: Any, **body: Any) -> Any:
    return api.put("/v1/products", {"products": list(rows), **body}, format="json")


def test_it_creates_products_and_reads_them_back(api: APIClient) -> None:
    answer = put(api, CUP)
    assert (answer.status_code, answer.json()["created"]) == (200, 1)
    body = api.get("/v1/products/cup-1").json()
    assert (body["id"], body["price"], body["currency"], body["in_stock"]) == ("cup-1", "24.00", "EUR", True)
    assert body["titles"] == {"de": "Hagi-Becher"}
    assert body["facts"][0] == {
        "name": "material",
        "value": "stoneware",
        "unit": "",
        "locale": "",
        "kind": "text",
    }


def test_it_answers_each_row_for_itself(api: APIClient) -> None:
    rows = [
        "no object",
        CUP,
        {**CUP, "id": "b", "price": "cheap"},
        {**CUP, "id": "c", "currency": "EURO"},
        {**CUP, "id": "d", "url": "javascript:x"},
    ]
    body = put(api, *rows).json()
    assert [row["status"] for row in body["results"]] == ["error", "created", "error", "error", "created"]
    assert (body["created"], body["failed"]) == (2, 3)
    assert body["results"][2]["errors"][0]["pointer"] == "#/products/2/price"
    assert body["results"][3]["errors"][0]["pointer"] == "#/products/3/currency"
    assert body["results"][4]["warnings"][0]["pointer"] == "#/products/4/url"
    assert body["results"][3]["id"] == "c"


def test_it_only_looks_when_asked_to(api: APIClient) -> None:
    assert put(api, CUP, dry_run=True).json()["created"] == 1
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ([], 400, "#/products"),
        ({"products": {}}, 400, "#/products"),
        ({"products": []}, 400, "#/products"),
        ({"products": [CUP], "dry_run": "maybe"}, 422, "#/dry_run"),
        ({"products": [CUP] * 1001}, 413, "#/products"),
    ],
)
def test_it_refuses_a_body_that_is_no_list_of_products(
    api: APIClient, body: Any, status: int, pointer: str
) -> None:
    answer = api.put("/v1/products", body, format="json")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_it_takes_a_product_out_of_stock_at_once(api: APIClient) -> None:
    put(api, CUP)
    answer = api.patch("/v1/products/cup-1", {"stock": 0}, format="json")
    assert (answer.status_code, answer.json()["in_stock"]) == (200, False)
    assert not Product.objects.sellable().exists()
    assert api.patch("/v1/products/cup-1", {"stock": None}, format="json").json()["in_stock"] is True


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"stock": -1}, "#/stock"),
        ({"price": "x"}, "#/price"),
        ({"title": "New"}, "#/title"),
        ({"currency": "eur"}, "#/currency"),
    ],
)
def test_it_names_the_field_of_an_offer_that_is_wrong(
    api: APIClient, change: dict[str, Any], pointer: str
) -> None:
    put(api, CUP)
    answer = api.patch("/v1/products/cup-1", change, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_it_lists_ten_products_in_fewer_queries(
    api: APIClient, product_factory: Callable[..., Product]
) -> None:
    for number in range(10):
        product_factory(categories=["Cups"] if number % 2 else [])
    with CaptureQueriesContext(connection) as queries:
        body = api.get("/v1/products").json()
    assert len(body["results"]) == 10
    assert len(queries) < 10
    assert len(api.get("/v1/products?category=Cups").json()["results"]) == 5


def test_it_shows_no_one_the_products_of_another(
    api: APIClient, outsider_api: APIClient, publishable_key: str, api_for: Callable[[str], APIClient]
) -> None:
    put(api, CUP)
    assert outsider_api.get("/v1/products/cup-1").status_code == 404
    assert outsider_api.patch("/v1/products/cup-1", {"stock": 0}, format="json").status_code == 404
    assert outsider_api.get("/v1/products").json()["results"] == []
    assert api_for(publishable_key).get("/v1/products").status_code == 403
    assert APIClient().get("/v1/products").status_code == 401
    assert Product.objects.get().stock == 5


def test_it_imports_an_uploaded_feed_and_tells_of_its_rows(api: APIClient, outsider_api: APIClient) -> None:
    content = tsv([*SHOP, {"id": "bad", "title": "A", "price": "cheap"}])
    answer = api.post(
        "/v1/feeds/import",
        {"format": "google-tsv", "file": SimpleUploadedFile("shop.tsv", content)},
        format="multipart",
    )
    assert answer.status_code == 202
    assert answer["Location"].startswith("/v1/jobs/")
    run_queued("catalog.import_feed")
    url = f"/v1/imports/{answer.json()['import']['id']}"
    told = api.get(url).json()
    assert (told["state"], told["created"], told["left_out"]) == ("succeeded", 3, 1)
    assert [issue["field"] for issue in api.get(f"{url}/issues").json()["results"]] == ["price"]
    assert len(api.get("/v1/imports").json()["results"]) == 1
    assert {outsider_api.get(path).status_code for path in (url, f"{url}/issues")} == {404}
    assert outsider_api.get("/v1/imports").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"format": "excel", "url": "https://shop.example/f"}, "#/format"),
        ({"format": "google-tsv"}, "#/file"),
        ({"format": "google-tsv", "url": "http://127.0.0.1/feed"}, "#/url"),
        ({"format": "google-tsv", "url": "http://169.254.169.254/latest/meta-data"}, "#/url"),
        ({"format": "google-tsv", "url": "file:///etc/passwd"}, "#/url"),
    ],
)
def test_it_refuses_a_feed_it_must_not_fetch(api: APIClient, body: dict[str, str], pointer: str) -> None:
    answer = api.post("/v1/feeds/import", body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
