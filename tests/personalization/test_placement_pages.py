"""Placements in the studio: a form without JSON, a live check of filters, two lists side by side."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.engine.placements import settings_for
from personalization.models import Customer, Order, Placement, Recommendation

LIST = "/studio/personalization/placement/"
ADD, PREVIEW, CHECK = f"{LIST}add/", f"{LIST}preview/", f"{LIST}check/"


@pytest.fixture
def kim(shelf: list[Product], place_order: Callable[..., Order]) -> Customer:
    place_order([shelf[1], shelf[2]], customer="kim", days_ago=100)
    place_order([shelf[2]], customer="kim", days_ago=50)
    Customer.objects.update(first_name="Kim", last_name="Aoki", email_normalized="kim@example.org")
    customer: Customer = Customer.objects.get()
    return customer


def form(key: str = "home", **changes: Any) -> dict[str, Any]:
    """The form of `home` as it is first shown."""
    usual = {
        "key": key, "count": "10", "mode": "ranked", "share": "40", "filter": "", "relevance": "0",
        "source": ["learned", "repeat", "collaborative", "copurchase", "text", "viewed", "popularity"],
        "weight-learned": "16", "weight-collaborative": "1",
        "weight-repeat": "0.7", "weight-copurchase": "0.8", "weight-text": "0.8", "weight-viewed": "0.4",
        "weight-popularity": "0.2", "weight-newest": "0.5", "promotion_quota": "", "promotion_spacing": "0",
        "diversity": "", "max_per_category": "4", "max_per_group": "1", "just_bought_days": "30",
        "due_at": "0.8", "new_only": "on", "fallback": "on", "seed-cart": "1", "seed-viewed": "0.8",
        "seed-bought": "0.6", "seed-context": "0",
    }  # fmt: skip
    return usual | changes


RULES = {
    "rule-action": ["boost", "pin", "exclude"], "rule-name": ["Sale", "", ""],
    "rule-filter": ['"c1" in categories', 'id == "p8"', "stock > 900"], "rule-value": ["3", "2", "7"],
    "rule-from": ["2026-11-01", "", ""], "rule-until": ["", "", ""],
}  # fmt: skip


def test_it_stores_only_what_differs_from_the_defaults(workspace: Workspace, author_client: Client) -> None:
    assert author_client.post(ADD, form()).status_code == 302
    placement = Placement.objects.get()
    assert (placement.workspace, placement.key, placement.settings) == (workspace, "home", {})
    changes = form(count="4", mode="mix", share="25", filter="price < 50", relevance="30", **RULES)
    address = f"{LIST}{placement.pk}/change/"
    assert author_client.post(address, changes).status_code == 302
    placement.refresh_from_db()
    assert placement.settings == {
        "count": 4, "repeat_share": 0.25, "filter": "price < 50", "minimum_relevance": 0.3,
        "rules": [
            {
                "action": "boost", "filter": '"c1" in categories', "name": "Sale", "from": "2026-11-01",
                "weight": 3,
            },
            {"action": "pin", "filter": 'id == "p8"', "position": 2},
            {"action": "exclude", "filter": "stock > 900"},
        ],
    }  # fmt: skip
    page = author_client.get(address).content.decode()
    assert 'value="&quot;c1&quot; in categories"' in page
    assert 'name="mode" value="mix" checked' in page
    unchanged = settings_for("home", own={"home": placement.settings})
    assert author_client.post(address, changes).status_code == 302
    placement.refresh_from_db()
    assert settings_for("home", own={"home": placement.settings}) == unchanged


@pytest.mark.parametrize("key", ["home", "discovery", "product", "buy-again", "recently-viewed", "my-own"])
def test_it_shows_each_placement_s_defaults(key: str, author_client: Client) -> None:
    page = author_client.get(f"{ADD}?key={key}")
    expected = {"discovery": "new", "buy-again": "repeat"}.get(key, "ranked")
    assert f'name="mode" value="{expected}" checked' in page.content.decode()


@pytest.mark.parametrize(("changes", "words"), [
    ({"filter": "price <"}, "ends too early"),
    ({"source": []}, "must map names to weights"),
    ({"weight-text": "much"}, "must be a number"),
    ({"count": "51"}, "whole number from 1 to 50"),
    ({"count": "2.5"}, "whole number"),
    ({"diversity": "2"}, "from 0 to 1"),
    ({"relevance": "x"}, "from 0 to 1"),
    ({"key": ""}, "Give the placement a name"),
    ({**RULES, "rule-filter": ["", "", ""]}, "Rule 1: Position 1"),
    ({**RULES, "rule-value": ["0.5", "2", ""]}, "from 1 to 10"),
    ({**RULES, "rule-from": ["tomorrow", "", ""]}, "such as 2026-12-24"),
    ({**RULES, "rule-until": ["2026-10-01", "", ""]}, "ends before it begins"),
    ({**RULES, "rule-action": ["love", "pin", "exclude"]}, "one of boost, bury, pin, exclude"),
])  # fmt: skip
def test_it_says_what_is_wrong_and_keeps_what_was_written(
    changes: dict[str, Any], words: str, author_client: Client
) -> None:
    page = author_client.post(ADD, form(**{"just_bought_days": "77", **changes}))
    assert page.status_code == 200
    assert words in page.content.decode()
    assert 'value="77"' in page.content.decode()
    assert not Placement.objects.exists()


def test_it_refuses_a_second_placement_of_the_same_name(author_client: Client) -> None:
    assert author_client.post(ADD, form()).status_code == 302
    assert b"There is a placement" in author_client.post(ADD, form()).content
    assert Placement.objects.count() == 1


def test_it_lets_authors_write_viewers_look_and_outsiders_neither(
    workspace: Workspace, author_client: Client, viewer_client: Client, outsider_client: Client,
    kim: Customer,
) -> None:  # fmt: skip
    placement = Placement.objects.create(workspace=workspace, key="home", settings={"filter": "price < 77"})
    address = f"{LIST}{placement.pk}/change/"
    assert b"price &lt; 77" in viewer_client.get(address).content
    assert viewer_client.post(address, form()).status_code == 403
    assert viewer_client.post(ADD, form("mine")).status_code == 403
    assert viewer_client.get(ADD).status_code == 403
    assert viewer_client.get(PREVIEW).status_code == 200
    assert outsider_client.get(address).status_code == 404
    assert outsider_client.post(address, form()).status_code == 404
    assert b"price &lt; 77" not in outsider_client.get(LIST).content
    theirs = outsider_client.get(f"{PREVIEW}?customer=kim&left=home").content.decode()
    assert "Product 1" not in theirs
    assert "Kim" not in theirs
    for page in (LIST, address, PREVIEW, CHECK):
        assert Client().get(page).status_code == 302
    placement.refresh_from_db()
    assert placement.settings == {"filter": "price < 77"}
    assert author_client.post(address, form()).status_code == 302


def test_it_judges_a_filter_while_it_is_written(shelf: list[Product], viewer_client: Client) -> None:
    Product.objects.filter(external_id="p3").update(attributes={"color": "red"})

    def ask(text: str) -> Any:
        return viewer_client.get(CHECK, {"filter": text}).json()

    assert ask('color == "red"') == {"ok": True, "products": 10, "matching": 1, "warning": ""}
    assert "Did you mean color?" in ask('colour == "red"')["warning"]
    assert ask("price <")["position"] == 8
    assert "depends on" in ask("brand == $product.brand")["warning"]


def test_it_shows_two_lists_side_by_side_and_records_nothing(kim: Customer, viewer_client: Client) -> None:
    page = viewer_client.get(f"{PREVIEW}?customer=kim@example.org&left=home&right=discovery")
    left, right = page.context["sides"]
    assert "As Kim Aoki" in page.content.decode()
    assert "p2" in [row["item"].product_id for row in left.rows]
    assert "p2" not in [row["item"].product_id for row in right.rows]
    assert {rule.code for rule in right.refused} == {"bought_before"}
    assert "Similar to “Product 1”, which you bought" in page.content.decode()
    assert not Recommendation.objects.exists()


def test_it_finds_a_customer_by_a_part_of_the_name(kim: Customer, viewer_client: Client) -> None:
    assert "As Kim Aoki" in viewer_client.get(f"{PREVIEW}?customer=aok").content.decode()
    assert "No customer has this" in viewer_client.get(f"{PREVIEW}?customer=nobody").content.decode()


def test_it_previews_changes_without_saving_them(kim: Customer, author_client: Client) -> None:
    author_client.post(ADD, form())
    page = author_client.post(PREVIEW, form(filter='id == "p5"', preview="1"))
    left, right = page.context["sides"]
    assert len(left.rows) == 10
    assert [row["item"].product_id for row in right.rows] == ["p5"]
    assert "placement&#x27;s filter" in page.content.decode()
    assert Placement.objects.get().settings == {}
    again = {"key": "home", "customer": "kim", "left": "home", "right": "…edited"}
    page = author_client.post(PREVIEW, {**again, "tried": json.dumps({"count": 2})})
    assert len(page.context["sides"][1].rows) == 2
    page = author_client.post(ADD, {"key": "home", "tried": '{"count": 2}', "resume": "1"})
    assert 'name="count" value="2"' in page.content.decode()
    wrong = author_client.post(ADD, {"key": "home", "tried": '{"mix": 5}', "resume": "1"})
    assert "must map names to weights" in wrong.content.decode()
    assert Placement.objects.get().settings == {}
    for text, words in (("{", "no JSON object"), ('{"count": 0}', "1 to 50"), ("[]", "no JSON object")):
        page = author_client.post(PREVIEW, {**again, "tried": text})
        assert words in page.context["sides"][1].problem


def test_it_shows_what_others_wrote_as_text(
    shelf: list[Product], workspace: Workspace, viewer_client: Client
) -> None:
    nasty = "<script>alert(1)</script>"
    Product.objects.filter(external_id="p9").update(title=nasty)
    rules = [{"action": "exclude", "filter": 'id == "p9"', "name": nasty}]
    placement = Placement.objects.create(workspace=workspace, key="home", settings={"rules": rules})
    for address in (LIST, f"{LIST}{placement.pk}/change/", f"{PREVIEW}?left=home&right=trending"):
        page = viewer_client.get(address).content.decode()
        assert nasty not in page
    assert "&lt;script&gt;" in page


def test_it_lists_many_placements_with_few_queries(workspace: Workspace, viewer_client: Client) -> None:
    for n in range(15):
        Placement.objects.create(workspace=workspace, key=f"spot-{n}", settings={"count": n + 1})
    with CaptureQueriesContext(connection) as caught:
        assert viewer_client.get(LIST).status_code == 200
    assert len(caught) < 15
