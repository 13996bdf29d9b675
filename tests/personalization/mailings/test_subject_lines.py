"""Subject lines written by the model: asked for once a campaign, approved like any copy, then variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

import content.services as content
from content.actors import Actor
from content.models import Brief, Draft
from content.services import writing
from content.services.writing import store_version
from omotenashi.accounts.models import User
from omotenashi.errors import Conflict, InvalidInput
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, CampaignSeries, CampaignVariant, Message
from personalization.mailings.services.series import fire_due
from personalization.mailings.services.subject_lines import (
    LinesAsked,
    use_approved_lines,
    write_subject_lines,
)
from tests.content.conftest import brand, file_brief, people, teapot, written
from tests.content.scripted import ScriptedModel
from tests.personalization.mailings.conftest import CustomerFactory, Relay, run_mailings

pytestmark = pytest.mark.django_db
__all__ = ["brand", "file_brief", "people", "teapot", "written"]  # fixtures
LINES = {
    f"{part}_{number}": f"{part} {number} of the cast iron teapot that holds 800 ml"
    for part in ("subject", "preheader")
    for number in (1, 2, 3)
}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    model = ScriptedModel()
    monkeypatch.setattr(writing, "language_model", lambda preset: model)
    return model


@pytest.fixture
def asked(campaign: Campaign, brand: object, teapot: object) -> Brief:
    lines = LinesAsked(product_ids=["teapot"], locales=["en", "de"])
    return write_subject_lines(campaign, asked=lines, by=Actor())


@pytest.fixture
def write(asked: Brief) -> Callable[..., Draft]:
    """As the writer leaves a draft of the campaign's brief."""

    def store(locale: str, **lines: str) -> Draft:
        draft: Draft = asked.drafts.get(locale=locale)
        Draft.objects.filter(pk=draft.pk).update(state="ready")
        values: dict[str, Any] = {"claims": [], "manifest": {}, "guideline": None}
        store_version(draft, fields=LINES | lines, findings=[], **values)
        draft.refresh_from_db()
        return draft

    return store


def approve(draft: Draft, *, by: Actor) -> None:
    latest = draft.latest
    assert latest is not None
    content.approve(draft, number=latest.number, by=by)


def test_lines_are_written_approved_and_sent(
    api: APIClient, campaign: Campaign, brand: object, teapot: object, model: ScriptedModel,
    people: dict[str, Actor], relay: Relay, customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    for _ in range(12):
        customer_factory()
    path = f"/v1/campaigns/{campaign.pk}/subject-lines"
    body = {"products": ["teapot"], "locales": ["en"], "audience": "people who drink tea every day"}
    answer = api.post(path, body)
    assert (answer.status_code, answer.json()["state"]) == (202, "writing")
    assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['job_id']}"
    assert {job.state for job in run_queued("content.write_brief", "content.write_draft")} == {"succeeded"}
    (told,) = api.get(path).json()["drafts"]
    assert (told["state"], told["is_approved"], told["error_count"]) == ("ready", False, 0)
    assert api.get(f"/v1/jobs/{told['job_id']}").json()["state"] == "succeeded"
    assert api.post(f"{path}/use").status_code == 409
    approve(Draft.objects.get(pk=told["draft_id"]), by=people["approver"])
    used = api.post(f"{path}/use").json()
    expected = {f"line-{own['number']}": (own["subject"], own["preheader"]) for own in told["lines"]}
    found = {own["name"]: (own["subject"]["en"], own["preheader"]["en"]) for own in used["variants"]}
    assert found == expected
    assert len(expected) == 3

    assert api.post(f"/v1/campaigns/{campaign.pk}/schedule").status_code == 200
    run_mailings()
    drawn = dict(Message.objects.values_list("address_normalized", "variant"))
    assert len(set(drawn.values())) > 1
    for number, (address, _) in enumerate(relay.received):
        mail, (subject, preheader) = relay.mail(number), expected[drawn[address]]
        html = mail.get_body(("html",))
        assert mail["Subject"] == subject
        assert html is not None
        assert preheader in " ".join(html.get_content().split())
    assert len(relay.received) == 12


def test_it_is_written_once_a_campaign_and_locale_however_many_receive_it(
    asked: Brief, customer_factory: CustomerFactory
) -> None:
    for _ in range(5):
        customer_factory(locale="de")
    assert [draft.locale for draft in asked.drafts.all()] == ["de", "en"]
    assert asked.content_type == "mail_subject"


def test_it_asks_for_all_languages_of_the_template_and_the_products_of_its_copy(
    campaign: Campaign, written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    approve(draft, by=people["approver"])
    copy = content.publish(draft, by=people["approver"])
    services.change_campaign(campaign, copies={"en": copy})
    brief = write_subject_lines(campaign, asked=LinesAsked(), by=people["author"])
    assert set(brief.locales) == set(campaign.template_version.subject)
    assert [product.external_id for product in brief.ordered_products] == ["teapot"]


@pytest.mark.parametrize(
    ("given", "pointer", "remedy"),
    [
        ({}, "#/products", "at least one product"),
        ({"products": ["nope"]}, "#/products/0", "Import it first"),
        ({"products": ["teapot"], "locales": ["en", "tlh"]}, "#/locales/1", "It has: "),
    ],
)
def test_what_is_missing_is_named(
    given: dict[str, Any], pointer: str, remedy: str, api: APIClient, campaign: Campaign, brand: object,
    teapot: object,
) -> None:  # fmt: skip
    answer = api.post(f"/v1/campaigns/{campaign.pk}/subject-lines", given)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert remedy in answer.json()["errors"][0]["detail"]
    assert api.get(f"/v1/campaigns/{campaign.pk}/subject-lines").status_code == 404


def test_it_is_not_asked_twice_at_once(asked: Brief, api: APIClient, campaign: Campaign) -> None:
    answer = api.post(f"/v1/campaigns/{campaign.pk}/subject-lines", {"products": ["teapot"]})
    assert (answer.status_code, Brief.objects.count()) == (409, 1)


def test_only_approved_locales_are_used_and_a_persons_own_variants_stay(
    write: Callable[..., Draft], campaign: Campaign, people: dict[str, Actor]
) -> None:
    services.change_campaign(campaign, variants=[{"name": "mine", "subject": {"en": "Tea?"}}])
    approve(write("en"), by=people["approver"])
    write("de")
    for _ in range(2):  # again: in place of the ones before
        use_approved_lines(campaign)
    found = {own.name: (sorted(own.subject), sorted(own.preheader)) for own in campaign.variants.all()}
    line = (["en"], ["en"])
    assert found == {"mine": (["en"], []), "line-1": line, "line-2": line, "line-3": line}


def test_lines_whose_approval_was_taken_back_are_not_sent(
    write: Callable[..., Draft], campaign: Campaign, people: dict[str, Actor], api: APIClient,
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    customer_factory()
    draft = write("en")
    approve(draft, by=people["approver"])
    use_approved_lines(campaign)
    content.ask_for_changes(draft, number=1, comment="Too loud.", by=people["approver"])
    answer = api.post(f"/v1/campaigns/{campaign.pk}/schedule")
    assert answer.status_code == 422
    told = {entry["pointer"]: entry["code"] for entry in answer.json()["errors"]}
    assert told["#/variants/0/subject/en"] == "not_approved"
    assert len(told) == 6
    with pytest.raises(Conflict, match="approved yet"):
        use_approved_lines(campaign)


def test_a_line_changed_by_hand_is_not_the_approved_one(
    write: Callable[..., Draft], campaign: Campaign, people: dict[str, Actor],
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    customer_factory()
    approve(write("en"), by=people["approver"])
    use_approved_lines(campaign)
    CampaignVariant.objects.filter(name="line-2").update(subject={"en": "FREE TEA"})
    with pytest.raises(InvalidInput) as refused:
        services.schedule(campaign)
    assert [entry.pointer for entry in refused.value.errors] == ["#/variants/1/subject/en"]


def test_a_recurring_campaign_asks_again_each_time(
    write: Callable[..., Draft], campaign: Campaign, people: dict[str, Actor],
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    customer_factory()
    draft = write("en")
    approve(draft, by=people["approver"])
    use_approved_lines(campaign)
    services.repeat(campaign, rule="every day at 9:00")
    states = []
    for _ in range(2):
        CampaignSeries.objects.update(next_at=timezone.now())
        fire_due(timezone.now())
        states.append(Campaign.objects.exclude(series=None).latest("created_at").state)
        if len(states) == 1:
            content.ask_for_changes(draft, number=1, comment="Too loud.", by=people["approver"])
    assert states == ["scheduled", "draft"]


def test_what_looks_like_a_variable_is_printed_as_it_stands(
    write: Callable[..., Draft], campaign: Campaign, people: dict[str, Actor], relay: Relay,
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    customer_factory()
    lines = {f"subject_{n}": "Tea {{ customer.email }} {% if 1 %}{ ☕ }" for n in (1, 2, 3)}
    approve(write("en", **lines), by=people["approver"])
    use_approved_lines(campaign)
    services.schedule(campaign)
    run_mailings()
    assert relay.mail()["Subject"] == lines["subject_1"]


def test_an_outsider_neither_asks_nor_reads_nor_uses(
    asked: Brief, outsider_api: APIClient, campaign: Campaign
) -> None:
    path = f"/v1/campaigns/{campaign.pk}/subject-lines"
    answers = [outsider_api.post(path, {}), outsider_api.get(path), outsider_api.post(f"{path}/use")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_an_author_asks_on_the_page_and_watches(
    author_client: Client, viewer_client: Client, campaign: Campaign, brand: object, teapot: object,
    model: ScriptedModel,
) -> None:  # fmt: skip
    path = f"/studio/mailings/campaign/{campaign.pk}"
    given = {"products": "teapot, ", "audience": "tea drinkers"}
    assert viewer_client.post(f"{path}/subjects/", given).status_code == 403
    assert author_client.get(f"{path}/subjects/").status_code == 404
    page = author_client.post(f"{path}/subjects/", given | {"products": "nope"}, follow=True)
    assert "The catalogue has no product" in page.content.decode()
    page = author_client.post(f"{path}/subjects/", given, follow=True)
    brief = Brief.objects.get()
    assert brief.audience == "tea drinkers"
    assert f"?job={brief.job_id}" in page.content.decode()
    run_queued("content.write_brief", "content.write_draft")
    shown = author_client.get(f"{path}/change/").content.decode()
    assert "Read, edit and approve" in shown
    assert "Use the approved lines" not in shown


def test_an_approved_line_becomes_a_variant_with_one_button(
    write: Callable[..., Draft], author_client: Client, campaign: Campaign, member: Callable[[str], User]
) -> None:
    path = f"/studio/mailings/campaign/{campaign.pk}"
    page = author_client.post(f"{path}/subjects/", {"use": "yes"}, follow=True)
    assert "is approved yet" in page.content.decode()
    approve(write("en"), by=Actor(user=member("approver")))
    Draft.objects.update(job=None)
    Brief.objects.update(job=None)
    assert "Use the approved lines" in author_client.get(f"{path}/change/").content.decode()
    author_client.post(f"{path}/subjects/", {"use": "yes"})
    assert [own.name for own in campaign.variants.all()] == ["line-1", "line-2", "line-3"]


def test_a_preheader_that_the_template_cannot_carry_is_refused(campaign: Campaign) -> None:
    lines = {"a": {"en": "{{ unclosed"}, "b": {"tlh": "Qapla'"}}
    variants = [{"name": name, "preheader": preheader} for name, preheader in lines.items()]
    with pytest.raises(InvalidInput) as refused:
        services.change_campaign(campaign, variants=variants)
    assert [own.pointer for own in refused.value.errors] == [
        "#/variants/0/preheader",
        "#/variants/1/preheader",
    ]
