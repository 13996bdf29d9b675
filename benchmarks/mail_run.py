"""The stages of the mail benchmark, its workers, and what is printed."""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import connection
from django.utils import timezone

from benchmarks.cpu import cpu_seconds
from benchmarks.mail_load import Turn
from omotenashi.local.postgres import PostgresServer
from omotenashi.local.servers import LocalServers
from personalization.mailings.compiled import compiled
from personalization.mailings.desk import Letter, desk_for
from personalization.mailings.engine.mime import Envelope
from personalization.mailings.letters import letters_for, stationery_for
from personalization.mailings.models import Campaign, Message
from personalization.mailings.preflight import preflight
from personalization.mailings.services.campaigns import begin_sending
from personalization.mailings.services.ledger import Recipient
from personalization.mailings.services.prepare import prepare_chunk
from personalization.mailings.slots import Asking, slots_of_people


@dataclass(frozen=True)
class SampleMail:
    """One recipient's mail, for the references and for its size."""

    template: Any
    content: Any
    envelope: Envelope
    wire: bytes


def preflight_of(campaign: Campaign) -> None:
    report = preflight(campaign)
    if report.errors:
        raise SystemExit(f"The campaign is not ready: {report.errors}")


def prepare(campaign: Campaign) -> None:
    while prepare_chunk(campaign):
        pass
    begin_sending(campaign)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mailings_message")


def sample_mails(campaign: Campaign, *, count: int) -> list[SampleMail]:
    messages = list(Message.objects.select_related("customer", "campaign__workspace").order_by("-id")[:count])
    now = timezone.now()
    stationery = stationery_for(campaign)
    slots = slots_of_people(
        campaign, people=[Asking(own.pk, own.customer_id, own.locale) for own in messages], dry_run=True
    )
    plain = letters_for(stationery, messages=messages, now=now, dry_run=True)
    desk = desk_for(campaign)
    made = []
    for message, letter in zip(messages, plain, strict=True):
        assert message.customer is not None
        recipient = Recipient(
            message.pk,
            message.customer_id,
            message.address_normalized,
            message.locale,
            message.message_id_header,
            message.idempotency_key,
            1,
            message.customer.first_name,
            message.customer.last_name,
            "",
            "{}",
        )
        wire = desk.write(Letter(recipient, slots[message.pk], now))
        made.append(
            SampleMail(compiled(campaign.template_version_id), letter.content(), letter.envelope(), wire)
        )
    return made


class Clock:
    """Wall and CPU seconds of each stage, PostgreSQL's included."""

    def __init__(self, shop: Any) -> None:
        self.stages: dict[str, tuple[float, float]] = {}
        servers = LocalServers(shop.folder)
        pid = PostgresServer(var_dir=servers.var_dir, config=servers.config).running_pid()
        assert pid is not None
        self.postgres = pid

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        own, cpu, wall = time.process_time(), cpu_seconds(self.postgres), time.perf_counter()
        yield
        spent = time.process_time() - own + cpu_seconds(self.postgres) - cpu
        self.stages[name] = (time.perf_counter() - wall, spent)


@dataclass
class Sending:
    """Mail workers in processes of their own, told how many mails to send."""

    shop: Any
    campaign: Campaign
    port: int
    workers: int
    memory: list[int] = field(default_factory=list)
    """Peak of the largest worker after each turn, in MB."""
    total: int = 0
    wall: float = 0.0
    _children: list[subprocess.Popen[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._clock = Clock(self.shop)
        for _ in range(self.workers):
            words = [sys.executable, "-m", "benchmarks.mail_worker", str(self.campaign.pk), str(self.port)]
            self._children.append(
                subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
            )
        for child in self._children:
            self._heard(child)
        return self

    def __exit__(self, *failure: object) -> None:
        for child in self._children:
            child.kill()
            child.wait()

    def turn(self, mails: int | None) -> Turn:
        """None: all that is left."""
        pids = [self._clock.postgres, *(child.pid for child in self._children)]
        cpu, wall = cpu_seconds(*pids), time.perf_counter()
        share = -1 if mails is None else mails // len(self._children)
        for child in self._children:
            assert child.stdin is not None
            child.stdin.write(f"{share}\n")
        heard = [self._heard(child) for child in self._children]
        turn = Turn(sum(own[0] for own in heard), time.perf_counter() - wall, cpu_seconds(*pids) - cpu)
        self.memory.append(max(own[1] for own in heard))
        self.total += turn.mails
        self.wall += turn.wall
        return turn

    def is_complete(self) -> bool:
        rows = Message.objects.filter(campaign=self.campaign)
        return bool(rows.exists() and not rows.exclude(state="sent").exists())

    @staticmethod
    def _heard(child: "subprocess.Popen[str]") -> tuple[int, int]:
        assert child.stdout is not None
        words = child.stdout.readline().split()
        if len(words) != 2:
            raise SystemExit("A mail worker died; its error is above.")
        return int(words[0]), int(words[1])


def report(
    clock: Clock,
    *,
    ours: Sequence[Turn],
    django: Sequence[Turn],
    source: Sequence[Turn],
    sending: Sending,
) -> None:
    whole = [turn for turn in ours if turn.mails]
    turns = ours[: len(django)]
    for name, (wall, cpu) in clock.stages.items():
        print(f"  {name:<12} {wall:7.1f} s wall, {cpu:7.1f} s CPU")
    rate, cpu_rate = sending.total / sending.wall, sum(t.mails for t in whole) / sum(t.cpu for t in whole)
    print(f"  sending      {sending.wall:7.1f} s wall: {rate:,.0f} mails/s, {cpu_rate:,.0f} a CPU second")
    print(f"  Django's     {statistics.median(t.per_second for t in django):,.0f} mails/s on one core")
    print(f"  smtp-source  {statistics.median(t.per_second for t in source):,.0f} mails/s")
    _ratio("E1 ÷ Django's stack", turns, django, goal=10)
    _ratio("E2 ÷ smtp-source", turns, source, goal=0.5)
    if max(t.per_second for t in django) > 2 * min(t.per_second for t in django):
        print("  Django's own turns differ by more than two times: this run says nothing. Run it again.")
    third = max(1, len(sending.memory) // 3)
    early = sending.memory[third - 1]
    print(f"  E3 peak of a worker {max(sending.memory)} MB (goal 150); after the first third {early} MB")
    print(f"  {sending.total:,} accepted; {'all' if sending.is_complete() else 'NOT all'} recorded as sent")


def _ratio(name: str, ours: Sequence[Turn], theirs: Sequence[Turn], *, goal: float) -> None:
    pairs = list(zip(ours, theirs, strict=True))
    for what, ratios in (
        ("wall", [a.per_second / b.per_second for a, b in pairs]),
        ("CPU ", [a.per_cpu_second / b.per_cpu_second for a, b in pairs]),
    ):
        middle = statistics.median(ratios)
        print(f"  {name:<20} {what} {middle:7.2f} ({min(ratios):.2f} to {max(ratios):.2f}), goal {goal:g}")
