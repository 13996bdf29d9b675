"""A reader's own "once a week": counted when a campaign is addressed, whatever waits or was sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from personalization.mailings.engine.preferences import SLACK
from personalization.mailings.head_count import Plan, count_heads
from personalization.mailings.models import Campaign, MailPreference, Message
from personalization.mailings.rows import DECLINED, TOO_SOON
from personalization.mailings.selectors import audience_of
from personalization.mailings.services.checks import forbidden
from personalization.mailings.services.ledger import Ledger
from tests.personalization.mailings.conftest import MANY, CustomerFactory, Relay, another, prepared, send

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def asks(campaign: Campaign, *, frequency: str = "any", number: int = 1, **more: Any) -> MailPreference:
    """The reader of guest 1, unless told otherwise."""
    return MailPreference.objects.create(
        workspace=campaign.workspace, address_normalized=f"guest{number}@mail.example", frequency=frequency,
        **more,
    )  # fmt: skip


def outcomes(campaign: Campaign) -> list[tuple[str, str]]:
    return [(own.state, own.reason) for own in prepared(campaign)]


@pytest.mark.parametrize(("frequency", "days"), [("weekly", 7), ("monthly", 28)])
@pytest.mark.parametrize(
    ("ago", "expected"),
    [(-MINUTE, ("skipped", TOO_SOON)), (+MINUTE, ("pending", ""))],
    ids=["before", "after"],
)
def test_the_gap_to_the_last_mail_is_kept_to_the_minute(
    frequency: str, days: int, ago: timedelta, expected: tuple[str, str],
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    customer_factory()
    send(campaign)
    Message.objects.update(sent_at=timezone.now() - timedelta(days=days) + SLACK - ago)
    asks(campaign, frequency=frequency)
    assert outcomes(another(campaign)) == [expected]


@pytest.mark.parametrize("frequency", ["weekly", "monthly"])
def test_of_two_campaigns_on_one_day_the_first_comes(
    frequency: str, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    """Nothing is sent yet: a mail that waits counts as well."""
    customer_factory()
    customer_factory()
    asks(campaign, frequency=frequency)
    assert [own.state for own in prepared(campaign)] == ["pending", "pending"]
    assert outcomes(another(campaign)) == [("skipped", TOO_SOON), ("pending", "")]


def test_a_mail_that_waits_for_next_week_leaves_room_for_one_now(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    asks(campaign, frequency="weekly")
    assert [own.state for own in prepared(another(campaign))] == ["pending"]
    Message.objects.update(not_before=timezone.now() + timedelta(days=7))
    assert outcomes(another(campaign)) == [("pending", "")]
    assert outcomes(another(campaign)) == [("skipped", TOO_SOON)]


def test_a_campaign_without_a_limit_keeps_to_it_too(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    asks(campaign, frequency="weekly")
    prepared(campaign)
    assert outcomes(another(campaign, cap_mails=0)) == [("skipped", TOO_SOON)]


def test_the_shops_cap_and_the_readers_wish_both_hold(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    customer_factory()
    asks(campaign, frequency="weekly")
    prepared(campaign)
    again = another(campaign, cap_mails=2, cap_days=7)
    assert outcomes(again) == [("skipped", TOO_SOON), ("pending", "")]
    third = another(campaign, cap_mails=2, cap_days=7)
    assert outcomes(third) == [("skipped", TOO_SOON), ("skipped", "frequency cap: 2 mails in 7 days")]


def test_a_declined_kind_makes_no_mail_and_is_in_no_arm(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(MANY):
        customer_factory()
    asks(campaign, declined_kinds=["news"])
    rows = {row.address_normalized: row for row in prepared(another(campaign, hold_out_percent=50))}
    own = rows["guest1@mail.example"]
    assert (own.state, own.reason, own.variant) == ("skipped", DECLINED, "")


def test_the_count_beforehand_knows_the_readers_wish(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(3):
        customer_factory()
    asks(campaign, frequency="weekly")
    asks(campaign, frequency="monthly", number=2)
    prepared(campaign)
    again = another(campaign)
    plan = Plan(campaign.workspace, "news", None, timezone.now(), 0, again)
    assert count_heads(audience_of(again), plan=plan).by_reason == {"too_soon": 2, "mails": 1}
    assert [state for state, _ in outcomes(again)].count("skipped") == 2


def test_a_wish_that_came_after_the_mail_was_made_is_kept_at_the_last_look(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    """As after a long pause: two mails made weeks apart come together."""
    customer_factory()
    send(campaign)
    waiting = another(campaign)
    prepared(waiting)
    asks(campaign, frequency="weekly")
    Campaign.objects.filter(pk=waiting.pk).update(state="sending")
    ledger = Ledger()
    claimed = ledger.claim(waiting, size=10, now=timezone.now())
    (result,) = forbidden(waiting, recipients=claimed, token=ledger.token)
    assert (result.state, result.reason) == ("skipped", TOO_SOON)


def test_the_last_look_costs_one_query_where_nobody_asked_for_less(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for _ in range(5):
        customer_factory()
    prepared(campaign)
    Campaign.objects.update(state="sending")
    ledger = Ledger()
    claimed = ledger.claim(campaign, size=10, now=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        assert forbidden(campaign, recipients=claimed, token=ledger.token) == []
    assert (len(claimed), len(queries)) == (5, 1)


def test_addressing_costs_no_query_for_a_single_wish(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    counts = []
    for first, people in ((1, 2), (3, 20)):
        for number in range(first, first + people):
            customer_factory()
            asks(campaign, frequency="weekly", number=number)
        own = another(campaign)
        with CaptureQueriesContext(connection) as queries:
            assert len(prepared(own)) == first + people - 1
        counts.append(len(queries))
    assert counts[1] <= counts[0]
