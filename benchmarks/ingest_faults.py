"""B3 of `benchmarks.ingest`: events sent while workers are killed, and what is lost or doubled of them.

Always ends: with everything answered, or given up with a reason and a verdict.
"""

import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks.ingest_load import REPEATED, Visitors, batches
from benchmarks.ingest_workers import Errands, Worker, work_off
from benchmarks.lines import write_lines

STALLED_SECONDS = 90
"""Without any answer. A worker starts within seconds, on a busy machine within half a minute."""
TABLES = "personalization_event, personalization_eventkey"


def bench_faults(workspace: Any, *, bodies: Path, events: int, seconds: float) -> bool:
    """Whether all was answered, nothing lost and nothing doubled."""
    unique = round(events * (1 - REPEATED))
    lines = _write_lines(bodies, unique=unique)
    with_twins = (twin for first in range(0, lines, 20) for twin in _twins(first, min(first + 20, lines)))
    errands = Errands(deque(with_twins))
    began = time.monotonic()
    kills = _work_off(errands, slug=workspace.slug, bodies=bodies, until=began + seconds)
    _end_sessions()
    lost, doubled = _count(workspace, unique=unique)
    left = lines - len(errands.answered)
    is_sound = lost == doubled == left == 0
    print(f"B3  {events:,} events sent, {unique:,} unique, in {time.monotonic() - began:.0f} s")
    print(f"      {kills} workers killed, {errands.resent} unanswered batches sent again")
    print(f"      {lost} lost, {doubled} doubled, {left} batches never answered")
    print(
        f"      {'SOUND' if is_sound else 'NOT SOUND'}{': ' * bool(errands.given_up)}{errands.given_up}",
        flush=True,
    )
    return is_sound


def _write_lines(bodies: Path, *, unique: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")
    visitors = Visitors(seed=random.getrandbits(32), now=timezone.now())
    parts = itertools.chain(itertools.repeat(20_000, unique // 20_000), [unique % 20_000])
    return write_lines(
        bodies, (line for part in parts if part for line in batches(visitors.sent(part), size=100))
    )


def _twins(first: int, end: int) -> list[tuple[int, int]]:
    """Each twentieth range is sent twice, by both clients at once."""
    return [(first, end)] * (2 if first // 20 % 20 == 0 else 1)


def _work_off(errands: Errands, *, slug: str, bodies: Path, until: float) -> int:
    def start() -> Worker:
        return Worker(slug, bodies=bodies, threads=4)

    slots = [[start()] for _ in range(2)]
    for slot in slots:
        slot[0].wait_ready()
    errands.last_answer = time.monotonic()
    over = threading.Event()
    killer = _Killer(slots, errands=errands, over=over, until=until)
    killer.start()
    clients = [
        threading.Thread(target=work_off, args=(errands,), kwargs={"start": start, "slot": slot})
        for slot in slots
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    over.set()
    killer.join()
    for slot in slots:
        slot[0].stop()
    return killer.kills


class _Killer(threading.Thread):
    """SIGKILL to one of the workers, every few seconds; to all of them when nothing moves any more."""

    def __init__(
        self, slots: Sequence[list[Worker]], *, errands: Errands, over: threading.Event, until: float
    ) -> None:
        super().__init__()
        self._slots, self._errands, self._over, self._until = slots, errands, over, until
        self.kills = 0

    def run(self) -> None:
        while not self._over.wait(random.uniform(3, 6)):
            worker = random.choice(self._slots)[0]
            if self._errands.given_up or self._must_give_up():
                for slot in self._slots:
                    slot[0].process.kill()
            elif worker.is_ready:  # one that only starts has nothing to lose, and would never get to work
                worker.process.kill()
                self.kills += 1

    def _must_give_up(self) -> bool:
        now = time.monotonic()
        if now > self._until:
            self._errands.given_up = "The time is over."
        elif now - self._errands.last_answer > STALLED_SECONDS:
            self._errands.given_up = f"Nothing was answered for {STALLED_SECONDS} seconds."
            _show_sessions()
        return bool(self._errands.given_up)


def _show_sessions() -> None:
    """What each of the database's sessions was waiting for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, pg_blocking_pids(pid), state, wait_event, left(query, 80) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        for row in cursor.fetchall():
            print("      ", *row)
    connection.close()  # this thread's own


def _end_sessions() -> None:
    """What killed workers left in the database must be over before anything is counted."""
    until = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid()"
                " AND datname = current_database() AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] == 0:
                return
            time.sleep(0.2)


def _count(workspace: Any, *, unique: int) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT (properties->>'m')::int) FROM personalization_event"
            " WHERE workspace_id = %s",
            [workspace.id],
        )
        rows, messages = cursor.fetchone()
    return unique - messages, rows - messages
