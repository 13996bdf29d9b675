"""Variants, hold-out and the reader's language before anything is sent: what is checked is what is sent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.addressing import draw
from personalization.mailings.engine import domains
from personalization.mailings.held_out import held_out_of
from personalization.mailings.models import Campaign, CampaignVariant, MailPreference, Message
from personalization.mailings.preflight import Preflight, preflight
from personalization.mailings.preview import preview
from personalization.mailings.services.verdicts import latest_check
from personalization.models import Customer
from tests.personalization.mailings.conftest import MANY, CustomerFactory, another, prepared

pytestmark = pytest.mark.django_db
TWO = ({"name": "plain", "subject": {"en": "Our letter"}}, {"name": "question", "subject": {"en": "Tea?"}})


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "ask_system", lambda name: None)


def checked(campaign: Campaign) -> dict[str, Any]:
    services.request_check(campaign)
    (job,) = run_queued("mailings.check_audience")
    assert job.state == "succeeded", job.error
    run = latest_check(campaign)
    assert run is not None
    report: dict[str, Any] = run.report
    return report


def errors(report: Preflight) -> dict[str, str]:
    return {own.pointer: own.code for own in report.errors}


def wants(campaign: Campaign, *, number: int, **wish: Any) -> None:
    MailPreference.objects.create(
        workspace=campaign.workspace, address_normalized=f"guest{number}@mail.example", **wish
    )


def test_the_quick_check_writes_each_person_each_variant(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    customer_factory(locale="de")
    long = {"name": "long", "subject": {"en": "A subject that is a good deal longer than any phone can show"}}
    report = preflight(another(campaign, variants=[*TWO, long, {"name": "never", "weight": 0}]))
    assert report.rendered == 2 * 3
    (warning,) = [own for own in report.warnings if own.code == "long_subject"]
    assert warning.pointer == "#/variants/long/subject/en"
    assert "of variant long" in warning.detail


def test_a_variant_that_cannot_be_sent_blocks_by_its_name(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    own = another(campaign, variants=[*TWO, {"name": "blank", "subject": {"en": "{{ customer.nickname }}"}}])
    Campaign.objects.filter(pk=own.pk).update(product_count=2)
    CampaignVariant.objects.create(
        workspace=own.workspace, campaign=own, name="elsewhere", placement="no-such-place"
    )
    CampaignVariant.objects.create(workspace=own.workspace, campaign=own, name="lost", subject={"xx": "Hm"})
    own.refresh_from_db()
    assert errors(preflight(own)) == {
        "#/variants/blank/subject/en": "empty_subject",
        "#/variants/elsewhere/placement": "placement",
        "#/variants/lost/subject": "invalid_subject",
    }


def test_a_preheader_is_told_with_the_variant_it_belongs_to(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    own = another(campaign, variants=[{"name": "plain"}, {"name": "brief", "preheader": {"en": "Tea."}}])
    found = {problem.pointer for problem in preflight(own).warnings if problem.code == "preheader_length"}
    assert "#/variants/brief/preheader/en" in found
    assert not any("plain" in pointer for pointer in found)
    CampaignVariant.objects.filter(campaign=own, name="brief").update(preheader={"xx": "Hm"})
    assert errors(preflight(own)) == {"#/variants/brief/preheader": "invalid_preheader"}


def test_a_subject_that_is_empty_for_some_does_not_keep_the_others_from_being_checked(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for number in range(6):
        customer_factory(first_name="" if number == 0 else "Ada")
    own = another(campaign, variants=[{"name": "named", "subject": {"en": "{{ customer.first_name }}"}}])
    report = checked(own)
    assert report["mails"] == 6
    assert {"empty_subject", "blank_variable"} <= {found["code"] for found in report["findings"]}


def test_the_check_of_all_finds_what_one_variant_prints_blank(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(MANY):
        customer_factory(first_name="")
    careless = {"name": "named", "subject": {"en": "Tea, {{ customer.first_name }}?"}}
    own = another(campaign, variants=[TWO[0], careless])
    drawn = Counter(draw(own, Customer.objects.order_by("pk").values_list("pk", flat=True)))
    report = checked(own)
    blank = [found["mails"] for found in report["findings"] if found["code"] == "blank_variable"]
    assert 0 < drawn["named"] < MANY
    assert blank == [drawn["named"]]
    assert {sample["variant"] for sample in report["worst"]} == {"named"}


def test_what_is_checked_is_what_is_prepared(campaign: Campaign, customer_factory: CustomerFactory) -> None:
    """Arms, languages and the reasons of those who get nothing, person by person."""
    for number in range(1, 2 * MANY + 1):
        customer_factory(locale="de" if number % 2 else "")
    services.suppress(campaign.workspace, address="guest1@mail.example", reason="manual", source="test")
    wants(campaign, number=2, declined_kinds=["news"])
    for number in range(MANY + 1, 2 * MANY + 1):
        wants(campaign, number=number, locale="ja")
    wants(campaign, number=5, frequency="weekly")
    prepared(another(campaign, audience={"customer_ids": ["c-5"]}))
    own = another(campaign, variants=TWO, hold_out_percent=30)
    report, quick = checked(own), preflight(own)
    rows = prepared(own)
    mails = [row for row in rows if row.state == "pending"]
    assert report["mails"] == len(mails)
    assert report["by_variant"] == Counter(row.variant for row in mails)
    assert report["by_locale"] == Counter(row.locale for row in mails)
    skipped = Counter(row.reason for row in rows if row.state == "skipped")
    assert {why: people for why, people in report["skipped"].items() if people} == skipped
    assert set(quick.by_locale) == {"de", "en", "ja"}
    assert (quick.suppressed, quick.declined) == (1, 1)
    assert sum(quick.by_locale.values()) == quick.recipients == 2 * MANY - quick.held_out


@pytest.mark.parametrize("percent", [0.5, 10, 33.3, 90])
def test_the_database_draws_the_same_hold_out(
    percent: float, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(60):
        customer_factory(agrees=False)
    own = another(campaign, hold_out_percent=percent)
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    drawn = {key for key, arm in zip(people, draw(own, people), strict=True) if arm == "hold-out"}
    assert set(held_out_of(Customer.objects.all(), campaign=own).values_list("pk", flat=True)) == drawn


def test_nobody_would_receive_what_everyone_declined(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    wants(campaign, number=1, declined_kinds=["news"])
    assert errors(preflight(campaign)) == {"#/audience": "empty_audience"}


@pytest.mark.parametrize(
    "change",
    [
        lambda own: CampaignVariant.objects.filter(campaign=own, name="plain").update(subject={"en": "Hm"}),
        lambda own: CampaignVariant.objects.filter(campaign=own, name="plain").update(weight=2),
        lambda own: CampaignVariant.objects.filter(campaign=own, name="plain").update(placement="home"),
        lambda own: CampaignVariant.objects.filter(campaign=own, name="plain").delete(),
        lambda own: Campaign.objects.filter(pk=own.pk).update(hold_out_percent=5),
    ],
    ids=["subject", "weight", "placement", "fewer", "hold-out"],
)
def test_a_change_of_an_arm_makes_the_check_stale(
    change: Any, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    own = another(campaign, variants=TWO)
    checked(own)
    change(own)
    own.refresh_from_db()
    assert latest_check(own) is None


def test_a_preview_speaks_the_language_its_reader_chose(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory(locale="de")
    wants(campaign, number=1, locale="ja")
    assert preview(campaign, customer=customer).locale == "ja"
    assert "ゆっくり過ごす日のために" in preview(campaign, customer=customer).mail.subject


def test_a_preview_shows_the_variant_that_is_drawn_unless_another_is_asked_for(
    campaign: Campaign, customer_factory: CustomerFactory, viewer_client: Client
) -> None:
    customer = customer_factory()
    own = another(campaign, variants=TWO)
    (drawn,) = draw(own, [customer.pk])
    other = "plain" if drawn == "question" else "question"
    path = reverse("admin:mailings_campaign_preview", args=[own.pk])
    page = viewer_client.get(path, {"customer": "c-1"}).content.decode()
    assert f"variant <strong>{drawn}</strong>" in page
    page = viewer_client.get(path, {"customer": "c-1", "variant": other}).content.decode()
    assert f"not the one that is drawn for them ({drawn})" in page
    assert preview(own, customer=customer, variant="question").mail.subject == "Tea?"
    assert preview(own, customer=customer, variant="plain").mail.subject == "Our letter"
    unknown = viewer_client.get(path, {"customer": "c-1", "variant": "bold"}).content.decode()
    assert "no variant &#x27;bold&#x27;. It has: plain, question." in unknown


def test_a_preview_says_why_a_reader_gets_nothing(
    campaign: Campaign, customer_factory: CustomerFactory, viewer_client: Client
) -> None:
    customer_factory()
    wants(campaign, number=1, declined_kinds=["news"])
    path = reverse("admin:mailings_campaign_preview", args=[campaign.pk])
    page = viewer_client.get(path, {"customer": "c-1"}).content.decode()
    assert "preferences: this kind of mail was declined" in page
    assert not Message.objects.exists()
