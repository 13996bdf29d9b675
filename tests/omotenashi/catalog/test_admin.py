"""The catalogue's studio pages."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, ImportRun, Product
from omotenashi.catalog.services import FactInput, upsert_products
from omotenashi.jobs.models import Job
from omotenashi.jobs.testing import run_queued
from tests.omotenashi.catalog.feeds import SHOP, product, tsv

pytestmark = pytest.mark.django_db
LIST = "admin:catalog_product_changelist"
HOSTILE = "<script>alert(1)</script>"


def page(client: Client, name: str, *args: object, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def form_of(stored: Product, **changes: str) -> dict[str, str]:
    fact = stored.facts.get()
    return {
        "title": stored.title, "description": "", "brand": "", "categories": "Kitchen, bath\nCups",
        "price": "24.00", "currency": "EUR", "stock": "3", "available": "on", "sku": "", "group_id": "",
        "url": "", "image_url": "", "attributes": "{}",
        "facts-TOTAL_FORMS": "1", "facts-INITIAL_FORMS": "1", "facts-0-id": str(fact.id),
        "facts-0-product": str(stored.id), "facts-0-name": fact.name, "facts-0-value": fact.value,
        "facts-0-unit": "", "facts-0-kind": fact.kind, "facts-0-locale": "",
        "titles-TOTAL_FORMS": "1", "titles-INITIAL_FORMS": "0",
        "titles-0-locale": "de_at", "titles-0-title": "Becher",
        **changes,
    }  # fmt: skip


def test_it_says_what_to_do_in_an_empty_catalogue(author_client: Client) -> None:
    assert "Import a feed" in page(author_client, LIST)


def test_it_lists_products_with_stock_and_escapes_their_text(
    author_client: Client, workspace: Workspace
) -> None:
    upsert_products(
        workspace,
        [product(title=HOSTILE, stock=0, image_url="https://shop.example/a.jpg", categories=("Cups",))],
    )
    html = page(author_client, LIST)
    assert "Sold out" in html
    assert "https://shop.example/a.jpg" in html
    assert HOSTILE not in html
    assert "&lt;script&gt;" in html


def test_it_filters_by_category_and_stock(author_client: Client, workspace: Workspace) -> None:
    upsert_products(
        workspace, [product("a", title="Alder", categories=("Cups",)), product("b", title="Birch", stock=0)]
    )
    assert "Birch" not in page(author_client, LIST, category="Cups")
    assert "Alder" not in page(author_client, LIST, stock="out")
    assert "Birch" not in page(author_client, LIST, stock="in")
    assert "Birch" in page(author_client, LIST, q="birch")


def test_it_saves_facts_and_titles_and_asks_for_a_new_vector(
    author_client: Client, workspace: Workspace
) -> None:
    upsert_products(workspace, [product(facts=(FactInput("material", "stoneware"),))])
    stored = Product.objects.get()
    Job.objects.all().delete()
    url = reverse("admin:catalog_product_change", args=[stored.pk])
    assert author_client.post(url, form_of(stored, **{"facts-0-value": "porcelain"})).status_code == 302
    stored.refresh_from_db()
    assert stored.categories == ["Kitchen, bath", "Cups"]
    assert Fact.objects.get().value == "porcelain"
    assert [(title.locale, title.workspace_id) for title in stored.titles.all()] == [("de-AT", workspace.id)]
    assert Job.objects.get().args == {"product_ids": [str(stored.id)]}


def test_it_refuses_a_number_that_is_none(author_client: Client, workspace: Workspace) -> None:
    upsert_products(workspace, [product(facts=(FactInput("height", "8", "cm", kind="number"),))])
    stored = Product.objects.get()
    response = author_client.post(
        reverse("admin:catalog_product_change", args=[stored.pk]),
        form_of(stored, **{"facts-0-value": "tall"}),
    )
    assert "is not a number" in response.content.decode()
    assert Fact.objects.get().value == "8"


def test_it_lets_owners_write_viewers_look_and_outsiders_see_nothing(
    author_client: Client, viewer_client: Client, outsider_client: Client, workspace: Workspace
) -> None:
    upsert_products(workspace, [product(title="Alder", facts=(FactInput("material", "wood"),))])
    stored = Product.objects.get()
    url = reverse("admin:catalog_product_change", args=[stored.pk])
    assert author_client.get(url).status_code == 200
    assert "Alder" in viewer_client.get(url).content.decode()
    assert viewer_client.post(url, form_of(stored)).status_code == 403
    assert outsider_client.get(url).status_code == 302
    assert "Alder" not in page(outsider_client, LIST)


def test_it_takes_a_feed_in_and_shows_what_was_left_out(
    author_client: Client, outsider_client: Client, viewer_client: Client
) -> None:
    content = tsv([*SHOP, {"id": "bad", "title": HOSTILE, "price": "cheap"}])
    form = {"file": SimpleUploadedFile("shop.tsv", content), "kind": "google-tsv"}
    assert author_client.post(reverse("admin:catalog_importrun_add"), form).status_code == 302
    run_queued("catalog.import_feed")
    run = ImportRun.objects.get()
    html = page(author_client, "admin:catalog_importrun_change", run.pk)
    assert "is not a price" in html
    assert HOSTILE not in html
    assert "shop.tsv" in page(author_client, "admin:catalog_importrun_changelist")
    assert "shop.tsv" not in page(outsider_client, "admin:catalog_importrun_changelist")
    assert viewer_client.get(reverse("admin:catalog_importrun_add")).status_code == 403


def test_it_asks_no_more_for_thirty_products_than_for_three(
    author_client: Client, product_factory: Callable[..., Product]
) -> None:
    counts = []
    for more in (3, 27):
        for _ in range(more):
            product_factory(categories=["Cups"])
        with CaptureQueriesContext(connection) as queries:
            page(author_client, LIST)
        counts.append(len(queries))
    assert counts[1] <= counts[0]
