"""Who gets nothing after all, and that each of them is told of: cap and hold-out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings import selectors, services
from personalization.mailings.caps import Cap, cap_of
from personalization.mailings.head_count import Plan, count_heads
from personalization.mailings.models import Campaign, CampaignVariant, FrequencyCap, Message
from personalization.mailings.services.campaigns import begin_preparing
from personalization.mailings.services.prepare import prepare_chunk
from tests.personalization.mailings.conftest import MANY, CustomerFactory, Relay, another, prepared, send

pytestmark = pytest.mark.django_db


def test_a_mail_over_the_cap_is_skipped_and_says_so(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    second = send(another(campaign, cap_mails=2, cap_days=7))
    third = send(another(campaign, cap_mails=2, cap_days=7))
    assert len(relay.received) == 2
    assert selectors.message_counts(second)["sent"] == 1
    assert selectors.skip_reasons(third) == {"frequency cap: 2 mails in 7 days": 1}


def test_a_mail_of_long_ago_does_not_count(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    long_ago = timezone.now() - timedelta(days=8)
    Message.objects.update(sent_at=long_ago)
    assert selectors.message_counts(send(another(campaign, cap_mails=1, cap_days=7)))["sent"] == 1
    assert selectors.message_counts(send(another(campaign, cap_mails=1, cap_days=7)))["skipped"] == 1


def test_a_mail_that_waits_counts_too(campaign: Campaign, customer_factory: CustomerFactory) -> None:
    customer_factory()
    customer_factory()
    prepared(campaign)
    next_one = another(campaign, cap_mails=1)
    assert [message.state for message in prepared(next_one)] == ["skipped", "skipped"]


def test_the_workspaces_cap_holds_unless_the_campaign_says_otherwise(
    campaign: Campaign, workspace: Workspace
) -> None:
    assert cap_of(campaign) is None
    FrequencyCap.objects.create(workspace=workspace, mails=3, days=10)
    assert cap_of(campaign) == Cap(3, 10)
    campaign.cap_mails, campaign.cap_days = 1, 5
    assert cap_of(campaign) == Cap(1, 5)
    campaign.cap_mails = 0
    assert cap_of(campaign) is None


def test_another_shops_mails_do_not_count(
    campaign: Campaign, other_workspace: Workspace, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(workspace=other_workspace)
    assert [message.state for message in prepared(another(campaign, cap_mails=1))] == ["pending"]


def test_the_count_beforehand_is_the_count_afterwards(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for country in ("DE", "DE", "AT"):
        customer_factory(country=country)
    Campaign.objects.filter(pk=campaign.pk).update(audience={"expression": 'country == "DE"'})
    campaign.refresh_from_db()
    prepared(campaign)
    everyone = another(campaign, cap_mails=1)
    plan = Plan(campaign.workspace, "news", Cap(1, 7), timezone.now(), 0, everyone)
    counted = count_heads(selectors.audience_of(everyone), plan=plan)
    assert counted.by_reason == {"capped": 2, "mails": 1}
    assert [message.state for message in prepared(everyone)].count("skipped") == 2


def test_the_held_out_have_a_row_and_get_nothing(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(40):
        customer_factory()
    campaign.hold_out_percent = 50
    campaign.save()
    send(campaign)
    held = Message.objects.filter(variant="hold-out")
    assert 8 <= held.count() <= 32
    assert set(held.values_list("state", flat=True)) == {"skipped"}
    assert not {message.address_normalized for message in held} & set(relay.recipients)
    assert Message.objects.filter(variant="main", state="sent").count() == len(relay.received)
    assert len(relay.received) + held.count() == 40


def test_the_database_refuses_to_send_to_the_held_out(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    (message,) = prepared(campaign)
    with pytest.raises(IntegrityError, match="message_held_out_is_never_sent"):
        Message.objects.filter(pk=message.pk).update(variant="hold-out")


def test_the_same_are_held_out_whenever_it_is_drawn(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(30):
        customer_factory()
    campaign.hold_out_percent = 40
    campaign.save()
    first = {message.address_normalized: message.variant for message in prepared(campaign)}
    Message.objects.all().delete()
    Campaign.objects.update(state="draft", prepare_cursor=None)
    campaign.refresh_from_db()
    assert {message.address_normalized: message.variant for message in prepared(campaign)} == first


def test_variants_are_drawn_among_those_who_get_a_mail(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(40):
        customer_factory()
    services.suppress(campaign.workspace, address="guest1@mail.example", reason="manual", source="test")
    for name, weight in (("a", 1), ("b", 3), ("c", 0)):
        CampaignVariant.objects.create(
            workspace=campaign.workspace, campaign=campaign, name=name, weight=weight
        )
    rows = prepared(campaign)
    assert {row.variant for row in rows if row.state == "pending"} == {"a", "b"}
    assert [row.variant for row in rows if row.state == "skipped"] == [""]


def test_rows_cost_no_query_each(campaign: Campaign, customer_factory: CustomerFactory) -> None:
    counts = []
    for people in (MANY, 2 * MANY):
        for _ in range(people):
            customer_factory()
        own = another(campaign, cap_mails=1, hold_out_percent=10)
        services.schedule(own)
        begin_preparing(own, now=timezone.now())
        own.refresh_from_db()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            prepare_chunk(own)
        counts.append(len(queries))
    assert counts[0] == counts[1] < 15
