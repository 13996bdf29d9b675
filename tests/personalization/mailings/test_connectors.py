"""Blocks for one person, and a campaign as a table: for shops that keep their mailer."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.mailings.api import connectors
from personalization.mailings.models import Campaign
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services import suppress
from personalization.models import Recommendation
from tests.personalization.mailings.conftest import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(product_factory: Callable[..., Product]) -> None:
    for number in range(3):
        product_factory(external_id=f"p-{number}", url=f"https://tansu.example/p/{number}?lang=en")


@pytest.fixture
def letter(workspace: Workspace, products: None) -> Campaign:
    return create_sample_campaign(workspace, name="Spring letter", product_count=2)


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_persons_blocks_carry_the_recommendations_id_in_each_link(
    api: APIClient, products: None, customer_factory: CustomerFactory
) -> None:
    customer_factory(external_id="c-1")
    body = api.get("/v1/customers/c-1/email-blocks?count=2").json()
    assert (body["may_be_mailed"], len(body["products"])) == (True, 2)
    assert Recommendation.objects.filter(pk=body["recommendation_id"]).exists()
    for product in body["products"]:
        assert f"recommendation_id={body['recommendation_id']}" in product["url"]
        assert "lang=en" in product["url"]


def test_blocks_say_who_must_not_be_written_to(
    api: APIClient, workspace: Workspace, customer_factory: CustomerFactory
) -> None:
    customer_factory(external_id="c-no", agrees=False)
    gone = customer_factory(external_id="c-gone")
    suppress(workspace, address=gone.email or "", reason="hard_bounce", source="test")
    asked = [api.get(f"/v1/customers/{name}/email-blocks?count=0").json() for name in ("c-no", "c-gone")]
    assert [body["may_be_mailed"] for body in asked] == [False, False]


def test_unchanged_blocks_are_not_sent_again(api: APIClient, customer_factory: CustomerFactory) -> None:
    customer_factory(external_id="c-1")
    path = "/v1/customers/c-1/email-blocks?count=0"
    tag = api.get(path)["ETag"]
    assert api.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 304


def test_strangers_and_outsiders_find_nobody(
    api: APIClient, outsider_api: APIClient, customer_factory: CustomerFactory
) -> None:
    customer_factory(external_id="c-1")
    assert api.get("/v1/customers/c-9/email-blocks").status_code == 404
    assert outsider_api.get("/v1/customers/c-1/email-blocks").status_code == 404


def test_a_campaigns_table_has_one_row_an_address_with_its_own_products(
    api: APIClient, workspace: Workspace, letter: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory(email="one@mail.example")
    customer_factory(email="ONE@mail.example")
    customer_factory(email="two@mail.example")
    customer_factory(email="no@mail.example", agrees=False)
    customer_factory(email="gone@mail.example")
    suppress(workspace, address="gone@mail.example", reason="complaint", source="test")
    rows = rows_of(api.get(f"/v1/campaigns/{letter.pk}/export"))
    assert [row["email"] for row in rows] == ["one@mail.example", "two@mail.example"]
    for row in rows:
        assert "" not in (row["product_1_id"], row["product_2_id"])
        assert row["recommendation_id"] in row["product_1_url"]


def test_no_cell_of_the_csv_is_a_formula(
    api: APIClient, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory(first_name='=HYPERLINK("https://evil.example")', external_id="+1")
    row = rows_of(api.get(f"/v1/campaigns/{campaign.pk}/export"))[0]
    assert (row["first_name"][0], row["customer_id"]) == ("'", "'+1")


def test_parquet_holds_what_was_meant(
    letter: Campaign, customer_factory: CustomerFactory, tmp_path: Path
) -> None:
    customer_factory(first_name="=1", external_id="007", last_name="")
    path = tmp_path / "out.parquet"
    call_command("export_campaign", str(letter.pk), file="parquet", out=str(path))
    row = polars.read_parquet(path).row(0, named=True)
    assert (row["first_name"], row["customer_id"], row["last_name"]) == ("=1", "007", "")
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_table_is_for_the_command(
    api: APIClient, campaign: Campaign, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectors, "MOST_ROWS", 1)
    for _ in range(2):
        customer_factory()
    answer = api.get(f"/v1/campaigns/{campaign.pk}/export")
    assert (answer.status_code, "export_campaign" in answer.json()["detail"]) == (422, True)


def test_an_outsider_gets_no_table(outsider_api: APIClient, campaign: Campaign) -> None:
    assert outsider_api.get(f"/v1/campaigns/{campaign.pk}/export").status_code == 404


def test_another_mailers_template_is_put_into_our_words(api: APIClient) -> None:
    body = {"origin": "mailchimp", "text": "Hi *|FNAME|* *|RSSITEM:DATE|*"}
    answer = api.post("/v1/mail-templates/translate", body).json()
    assert answer["text"] == "Hi {{ customer.first_name }} *|RSSITEM:DATE|*"
    assert "RSSITEM" in answer["notes"][0]


def test_an_unknown_mailer_is_refused_by_name(api: APIClient) -> None:
    answer = api.post("/v1/mail-templates/translate", {"origin": "other", "text": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/origin")
