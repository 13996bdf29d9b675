"""Recurring campaigns: each time exactly once, whoever looks and whatever the clock does. And quiet hours."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import Conflict, InvalidInput
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, CampaignSeries, Message
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.quiet import asleep
from personalization.mailings.services.series import fire_due
from tests.personalization.mailings.conftest import CustomerFactory, Relay, run_mailings
from tests.personalization.mailings.test_races import in_threads

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
"""9:00 in Berlin."""


@pytest.fixture
def berlin(workspace: Workspace) -> Workspace:
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Europe/Berlin")
    workspace.refresh_from_db()
    return workspace


@pytest.fixture
def pattern(berlin: Workspace, customer_factory: CustomerFactory) -> Campaign:
    customer_factory()
    campaign = create_sample_campaign(berlin, name="Monday letter", product_count=0)
    services.repeat(campaign, rule="every monday at 9:00", now=MONDAY - timedelta(days=3))
    return campaign


def made() -> list[datetime | None]:
    return list(
        Campaign.objects.exclude(series=None).order_by("occurs_at").values_list("occurs_at", flat=True)
    )


def test_a_copy_is_scheduled_at_each_time_and_the_pattern_stays_a_draft(pattern: Campaign) -> None:
    assert CampaignSeries.objects.get().next_at == MONDAY
    assert [fire_due(MONDAY + timedelta(minutes=own)) for own in (-1, 0, 0, 5)] == [0, 1, 0, 0]
    campaign = Campaign.objects.exclude(series=None).get()
    assert (campaign.state, campaign.scheduled_at) == ("scheduled", MONDAY)
    assert (campaign.name, campaign.kind) == ("Monday letter · 2026-11-30", pattern.kind)
    assert fire_due(MONDAY + timedelta(days=7)) == 1
    pattern.refresh_from_db()
    assert pattern.state == "draft"


def test_it_is_sent_each_time(pattern: Campaign, relay: Relay) -> None:
    for weeks in (3, 2, 1):
        CampaignSeries.objects.update(next_at=timezone.now() - timedelta(weeks=weeks))
        run_mailings()
    assert len(relay.received) == 3


def test_what_was_missed_is_made_up_for_once(pattern: Campaign) -> None:
    assert fire_due(MONDAY + timedelta(days=23)) == 1
    assert made() == [MONDAY]
    assert CampaignSeries.objects.get().next_at == MONDAY + timedelta(days=28)


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["forward", "back"])
def test_a_clock_that_jumps_fires_nothing_twice_and_nothing_too_soon(
    pattern: Campaign, jump: timedelta
) -> None:
    clock = [MONDAY - timedelta(hours=2), MONDAY + timedelta(seconds=1), MONDAY + jump]
    clock += [MONDAY + jump + timedelta(minutes=minutes) for minutes in (1, 59, 61, 200)]
    assert [fire_due(now) for now in clock] == [0, 1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2026, 3, 29, tzinfo=UTC), [datetime(2026, 3, 29, 1, 30), datetime(2026, 3, 30, 0, 30)]),
        (datetime(2026, 10, 25, tzinfo=UTC), [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 26, 1, 30)]),
    ],
    ids=["clocks go forward", "clocks go back"],
)
def test_on_the_day_clocks_change_it_fires_once(
    day: datetime, expected: list[datetime], berlin: Workspace, customer_factory: CustomerFactory
) -> None:
    """2:30 does not exist in Berlin on one of these days and comes twice on the other."""
    customer_factory()
    campaign = create_sample_campaign(berlin, product_count=0)
    services.repeat(campaign, rule="every day at 2:30", now=day - timedelta(hours=2))
    for minutes in range(0, 30 * 60, 15):
        fire_due(day + timedelta(minutes=minutes))
    assert made() == [own.replace(tzinfo=UTC) for own in expected]


def test_by_local_time_it_is_made_before_the_first_clock_shows_the_hour(pattern: Campaign) -> None:
    Campaign.objects.filter(pk=pattern.pk).update(by_local_time=True)
    assert fire_due(MONDAY - timedelta(hours=27)) == 0
    assert fire_due(MONDAY - timedelta(hours=25)) == 1
    assert made() == [MONDAY]


def test_one_that_is_not_ready_says_so_and_the_next_time_comes_all_the_same(pattern: Campaign) -> None:
    Campaign.objects.filter(pk=pattern.pk).update(audience={"countries": ["XX"]})
    assert fire_due(MONDAY) == 1
    campaign = Campaign.objects.exclude(series=None).get()
    assert campaign.state == "draft"
    assert "Nobody would receive this" in campaign.notice
    assert CampaignSeries.objects.get().next_at == MONDAY + timedelta(days=7)


def test_it_can_be_stopped_and_begun_again(pattern: Campaign) -> None:
    assert services.stop_repeating(pattern)
    assert not services.stop_repeating(pattern)
    assert fire_due(MONDAY) == 0
    services.repeat(pattern, rule="every tuesday at 9:00", now=MONDAY)
    assert CampaignSeries.objects.get().next_at == MONDAY + timedelta(days=1)


def test_a_rule_that_is_not_understood_names_the_remedy(pattern: Campaign) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.repeat(pattern, rule="now and then")
    assert refused.value.errors[0].pointer == "#/repeats"
    assert "every day at 9:00" in refused.value.errors[0].detail


def test_only_a_draft_can_be_the_pattern(pattern: Campaign) -> None:
    services.schedule(pattern)
    with pytest.raises(Conflict):
        services.repeat(pattern, rule="every day at 9:00")


def test_the_studio_repeats_stops_and_says_when(
    pattern: Campaign, approver_client: Client, author_client: Client
) -> None:
    page = f"/studio/mailings/campaign/{pattern.pk}"
    assert author_client.post(f"{page}/repeat/", {"rule": "every day at 9:00"}).status_code == 403
    assert approver_client.get(f"{page}/repeat/").status_code == 404
    approver_client.post(f"{page}/repeat/", {"rule": "every friday at 16:00"})
    assert CampaignSeries.objects.get().rule == "every Friday at 16:00"
    assert "every Friday at 16:00" in approver_client.get(f"{page}/change/").content.decode()
    answer = approver_client.post(f"{page}/repeat/", {"rule": "sometimes"}, follow=True)
    assert "is not understood" in answer.content.decode()
    approver_client.post(f"{page}/repeat/", {"stop": "yes"})
    assert CampaignSeries.objects.get().next_at is None


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_rival_schedulers_fire_each_time_once(
    workspace: Workspace, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    version = create_sample_campaign(workspace, product_count=0).template_version
    for number in range(20):
        campaign = services.create_campaign(
            workspace, name=f"c{number}", template_version=version, product_count=0
        )
        services.repeat(campaign, rule="every monday at 9:00", now=MONDAY - timedelta(days=3))
    fired: list[int] = []
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        for weeks in range(3):
            barrier.wait()
            fired.append(fire_due(MONDAY + timedelta(weeks=weeks, hours=2)))
            barrier.wait()

    in_threads(work, count=4)
    fire_due(MONDAY + timedelta(weeks=2, hours=3))  # what was locked by a rival at the last look
    assert Campaign.objects.exclude(series=None).count() == 60
    assert set(made()) == {datetime(2026, 11, 30, 9, tzinfo=UTC) + timedelta(weeks=own) for own in range(3)}


def at_night(campaign: Campaign) -> Campaign:
    Campaign.objects.filter(pk=campaign.pk).update(quiet_from=time(22), quiet_until=time(8))
    campaign.refresh_from_db()
    return campaign


def test_no_mail_is_due_in_the_recipients_night(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    for zone in ("Asia/Tokyo", "Europe/Berlin", "Etc/GMT-14", "Etc/GMT+12", ""):
        customer_factory(time_zone=zone)
    services.schedule(at_night(campaign), at=datetime(2026, 11, 26, 14, tzinfo=UTC))
    services.tick(now=datetime(2026, 11, 26, 14, tzinfo=UTC))
    run_queued("mailings.prepare_campaign")
    rows = Message.objects.select_related("customer")
    shown = {
        row.customer.time_zone: row.not_before.astimezone(ZoneInfo(row.customer.time_zone or "UTC"))
        for row in rows
    }
    assert {zone: f"{at:%d %H:%M}" for zone, at in shown.items()} == {
        "Asia/Tokyo": "27 08:00", "Europe/Berlin": "26 15:00", "Etc/GMT-14": "27 08:00",
        "Etc/GMT+12": "26 08:00", "": "26 14:00",
    }  # fmt: skip


def test_a_mail_that_comes_to_its_turn_at_night_waits_for_the_morning(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    """A retry, a resumed campaign or a slow relay: the hour of preparation is long past."""
    customer_factory(time_zone="Asia/Tokyo")
    services.schedule(at_night(campaign))
    services.tick()
    run_queued("mailings.prepare_campaign")
    message = Message.objects.get()
    night = datetime(2026, 11, 26, 16, tzinfo=UTC)  # 1:00 in Tokyo
    assert asleep([message.pk], now=night) == {message.pk: datetime(2026, 11, 26, 23, tzinfo=UTC)}
    assert asleep([message.pk], now=night + timedelta(hours=8)) == {}
    Campaign.objects.update(quiet_from=None, quiet_until=None)
    assert asleep([message.pk], now=night) == {}


def test_sending_stops_at_the_recipients_bedtime(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory(time_zone="UTC")
    services.schedule(campaign)
    services.tick()
    run_queued("mailings.prepare_campaign")
    now = timezone.now()
    around = {
        "quiet_from": (now - timedelta(hours=1)).time(),
        "quiet_until": (now + timedelta(hours=1)).time(),
    }
    Campaign.objects.filter(pk=campaign.pk).update(**around)
    services.send_due()
    message = Message.objects.get()
    assert (message.state, message.attempts, len(relay.received)) == ("pending", 0, 0)
    assert message.not_before > now + timedelta(minutes=55)
