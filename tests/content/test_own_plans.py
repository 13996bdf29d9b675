"""Plans of one's own: copied in the studio, chosen in a brief, obeyed by the writer, kept to the shop."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from content import services
from content.engine.own_plans import plan_text
from content.engine.plans import fields_of
from content.models import Brief, ContentPlan, Draft
from content.specs import spec_for
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.errors import InvalidInput

CARD = plan_text("product_description").replace("name = Product description", "name = Tea card")
CARD = CARD.replace("short = 25-70", "short = 10-30").replace("characters = 0-60", "characters = 0-40")
LISTED = reverse("admin:content_contentplan_changelist")
COPY = reverse("admin:content_contentplan_copy", args=["product_description"])
CARD_PAGE = reverse("admin:content_contentplan_plan", args=["tea-card"])


@pytest.fixture
def card(workspace: Workspace) -> ContentPlan:
    return services.save_plan(workspace, key="", text=CARD)


def test_a_brief_is_written_by_the_plan_it_names(
    api: APIClient, card: ContentPlan, brand: object, teapot: Product
) -> None:
    given = {"plan": "tea-card", "products": ["teapot"], "locales": ["en"], "length": "short"}
    filed = api.post("/v1/briefs", given)
    assert (filed.status_code, filed.json()["plan"], filed.json()["content_type"]) == (
        202,
        "tea-card",
        "product_description",
    )
    spec = spec_for(Draft.objects.get(), guideline=None)
    title = fields_of(spec)[0]
    assert (title.name, title.max) == ("title", 40)
    assert spec.length is not None
    assert (spec.length.min, spec.length.max) == (10, 30)
    services.delete_plan(card.workspace, key="tea-card")
    spec = spec_for(Draft.objects.get(), guideline=None)
    assert (spec.own_fields, fields_of(spec)[0].max) == ((), 60)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"plan": "tea-cart"}, "#/plan"),
        ({"plan": "tea-card", "content_type": "blog_post"}, "#/content_type"),
        ({"content_type": ""}, "#/content_type"),
    ],
)
def test_a_brief_with_the_wrong_plan_is_refused(
    api: APIClient, card: ContentPlan, brand: object, teapot: Product, given: dict[str, str], pointer: str
) -> None:
    refused = api.post("/v1/briefs", {"products": ["teapot"], "locales": ["en"], **given})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]


def test_a_mistake_in_a_plan_is_named(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="at most 60 characters"):
        services.save_plan(workspace, key="", text=CARD.replace("0-40", "0-400"))
    assert not ContentPlan.objects.exists()


def test_a_marketer_copies_a_plan_and_files_a_brief_with_it(
    author_client: Client, viewer_client: Client, outsider_client: Client, brand: object, teapot: Product
) -> None:
    assert "Copy and edit" in author_client.get(LISTED).content.decode()
    assert "0-60" in author_client.get(COPY).content.decode()
    assert viewer_client.post(COPY, {"text": CARD}).status_code == 403
    wrong = author_client.post(COPY, {"text": CARD.replace("[slug]", "[poem]")}).content.decode()
    assert "has no such field" in wrong
    assert "[poem]" in wrong  # what was typed is still there
    assert author_client.post(COPY, {"text": CARD}).status_code == 302
    assert "Tea card" in author_client.get(LISTED).content.decode()
    assert "Tea card" not in outsider_client.get(LISTED).content.decode()
    assert outsider_client.get(CARD_PAGE).status_code == 302
    form = author_client.get(reverse("admin:content_brief_add")).content.decode()
    assert 'value="plan:tea-card"' in form
    given = {"content_type": "plan:tea-card", "products": ["teapot"], "locales": ["en"], "length": "short"}
    filed = author_client.post(reverse("admin:content_brief_add"), given, follow=True).content.decode()
    assert "Tea card: " in filed
    brief = Brief.objects.get()
    again = author_client.get(f"{reverse('admin:content_brief_add')}?from={brief.pk}").content.decode()
    assert 'value="plan:tea-card" checked' in again
    assert author_client.post(CARD_PAGE, {"text": CARD, "delete": "1"}).status_code == 302
    assert not ContentPlan.objects.exists()


def test_nobody_files_a_brief_with_another_workspaces_plan(
    outsider_api: APIClient, card: ContentPlan, file_brief: Callable[..., Brief]
) -> None:
    refused = outsider_api.post("/v1/briefs", {"plan": "tea-card", "products": ["x"], "locales": ["en"]})
    assert "#/plan" in [error["pointer"] for error in refused.json()["errors"]]
    with pytest.raises(InvalidInput):
        file_brief(plan="tea-cart", content_type="")
