"""Rule packs of a workspace, live texts as rivals, and facts that change under a text."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from content import services
from content.actors import Actor
from content.engine.rule_packs import packaged_text
from content.models import Brief, Draft, RulePack
from content.services.editing import check_unsaved
from content.specs import spec_for
from content.staleness import stale_fields
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product
from omotenashi.errors import InvalidInput
from tests.content.conftest import CLEAN_FIELDS, newest

OWN = (
    "[pack]\nname = Ours\n[no-pots]\nseverity = error\nmessage = No.\nen = friends\n"
    "[allowed]\nphrases = enough for a cup"
)


def checks_of(draft: Draft, text: str) -> set[str]:
    findings, _ = check_unsaved(draft, fields={"body_markdown": text})
    return {f["check"] for f in findings if f["severity"] == "error" and f["field"] == "body_markdown"} - {
        "length"
    }


def test_it_applies_a_workspaces_own_rules_and_phrases(
    workspace: Workspace, written: Callable[..., Draft]
) -> None:
    draft = written()
    assert "statements" in checks_of(draft, "The teapot is enough for a cup.")
    services.save_rule_pack(workspace, key="ours", text=OWN)
    assert checks_of(draft, "The teapot is enough for a cup.") == set()
    assert "market_rules" in checks_of(draft, "Some evenings are for tea and friends.")


def test_it_replaces_and_resets_a_packaged_pack(
    workspace: Workspace, file_brief: Callable[..., Brief]
) -> None:
    draft = file_brief(locales=["en-US"]).drafts.get()
    count = len(spec_for(draft, guideline=None).market_rules or ())
    assert count >= 6
    services.save_rule_pack(workspace, key="us", text=packaged_text("us"), is_on=False)
    assert spec_for(draft, guideline=None).market_rules == ()
    assert services.reset_rule_pack(workspace, key="us")
    assert len(spec_for(draft, guideline=None).market_rules or ()) == count


def test_it_refuses_rules_it_cannot_read(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match=r"\[pack\]"):
        services.save_rule_pack(workspace, key="ours", text="[rule]\nmessage = x\nen = y")


def test_people_edit_rules_in_the_studio_by_their_role(
    author_client: Client, viewer_client: Client, outsider_client: Client, workspace: Workspace
) -> None:
    page, listed = (
        reverse("admin:content_rulepack_pack", args=["us"]),
        reverse("admin:content_rulepack_changelist"),
    )
    assert "16 CFR 260" in author_client.get(page).content.decode()
    assert viewer_client.get(listed).status_code == 200
    changed = {"text": packaged_text("us").replace("eco-friendly", "eco-pot"), "is_on": "on"}
    assert viewer_client.post(page, changed).status_code == 403
    assert author_client.post(page, changed).status_code == 302
    assert "eco-pot" in author_client.get(page).content.decode()
    assert "eco-pot" not in outsider_client.get(page).content.decode()
    assert "Edited by you" in author_client.get(listed).content.decode()
    assert (
        "has no words"
        in author_client.post(page, {"text": "[pack]\nname = x\n[r]\nmessage = m"}).content.decode()
    )
    author_client.post(page, {"text": "", "reset": "1"})
    assert not RulePack.objects.filter(workspace=workspace).exists()


def test_it_finds_a_live_text_that_says_the_same(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    first, second = written(), written()
    services.approve(first, number=1, by=people["approver"])
    services.publish(first, by=people["approver"])
    findings, _ = check_unsaved(second, fields=CLEAN_FIELDS)
    (twin,) = [f for f in findings if f["check"] == "near_duplicate"]
    assert (twin["severity"], "Cast iron teapot" in twin["message"]) == ("error", True)
    findings, _ = check_unsaved(first, fields=CLEAN_FIELDS)
    assert not [f for f in findings if f["check"] == "near_duplicate"]


def test_it_marks_only_the_fields_that_state_a_changed_fact(
    api: APIClient, written: Callable[..., Draft], people: dict[str, Actor], teapot: Product
) -> None:
    draft = written()
    services.edit_draft(draft, fields={"title": "A cast iron teapot"}, base_number=1, by=people["author"])
    version, spec = newest(draft), spec_for(draft, guideline=None)
    assert stale_fields(version, spec=spec) == {}
    Fact.objects.filter(product=teapot, name="capacity").update(value="900")
    body = api.get(f"/v1/drafts/{draft.pk}").json()
    assert body["stale_fields"] == {"meta_description": ["capacity"], "body_markdown": ["capacity"]}
    Fact.objects.filter(product=teapot, name="material", locale="de").update(value="Ton")
    assert api.get(f"/v1/drafts/{draft.pk}").json()["stale_fields"] == body["stale_fields"]
