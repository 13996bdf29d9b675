"""`python -m benchmarks.ingest`: how fast events are taken in, and that none is lost or doubled.

B1  durable unique events a second ÷ rows a second of one raw COPY into the same table with its indexes
B2  events a second over HTTP ÷ a REST-framework POST with an ORM create for each event
B3  events of a million, a fifth of them repeats, that are lost or doubled while workers are killed

A private PostgreSQL under var/bench-ingest, fsync on, 20,000 customers. Ours and the reference take turns.
The ratio is the median over the pairs, with least and most; below it the same ratio of CPU seconds,
PostgreSQL's included.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VAR = Path(__file__).resolve().parents[1] / "var" / "bench-ingest"
SLUG = "bench-ingest"


@dataclass(frozen=True)
class Slice:
    """One turn: units done, in wall seconds and CPU seconds."""

    units: int
    wall: float
    cpu: float


@dataclass(frozen=True)
class Place:
    workspace: Any  # models can only be imported once the server is up
    key: str
    postgres: int
    """The server's process."""


def main() -> None:
    options = _options()
    from omotenashi.local.servers import LocalServers  # reads OMOTENASHI_VAR

    with LocalServers(VAR, durable=True) as servers:
        place = _prepare(servers)
        from benchmarks.ingest_faults import bench_faults  # once Django is up

        for workers in (1, 2) if "B1" in options.parts else ():
            bench_copy(place, workers=workers, pairs=options.pairs, unique=options.rows)
        if "B2" in options.parts:
            bench_http(place, pairs=options.http_pairs, seconds=options.seconds)
        sound = "B3" not in options.parts or bench_faults(
            place.workspace, bodies=VAR / "faults", events=options.events, seconds=options.limit
        )
    sys.exit(0 if sound else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = ("B1", "B2", "B3")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="all unless named")
    parser.add_argument("--events", type=int, default=1_000_000, help="sent in B3, repeats included")
    parser.add_argument("--limit", type=float, default=1_200, help="seconds after which B3 gives up")
    parser.add_argument("--pairs", type=int, default=7, help="turns of B1")
    parser.add_argument("--rows", type=int, default=40_000, help="unique events, and rows, in a turn of B1")
    parser.add_argument("--http-pairs", type=int, default=5, help="turns of B2")
    parser.add_argument("--seconds", type=float, default=2.5, help="length of a turn of B2")
    options = parser.parse_args()
    os.environ["OMOTENASHI_VAR"] = str(VAR)
    os.environ["DJANGO_SETTINGS_MODULE"] = "omotenashi.settings"
    os.environ["LOG_LEVEL"] = "WARNING"  # the peer would write two lines a request
    return options


def _prepare(servers: Any) -> Place:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from benchmarks.ingest_load import CUSTOMERS
    from omotenashi.accounts.models import Workspace
    from omotenashi.accounts.services import create_api_key, create_workspace
    from omotenashi.local.postgres import PostgresServer
    from personalization.models import Customer
    from personalization.services.events import ensure_months

    call_command("migrate", verbosity=0)
    workspace = Workspace.objects.filter(slug=SLUG).first() or create_workspace(name="Bench", slug=SLUG)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE personalization_event, personalization_eventkey")
    wanted = [Customer(workspace=workspace, external_id=f"c-{n}") for n in range(CUSTOMERS)]
    Customer.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=2_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE personalization_customer")  # as the server does by itself within a minute
    today = timezone.now().date()
    ensure_months([today - _days(back) for back in range(0, 95, 5)])
    key = create_api_key(workspace, kind="secret", name="bench")[1]
    pid = PostgresServer(var_dir=servers.var_dir, config=servers.config).running_pid()
    assert pid is not None
    return Place(workspace, key, pid)


def _days(count: int) -> Any:
    from datetime import timedelta

    return timedelta(days=count)


# -- B1 --------------------------------------------------------------------------------------


def bench_copy(place: Place, *, workers: int, pairs: int, unique: int) -> None:
    from benchmarks.ingest_workers import Worker

    lines, texts = _load_for_copy(place, turns=pairs + 1, unique=unique)
    pool = [Worker(SLUG, bodies=VAR / "copy", threads=8) for _ in range(workers)]
    try:
        for worker in pool:
            worker.wait_ready()
        ours, copied = [], []
        for turn, text in enumerate(texts):
            ours.append(_take_in(place, pool, first=turn * lines, end=(turn + 1) * lines))
            copied.append(_copy(place, text, rows=unique))
            if ours[-1].units != unique:
                raise SystemExit(f"{ours[-1].units} of {unique} events were new: the figures would be wrong.")
    finally:
        for worker in pool:
            worker.stop()
    title = (
        f"B1  batches of 100, a fifth repeats, {workers} process{'es' if workers > 1 else ''}, body to commit"
    )
    _report(title, ours[1:], copied[1:], names=("ours", "COPY"))  # the first turn warms up


def _load_for_copy(place: Place, *, turns: int, unique: int) -> tuple[int, Iterator[bytes]]:
    """Batches of every turn as a file; the rows are made turn by turn."""
    from django.utils import timezone

    from benchmarks.ingest_load import Visitors, batches, copy_text
    from benchmarks.lines import write_lines
    from personalization.models import Customer

    now = timezone.now()
    visitors = Visitors(seed=random.getrandbits(32), now=now)
    turned = (batches(visitors.sent(unique), size=100) for _ in range(turns))
    count = write_lines(VAR / "copy", (line for lines in turned for line in lines))
    owners = list(Customer.objects.filter(workspace=place.workspace).values_list("id", flat=True))
    texts = (
        copy_text(
            [visitors.event() for _ in range(unique)],
            workspace_id=place.workspace.id,
            customers=owners,
            now=now,
        )
        for _ in range(turns)
    )
    return count // turns, texts


def _take_in(place: Place, pool: Sequence[Any], *, first: int, end: int) -> Slice:
    accepted = 0

    def done(_number: int, count: int) -> None:
        nonlocal accepted
        accepted += count

    pids = [place.postgres, *(worker.process.pid for worker in pool)]
    with _measured(pids) as measure:
        share = (end - first) // len(pool)
        for number, worker in enumerate(pool):
            last = end if number == len(pool) - 1 else first + share
            worker.tell(first, last)
            first = last
        heeded = [worker.heed(done=done) for worker in pool]
        if not all(heeded):
            raise SystemExit("An ingest worker died; its error is above.")
    return measure(accepted)


def _copy(place: Place, text: bytes, *, rows: int) -> Slice:
    from django.db import connection, transaction

    from benchmarks.ingest_load import COLUMNS

    statement = f"COPY personalization_event ({COLUMNS}) FROM STDIN"
    with ExitStack() as stack:
        measure = stack.enter_context(_measured([place.postgres, os.getpid()]))
        stack.enter_context(transaction.atomic())
        copy = stack.enter_context(stack.enter_context(connection.cursor()).copy(statement))
        for start in range(0, len(text), 1 << 18):
            copy.write(text[start : start + (1 << 18)])
    return measure(rows)


# -- B2 --------------------------------------------------------------------------------------


def bench_http(place: Place, *, pairs: int, seconds: float) -> None:
    from benchmarks.ingest_client import wait_for
    from omotenashi.local.ports import pick_free_port

    ports = pick_free_port((), avoid=set()), pick_free_port((), avoid=set())
    granian = f"granian --interface wsgi --workers 2 --blocking-threads 24 --port {ports[0]} --no-access-log"
    gunicorn = f"gunicorn --workers 2 --threads 12 --worker-class gthread --bind 127.0.0.1:{ports[1]}"
    with ExitStack() as stack:
        ours = stack.enter_context(_server(f"{granian} --log-level warning benchmarks.ingest_http:ours"))
        peer = stack.enter_context(_server(f"{gunicorn} --log-level warning benchmarks.ingest_http:peer"))
        for port in ports:
            wait_for(port)
        taken: dict[int, list[Slice]] = {1: [], 20: [], 100: []}
        reference: list[Slice] = []
        for _ in range(pairs + 1):
            reference.append(_sent(place, port=ports[1], server=peer, size=1, seconds=seconds, track=True))
            for size, slices in taken.items():
                slices.append(_sent(place, port=ports[0], server=ours, size=size, seconds=seconds))
    for size, slices in taken.items():
        title = f"B2  over HTTP, {'single events' if size == 1 else f'batches of {size}'}"
        _report(title, slices[1:], reference[1:], names=("ours", "peer"))


@contextmanager
def _server(command: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", *command.split()])
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _sent(place: Place, *, port: int, server: int, size: int, seconds: float, track: bool = False) -> Slice:
    from django.utils import timezone

    from benchmarks.ingest_client import request_bytes, send_for
    from benchmarks.ingest_load import Visitors, batches

    visitors = Visitors(seed=random.getrandbits(32), now=timezone.now())
    # More than any server takes in such a turn; a batch needs no `type`, a single event is its own body.
    amount = int(seconds * (6_000 if size == 1 else 60_000))
    bodies = batches([visitors.event() for _ in range(amount)], size=size)
    path = "/v1/batch"
    if size == 1:
        path, bodies = "/v1/track", [body[len(b'{"batch":[') : -len(b"]}")] for body in bodies]
    ready = iter([request_bytes(path, body=body, key=place.key) for body in bodies])
    with _measured([place.postgres, server]) as measure:
        answered, wall = send_for(seconds, port=port, requests=ready, connections=24)
    measured = measure(answered * size)
    return Slice(measured.units, wall, measured.cpu)


# -- reporting ---------------------------------------------------------------------------------


@contextmanager
def _measured(pids: Sequence[int]) -> Iterator[Callable[[int], Slice]]:
    from benchmarks.cpu import cpu_seconds

    cpu, wall = cpu_seconds(*pids), time.perf_counter()
    spent: list[float] = []

    def measure(units: int) -> Slice:
        return Slice(units, spent[0], spent[1])

    yield measure
    spent += [time.perf_counter() - wall, cpu_seconds(*pids) - cpu]


def _report(title: str, ours: Sequence[Slice], theirs: Sequence[Slice], *, names: tuple[str, str]) -> None:
    pairs = list(zip(ours, theirs, strict=True))
    wall = [(a.units / a.wall) / (b.units / b.wall) for a, b in pairs]
    cpu = [(a.units / a.cpu) / (b.units / b.cpu) for a, b in pairs]
    print(title)
    for what, ratios in (("wall", wall), ("CPU ", cpu)):
        print(
            f"      {what} ratio {statistics.median(ratios):8.2f}   ({min(ratios):.2f} to {max(ratios):.2f})"
        )
    for name, slices in zip(names, (ours, theirs), strict=True):
        rate = statistics.median(one.units / one.wall for one in slices)
        each = statistics.median(one.cpu / one.units for one in slices) * 1e6
        print(f"      {name} {rate:10,.0f} a second, {each:7.1f} µs of CPU each")
    rates = [one.units / one.wall for one in theirs]
    if max(rates) > 2 * min(rates):
        print("      The reference itself varied by more than 2: too noisy, repeat the run.")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
