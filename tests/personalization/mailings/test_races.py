"""Withdrawals that race the mail, and schedulers that race each other and the clock."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks.mail_fault.sink import Line, Log
from omotenashi.accounts.models import Workspace
from omotenashi.jobs.models import Job
from omotenashi.jobs.testing import run_queued
from omotenashi.local.ports import pick_free_port
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.sample import create_sample_campaign
from personalization.models import Consent, Customer

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
RACES = 1_000


class Sink:
    """The relay of the fault run, in a thread: it writes down when each DATA began."""

    def __init__(self, path: Path) -> None:
        self.path, self.port = path, pick_free_port((), avoid=set())
        self._log = Log(path, deduplicates=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        await self._loop.create_server(lambda: Line(self._log), "127.0.0.1", self.port)
        self._ready.set()
        task = asyncio.ensure_future(self._log.run())
        await self._stopped.wait()
        task.cancel()

    def __enter__(self) -> Sink:
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *failure: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def slow_down(self, mails_a_second: float) -> None:
        self._log.rate = mails_a_second

    def taken(self) -> dict[str, float]:
        """When DATA began, by Message-ID."""
        if not self.path.exists():
            return {}
        return {words[2]: float(words[0]) for words in map(str.split, self.path.read_text().splitlines())}


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    with Sink(tmp_path / "sink.txt") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "", False, False
        yield sink


@pytest.fixture
def audience(workspace: Workspace) -> list[Customer]:
    customers = [
        Customer(
            workspace=workspace,
            external_id=f"c-{n}",
            email=f"g{n}@mail.example",
            email_normalized=f"g{n}@mail.example",
        )
        for n in range(RACES)
    ]
    Customer.objects.bulk_create(customers)
    now = timezone.now()
    Consent.objects.bulk_create(
        [Consent(workspace=workspace, customer=own, granted=True, source="test", at=now) for own in customers]
    )
    return customers


def in_threads(work: Any, *, count: int) -> None:
    def one(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)


def withdraw(message: Message, *, way: int) -> None:
    """By the link in a mail, by the shop's own call, by a complaint that suppresses the address."""
    if way == 0:
        recipient = services.suppression.Recipient(
            workspace=message.workspace, message=message, address=message.address_normalized, locale="en"
        )
        services.unsubscribe(recipient, source="race")
    elif way == 1:
        Consent.objects.create(
            workspace=message.workspace,
            customer_id=message.customer_id,
            granted=False,
            source="race",
            at=timezone.now(),
        )
    else:
        services.suppress(
            message.workspace, address=message.address_normalized, reason="complaint", source="race"
        )


def test_no_mail_goes_out_whose_data_began_after_the_withdrawal(
    workspace: Workspace, audience: list[Customer], sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 races: each recipient withdraws at about the moment when their mail is on its way."""
    monkeypatch.setattr(services.send, "CHUNK", 40)
    campaign = services.schedule(create_sample_campaign(workspace, product_count=0))
    services.tick()
    run_queued("mailings.prepare_campaign")
    order = list(Message.objects.select_related("workspace").order_by("not_before", "id"))
    committed: dict[str, float] = {}
    draw = random.Random(5)
    jitter = [draw.randint(-30, 10) for _ in order]
    done = threading.Event()
    sink.slow_down(70)

    def front() -> int:
        return Message.objects.exclude(state__in=["pending", "claimed"]).count()

    def withdrawing(number: int) -> None:
        for place in range(number, len(order), 2):
            while not done.is_set() and front() < place + jitter[place]:
                time.sleep(0.001)
            withdraw(order[place], way=place % 3)
            committed[order[place].message_id_header] = time.time()

    def work(number: int) -> None:
        if number < 2:
            try:
                services.send_due()
            finally:
                done.set()
        else:
            withdrawing(number - 2)

    in_threads(work, count=4)
    taken = sink.taken()
    late = {header for header, began in taken.items() if began > committed[header]}
    states = Counter(Message.objects.filter(campaign=campaign).values_list("state", flat=True))
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
