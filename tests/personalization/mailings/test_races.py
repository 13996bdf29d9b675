"""Withdrawals that race the mail, and schedulers that race each other and the clock."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.jobs.models import Job
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.tokens import links_for
from personalization.models import Consent, Customer
from tests.personalization.mailings.racing import RACES, Sink, audience, in_threads, sink

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CLOSE_SECONDS = 0.1
__all__ = ["audience", "sink"]  # fixtures


@dataclass
class Race:
    """Who withdrew when: read just after the commit, so that no commit is later than it says."""

    order: list[Message]
    committed: dict[str, float] = field(default_factory=dict)
    """By Message-ID."""
    done: threading.Event = field(default_factory=threading.Event)

    def withdraw(self, number: int, *, of: int) -> None:
        """Each of its share, at about the moment when their mail is on its way."""
        draw, stranger = random.Random(number), Client(enforce_csrf_checks=True)
        for place in range(number, len(self.order), of):
            message, moment = self.order[place], place + draw.randint(-30, 10)
            while not self.done.is_set() and _front() < moment:
                time.sleep(0.001)
            if place % 2:
                _one_click(message, stranger=stranger)
            else:
                _withdraw_consent(message)
            self.committed[message.message_id_header] = time.time()


def _front() -> int:
    return Message.objects.exclude(state__in=["pending", "claimed"]).count()


def _one_click(message: Message, *, stranger: Client) -> None:
    """As a mail provider posts it: RFC 8058."""
    path = urlsplit(links_for(message).unsubscribe).path
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200


def _withdraw_consent(message: Message) -> None:
    """As the shop's own call does."""
    Consent.objects.create(
        workspace=message.workspace, customer_id=message.customer_id, granted=False, source="race",
        at=timezone.now(),
    )  # fmt: skip


def test_no_mail_goes_out_whose_data_began_after_the_withdrawal(
    workspace: Workspace, audience: list[Customer], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 races: half of the recipients by one click, half by their consent."""
    monkeypatch.setattr(services.send, "CHUNK", 40)
    campaign = services.schedule(create_sample_campaign(workspace, product_count=0))
    services.tick()
    run_queued("mailings.prepare_campaign")
    race = Race(list(Message.objects.select_related("workspace").order_by("not_before", "id")))
    sink.slow_down(70)

    def work(number: int) -> None:
        if number >= 2:
            race.withdraw(number - 2, of=2)
            return
        try:
            services.send_due()
        finally:
            race.done.set()

    in_threads(work, count=4)
    taken, committed = sink.taken(), race.committed
    late = {header for header, began in taken.items() if began > committed[header]}
    states = Counter(Message.objects.filter(campaign=campaign).values_list("state", flat=True))
    close = sum(abs(committed[header] - began) < CLOSE_SECONDS for header, began in taken.items())
    print(
        f"{len(committed):,} withdrawals: {states['sent']} mails sent, {close} of them begun within "
        f"{CLOSE_SECONDS * 1000:.0f} ms of it, {len(late)} begun after it; {states['skipped']} held back"
    )
    assert late == set()
    assert len(committed) == states["sent"] + states["skipped"] == RACES
    # Both sides must win now and then, or nothing was raced.
    assert min(states["sent"], states["skipped"]) > RACES / 20, states
    assert set(taken) == set(Message.objects.filter(state="sent").values_list("message_id_header", flat=True))


# -- schedulers ------------------------------------------------------------------------------


def scheduled(workspace: Workspace, *, at: datetime, count: int) -> list[Campaign]:
    template = create_sample_campaign(workspace, product_count=0).template_version
    return Campaign.objects.bulk_create(
        Campaign(
            workspace=workspace, name=f"c{n}", template_version=template, state="scheduled", scheduled_at=at
        )
        for n in range(count)
    )


def test_rival_schedulers_start_each_campaign_once(workspace: Workspace) -> None:
    scheduled(workspace, at=timezone.now(), count=60)
    started: list[int] = []
    barrier = threading.Barrier(4)

    def work(number: int) -> None:
        for _ in range(3):
            barrier.wait()
            started.append(services.tick()["started"])

    in_threads(work, count=4)
    assert sum(started) == 60
    assert Job.objects.filter(name="mailings.prepare_campaign").count() == 60


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=["forward", "back"])
def test_a_clock_that_jumps_starts_nothing_twice_and_nothing_too_soon(
    workspace: Workspace, jump: timedelta
) -> None:
    due = timezone.now()
    scheduled(workspace, at=due, count=10)
    clock = [due - timedelta(minutes=2), due + timedelta(seconds=1), due + timedelta(seconds=1) + jump]
    clock += [due + jump + timedelta(minutes=minutes) for minutes in (1, 30, 61, 130)]
    started = [services.tick(now=now)["started"] for now in clock]
    assert (started[0], sum(started)) == (0, 10)


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 29), datetime(2026, 10, 25)], ids=["clocks go forward", "clocks go back"]
)
def test_on_the_day_clocks_change_each_recipient_is_due_once_and_at_their_hour(
    workspace: Workspace, day: datetime, sink: Sink
) -> None:
    """02:30 does not exist in Berlin on one of these days and comes twice on the other."""
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="UTC")
    workspace.refresh_from_db()
    zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "Etc/GMT+12", ""]
    for number, zone in enumerate(zones):
        customer = Customer.objects.create(
            workspace=workspace, external_id=zone or "none", email=f"z{number}@mail.example",
            email_normalized=f"z{number}@mail.example", time_zone=zone,
        )  # fmt: skip
        Consent.objects.create(
            workspace=workspace, customer=customer, granted=True, source="test", at=timezone.now()
        )
    wall = day.replace(hour=2, minute=30, tzinfo=UTC)
    campaign = create_sample_campaign(workspace, product_count=0)
    Campaign.objects.filter(pk=campaign.pk).update(by_local_time=True, state="scheduled", scheduled_at=wall)
    started = [
        services.tick(now=wall + timedelta(hours=hours))["started"] for hours in (-15, -14, -13, 0, 1, 2)
    ]
    assert started == [0, 1, 0, 0, 0, 0]
    run_queued("mailings.prepare_campaign")
    hours = dict(Message.objects.values_list("customer__external_id", "not_before"))
    is_spring = day.month == 3
    assert hours["Europe/Berlin"] == wall + (timedelta(hours=-1) if is_spring else timedelta(hours=-2))
    assert hours["Asia/Tokyo"] == wall - timedelta(hours=9)
    assert hours["Pacific/Kiritimati"] == wall - timedelta(hours=14)
    assert hours["Etc/GMT+12"] == wall + timedelta(hours=12)
    assert hours["none"] == wall
    assert Message.objects.count() == len(zones)
    assert not Suppression.objects.exists()
