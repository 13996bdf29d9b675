"""Variants of the copy: another approved text for some, checked like any copy, and on record."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from personalization.mailings.models import Campaign, CampaignCopy, MailPreference, Message
from personalization.mailings.preflight import preflight
from personalization.mailings.services import repeat
from personalization.mailings.services.lane import Lane
from personalization.mailings.services.send import new_lane
from personalization.mailings.services.series import fire_due
from personalization.mailings.services.verdicts import fingerprint_of
from personalization.mailings.tokens import links_for
from tests.personalization.mailings.conftest import (
    MANY,
    CustomerFactory,
    Publish,
    Relay,
    another,
    prepared,
    send,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def compared(campaign: Campaign, publish_copy: Publish) -> Campaign:
    """All carry the long text, but for the short one of some; in German there is only one."""
    return another(
        campaign,
        copies={"en": publish_copy("Long words"), "de": publish_copy("Lange Worte", locale="de")},
        variants=[{"name": "long"}, {"name": "short", "copies": {"en": publish_copy("Few words")}}],
    )


def text_of(relay: Relay, *, number: int) -> str:
    part = relay.mail(number).get_body(("html",))
    assert part is not None
    text: str = part.get_content()
    return text


def test_each_reader_gets_the_text_of_their_arm_and_the_ledger_says_which(
    compared: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(MANY):
        customer_factory()
    send(compared)
    rows = {own.address_normalized: own for own in Message.objects.filter(campaign=compared)}
    assert {own.variant for own in rows.values()} == {"long", "short"}
    versions = {row.variant: row.publication.version.pk for row in compared.copies.filter(locale="en")}
    for number, (address, _) in enumerate(relay.received):
        own = rows[address]
        assert ("Few words" in text_of(relay, number=number)) == (own.variant == "short")
        assert ("Long words" in text_of(relay, number=number)) == (own.variant == "long")
        assert own.copy_version_id == versions["short" if own.variant == "short" else ""]


def test_a_variant_without_a_text_in_a_language_carries_the_campaigns(
    compared: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(MANY):
        customer_factory(locale="de-AT")
    send(compared)
    assert set(Message.objects.values_list("variant", flat=True)) == {"long", "short"}
    assert all("Lange Worte" in text_of(relay, number=number) for number in range(MANY))


def test_the_outcome_shows_which_texts_each_variant_carried(
    compared: Campaign, relay: Relay, customer_factory: CustomerFactory, api: APIClient, viewer_client: Client
) -> None:
    for _ in range(MANY):
        customer_factory()
    send(compared)
    report = api.get(f"/v1/campaigns/{compared.pk}/outcome").json()
    shown = {own["name"]: [text["title"] for text in own["copy"]] for own in report["variants"]}
    assert shown == {"long": ["Long words"], "short": ["Few words"]}
    path = reverse("admin:mailings_campaign_change", args=[compared.pk])
    assert "en: Few words" in viewer_client.get(path).content.decode()


def test_a_letter_in_the_browser_is_the_one_that_was_sent(
    compared: Campaign, relay: Relay, customer_factory: CustomerFactory, stranger: Client
) -> None:
    for _ in range(MANY):
        customer_factory()
    send(compared)
    own = Message.objects.filter(variant="short").select_related("campaign__workspace").first()
    assert own is not None
    page = stranger.get("/" + links_for(own).browser.split("/", 3)[3]).content.decode()
    assert "Few words" in page


def test_a_variants_text_that_was_withdrawn_blocks(
    compared: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    row = compared.copies.get(variant="short")
    type(row.publication).objects.filter(pk=row.publication_id).update(withdrawn_at=timezone.now())
    (error,) = preflight(compared).errors
    assert (error.code, error.pointer) == ("copy_withdrawn", "#/variants/short/copy/en")
    assert "of variant short" in error.detail


def test_a_text_for_a_variant_that_is_not_there_blocks(
    compared: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    compared.variants.filter(name="short").delete()
    (error,) = preflight(compared).errors
    assert (error.code, error.pointer) == ("unknown_variant", "#/variants/short/copy/en")


def test_another_text_for_a_variant_makes_the_check_stale(compared: Campaign, publish_copy: Publish) -> None:
    before = fingerprint_of(compared)
    compared.copies.filter(variant="short").update(publication=publish_copy("Fewer"))
    assert fingerprint_of(compared) != before


def test_the_database_keeps_one_text_a_variant_and_language(
    compared: Campaign, publish_copy: Publish
) -> None:
    text = publish_copy("Another")
    with pytest.raises(IntegrityError, match="campaigncopy_once_per_locale"):
        CampaignCopy.objects.create(
            workspace=compared.workspace, campaign=compared, variant="short", locale="en", publication=text
        )


def test_the_api_takes_a_variants_text_and_refuses_what_was_not_published(
    campaign: Campaign, api: APIClient, publish_copy: Publish
) -> None:
    text = publish_copy("Few words")
    body: dict[str, Any] = {
        "name": "Test", "template_version": str(campaign.template_version_id),
        "variants": [{"name": "long"}, {"name": "short", "copy": {"en": str(text.pk)}}],
    }  # fmt: skip
    made = api.post("/v1/campaigns", body, format="json", HTTP_IDEMPOTENCY_KEY="k-1")
    assert (made.status_code, made.json()["copy"]) == (201, {})
    row = CampaignCopy.objects.get(campaign=made.json()["id"])
    assert (row.variant, row.locale, row.publication) == ("short", "en", text)
    body["variants"][1]["copy"] = {"en": str(text.version.pk)}
    assert api.post("/v1/campaigns", body, format="json", HTTP_IDEMPOTENCY_KEY="k-2").status_code == 404


def test_a_preview_of_a_variant_shows_its_text(
    compared: Campaign, customer_factory: CustomerFactory, viewer_client: Client
) -> None:
    customer_factory()
    path = reverse("admin:mailings_campaign_letter", args=[compared.pk])
    for variant, words in (("short", "Few words"), ("long", "Long words")):
        assert words in viewer_client.get(path, {"customer": "c-1", "variant": variant}).content.decode()


def test_a_recurring_campaign_takes_them_over(compared: Campaign, customer_factory: CustomerFactory) -> None:
    customer_factory()
    series = repeat(compared, rule="every day at 9:00")
    assert series.next_at is not None
    fire_due(series.next_at)
    copy = Campaign.objects.get(series=series)
    assert set(copy.copies.values_list("variant", "locale")) == {("", "de"), ("", "en"), ("short", "en")}


def test_a_table_for_another_mailer_has_each_readers_arm_language_and_wishes(
    compared: Campaign, customer_factory: CustomerFactory, api: APIClient
) -> None:
    for _ in range(8):
        customer_factory()
    for number, wish in ((1, {"locale": "de"}), (2, {"declined_kinds": ["news"]})):
        MailPreference.objects.create(
            workspace=compared.workspace, address_normalized=f"guest{number}@mail.example", **wish
        )
    answer: Any = api.get(f"/v1/campaigns/{compared.pk}/export")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row["email"]: row for row in csv.DictReader(io.StringIO(text))}
    sent = {own.address_normalized: own for own in prepared(compared) if own.state == "pending"}
    assert set(rows) == set(sent)
    titles = {"short": "Few words", "long": "Long words"}
    for address, row in rows.items():
        assert (row["variant"], row["locale"]) == (sent[address].variant, sent[address].locale)
        assert row["copy_title"] == ("Lange Worte" if row["locale"] == "de" else titles[row["variant"]])


def test_a_chunk_costs_the_same_few_queries_however_many_it_holds(
    compared: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(40):
        customer_factory()
    prepared(compared)
    Campaign.objects.filter(pk=compared.pk).update(state="sending")
    compared.refresh_from_db()
    lane = new_lane()
    counts = [_queries(lane, campaign=compared, size=size) for size in (1, 8, 24)]
    lane.lines.close()
    # Copy, variants and template are read with the first; then it is asked only who may not be written to.
    first, *later = counts
    assert first <= 4
    assert later == [1, 1]


def _queries(lane: Lane, *, campaign: Campaign, size: int) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert lane.send_chunk(campaign, size=size) == size
    # Through Django; the ledger's own statements go past its counter, one commit a wave.
    return len(queries)
