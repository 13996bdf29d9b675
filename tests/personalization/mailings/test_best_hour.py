"""At each recipient's best hour: learned from when they came, on their own clock, one query a chunk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.records import uuid7
from personalization.mailings.addressing import Reader, address
from personalization.mailings.models import Campaign
from personalization.mailings.visits import LOOKS_BACK, visits_of
from personalization.models import Customer, Event
from tests.personalization.mailings.conftest import CustomerFactory

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)


@pytest.fixture
def campaign(campaign: Campaign, workspace: Workspace) -> Campaign:
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="UTC")
    campaign.workspace.refresh_from_db()
    campaign.by_best_hour, campaign.scheduled_at = True, NOW
    campaign.save()
    return campaign


def comes(customer: Customer, *hours: int, days: int = 6, ago: timedelta = timedelta(0), **how: Any) -> None:
    """At these hours of UTC, on each of the last days."""
    moments = [
        NOW.replace(hour=hour) - timedelta(days=day) - ago for day in range(1, days + 1) for hour in hours
    ]
    Event.objects.bulk_create(
        Event(
            id=uuid7(), workspace=customer.workspace, customer=customer, kind=how.get("kind", "page"),
            name="Home", happened_at=moment + timedelta(minutes=minute), received_at=moment,
        )
        for moment in moments
        for minute in range(how.get("pages", 1))
    )  # fmt: skip


def hours_of(campaign: Campaign, *people: Customer) -> list[datetime]:
    readers = [Reader(own.pk, own.email, own.locale, own.time_zone) for own in people]
    return [own.not_before for own in address(campaign, readers=readers)]


def test_each_is_written_to_when_they_usually_come(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    early, late, tokyo = customer_factory(), customer_factory(), customer_factory(time_zone="Asia/Tokyo")
    comes(early, 7)
    comes(late, 21)
    comes(tokyo, 3)  # noon there
    morning = NOW.replace(hour=7)
    assert hours_of(campaign, early, late, tokyo) == [
        morning,
        NOW.replace(hour=21),
        NOW.replace(hour=3) + timedelta(days=1),
    ]


def test_who_never_came_is_written_to_when_the_others_come_and_else_at_once(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    known, unknown = customer_factory(), customer_factory()
    assert hours_of(campaign, unknown) == [NOW]
    comes(known, 21)
    assert hours_of(campaign, known, unknown) == [NOW.replace(hour=21)] * 2


def test_ten_pages_within_an_hour_are_one_visit_and_old_ones_and_the_shops_own_calls_none(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory()
    comes(customer, 9, days=2, pages=10)
    comes(customer, 15, days=30, ago=LOOKS_BACK)
    comes(customer, 16, days=30, kind="identify")
    found = visits_of({customer.pk: ""}, home="UTC", now=timezone.now() + timedelta(days=1))
    assert found == {customer.pk: {9: 2.0}}


def test_clocks_that_change_keep_their_hour(customer_factory: CustomerFactory) -> None:
    customer = customer_factory(time_zone="Europe/Berlin")
    for moment in (datetime(2026, 7, 10, 7, tzinfo=UTC), datetime(2026, 11, 10, 8, tzinfo=UTC)):
        Event.objects.create(
            id=uuid7(), workspace=customer.workspace, customer=customer, kind="page", name="Home",
            happened_at=moment, received_at=moment,
        )  # fmt: skip
    now = datetime(2026, 11, 27, tzinfo=UTC)
    assert visits_of({customer.pk: "Europe/Berlin"}, home="UTC", now=now) == {customer.pk: {9: 2.0}}


def test_quiet_hours_hold_for_the_best_hour_too(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory()
    comes(customer, 23)
    campaign.quiet_from, campaign.quiet_until = NOW.replace(hour=22).time(), NOW.replace(hour=8).time()
    assert hours_of(campaign, customer) == [NOW.replace(hour=8) + timedelta(days=1)]


def test_a_chunk_is_asked_about_once(campaign: Campaign, customer_factory: CustomerFactory) -> None:
    people = [customer_factory() for _ in range(3)]
    for own in people:
        comes(own, 9)
    with CaptureQueriesContext(connection) as queries:
        hours_of(campaign, *people)
    assert sum("personalization_event" in own["sql"] for own in queries) == 1
