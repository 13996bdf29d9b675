"""How fast a recommendation is served: `python -m benchmarks.recommend` (`--quick` on a small shop).

A1  requests per CPU-second of the hot path ÷ the framework's view of a prepared answer (benchmarks/peers.py)
A2  the same ÷ a constant body on the same server
A3  p99 ÷ the constant body's p99, open loop at 60 % of our capacity
and answers computed anew at a fixed rate, a view of each customer having been committed just before.

Server on core 0; wrk, PostgreSQL and Valkey on core 1; the last part uses both cores for everything.
"""

import argparse
import http.client
import json
import random
import signal
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace

from benchmarks.arrivals import arriving
from benchmarks.open_loop import Latencies, run_open_loop
from benchmarks.peers import as_kept, place_of
from benchmarks.processes import Served, cpu_seconds_of, pin, serving
from benchmarks.shop import Shop, bench_shop
from benchmarks.slices import Ratio, alternate, is_steady, ratio, write_script, wrk_is_here

GRANIAN = (
    "-m",
    "granian",
    "--interface",
    "rsgi",
    "--http",
    "1",
    "--loop",
    "uvloop",
    "--no-log",
    "--port",
    "{port}",
)
GUNICORN = ("-m", "gunicorn", "--workers", "1", "--log-level", "error", "--bind", "127.0.0.1:{port}")
BATCH_SECONDS = 0.1
LEAD_BATCHES = 5
"""An event is committed this many batches, at the most, before its customer is asked about."""


@dataclass(frozen=True)
class Size:
    customers: int
    products: int
    asked: int
    """Customers whose answers are kept during the first three parts."""
    pairs: int
    slice_seconds: float
    rate: int
    fresh_seconds: int
    ranking_seconds: float
    """How long the lists may be learned: what an answer costs does not hang on how good they are."""


FULL = Size(
    1_000_000, 100_000, asked=1_000, pairs=7, slice_seconds=3, rate=300, fresh_seconds=20, ranking_seconds=600
)
QUICK = Size(20_000, 5_000, asked=50, pairs=2, slice_seconds=1, rate=30, fresh_seconds=3, ranking_seconds=20)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="A small shop and short slices.")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--products", type=int)
    parser.add_argument("--only", choices=("kept", "fresh"))
    parser.add_argument("--rate", type=int, help="Fresh answers a second.")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the servers are stopped too
    if not wrk_is_here():
        sys.exit("wrk is missing: apt-get install wrk")
    size = QUICK if given.quick else FULL
    size = replace(size, rate=given.rate or size.rate)
    customers, products = given.customers or size.customers, given.products or size.products
    with bench_shop(customers=customers, products=products) as shop:
        learn_if_nothing_is_learned(shop, size)
        if given.only != "fresh":
            _measure_kept(shop, size)
        if given.only != "kept":
            _measure_fresh(shop, size)


def _measure_kept(shop: Shop, size: Size) -> None:
    draw = random.Random(1)
    asked = [f"c{draw.randrange(shop.plan.customers)}" for _ in range(size.asked)]
    with _all_servers(shop, cores="0") as servers:
        hot, framework, constant, plain = servers
        bodies = {name: _answer(hot, shop, name) for name in asked}
        _prepare_peer(bodies)
        _check_bytes(hot, plain, shop, asked[:50])
        script = shop.folder / "ask.lua"
        write_script(script, key=shop.secret_key, customers=asked)
        valkey = int((shop.folder / "local" / "valkey" / "valkey.pid").read_text())
        alternate(servers, script=script, seconds=1, pairs=1)  # warm; wrk knows whole seconds only
        before = cpu_seconds_of(valkey), sum(_exposures())
        found = alternate(servers, script=script, seconds=size.slice_seconds, pairs=size.pairs)
        after = cpu_seconds_of(valkey), sum(_exposures())
        for server in servers:
            print(f"{server.name:<10} {found[server.name].line()}, {found[server.name].errors} errors")
        served = after[1] - before[1]
        print(
            f"Valkey     {(after[0] - before[0]) / max(served, 1) * 1e6:.1f} µs of its core for each answer"
        )
        ours = found[hot.name]
        for goal, name, peer in (
            ("≥ 15", "A1, by CPU time", framework), ("≥ 0.35", "A2, by CPU time", constant),
            ("", "÷ our own plain view, by CPU time", plain),
        ):  # fmt: skip
            print(f"{name}: {ratio(ours, found[peer.name], by_cpu=True)}  {goal}")
            print(f"{name.split(',')[0]}, by throughput: {ratio(ours, found[peer.name], by_cpu=False)}")
            if not is_steady(found[peer.name]):
                print(f"  the slices of {peer.name} differ by more than 2×: repeat on a quiet machine")
        rate = 0.6 * statistics.median(ours.per_second)
        _measure_latency(hot, constant, shop, asked, rate=rate, size=size)


def _measure_latency(
    hot: Served, constant: Served, shop: Shop, asked: Sequence[str], *, rate: float, size: Size
) -> None:
    count = int(rate * size.slice_seconds)
    requests = [_get(shop, asked[number % len(asked)]) for number in range(count)]
    due = [number / rate for number in range(count)]
    pairs: list[tuple[Latencies, Latencies]] = []
    for _ in range(max(2, size.pairs // 2)):
        ours, bare = (run_open_loop(server.port, requests=requests, due=due) for server in (hot, constant))
        pairs.append((ours, bare))
    print(f"open loop at {rate:,.0f} requests/s (60 % of our capacity):")
    print(f"  hot path  {pairs[-1][0].line()}")
    print(f"  constant  {pairs[-1][1].line()}")
    print(f"A3: {Ratio([ours.at(0.99) / bare.at(0.99) for ours, bare in pairs])}  ≤ 2")


def _measure_fresh(shop: Shop, size: Size) -> None:
    draw = random.Random()
    per_batch = max(1, round(size.rate * BATCH_SECONDS))
    views = [
        (f"c{draw.randrange(shop.plan.customers)}", f"p{draw.randrange(shop.plan.products)}")
        for _ in range(size.rate * size.fresh_seconds)
    ]
    batches = [views[start : start + per_batch] for start in range(0, len(views), per_batch)]
    customers = [customer for customer, _ in views]
    lead = LEAD_BATCHES * BATCH_SECONDS
    due = [lead + number / size.rate for number in range(len(customers))]
    requests = [_post(shop, customer) for customer in customers]
    with _one_server(shop, "hot", (*GRANIAN, "personalization.web:application"), cores="0,1") as hot:
        _pin_stores(shop, cores="0,1")
        _warm_up(hot, shop)
        with arriving(shop.workspace, batches=batches, every=BATCH_SECONDS) as arrivals:
            before = hot.cpu_seconds(), _backends_cpu_seconds("hot")
            found = run_open_loop(hot.port, requests=requests, due=due)
            after = hot.cpu_seconds(), _backends_cpu_seconds("hot")
        late = arrivals.late(due[::per_batch])
    python, postgres = (
        (end - start) / len(requests) * 1000 for start, end in zip(before, after, strict=True)
    )
    print(f"answers computed anew at {size.rate} requests/s, an event committed before each:")
    print(f"  {found.line()}  p99 < 25 ms")
    print(f"  CPU each: Python {python:.2f} + PostgreSQL {postgres:.2f} ms  about 5 ms in all")
    print(f"  {late} of {len(batches)} batches of events were committed after their first question")


def _warm_up(hot: Served, shop: Shop) -> None:
    """Side by side, so that each thread has a connection whose statements are planned."""
    requests = [_post(shop, f"c{number}") for number in range(240)]
    run_open_loop(hot.port, requests=requests, due=[0.01 * number for number in range(len(requests))])


def _backends_cpu_seconds(application: str) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [application])
        return sum(cpu_seconds_of(pid) for (pid,) in cursor.fetchall())


@contextmanager
def _all_servers(shop: Shop, *, cores: str) -> Iterator[tuple[Served, Served, Served, Served]]:
    _pin_stores(shop, cores="1")
    with ExitStack() as stack:

        def start(name: str, words: Sequence[str]) -> Served:
            return stack.enter_context(_one_server(shop, name, words, cores=cores))

        yield (
            start("hot", (*GRANIAN, "personalization.web:application")),
            start("framework", (*GUNICORN, "benchmarks.peers:framework()")),
            start("constant", (*GRANIAN, "benchmarks.peers:constant")),
            start("plain", (*GUNICORN, "django.core.wsgi:get_wsgi_application()")),
        )


def _one_server(shop: Shop, name: str, words: Sequence[str], *, cores: str) -> AbstractContextManager[Served]:
    environment = shop.environment | {
        "RECOMMENDATION_SECONDS": "3600",
        "RATE_LIMIT_REQUESTS": "1000000000",
        "LOG_LEVEL": "WARNING",
        "OMP_NUM_THREADS": "1",
        "BENCH_KEY": shop.secret_key,
        "BENCH_BODY_BYTES": "5200",
        "PGAPPNAME": name,
        "DJANGO_SETTINGS_MODULE": "omotenashi.settings",
    }
    return serving(name, words, environment=environment, cores=cores)


def _pin_stores(shop: Shop, *, cores: str) -> None:
    for name in ("postgres/data/postmaster.pid", "valkey/valkey.pid"):
        pin(int((shop.folder / "local" / name).read_text().split()[0]), cores=cores)


def learn_if_nothing_is_learned(shop: Shop, size: Size) -> None:
    from django.utils import timezone

    from personalization.models import ModelVersion
    from personalization.services.learning import learn_workspace

    if not ModelVersion.objects.filter(workspace=shop.workspace, state="active").exists():
        print("learning, once for this shop …", flush=True)
        learn_workspace(shop.workspace, now=timezone.now(), ranking_seconds=size.ranking_seconds)


def _prepare_peer(bodies: dict[str, bytes]) -> None:
    from omotenashi.marks import valkey

    for name, body in bodies.items():
        valkey().set(place_of(name), as_kept(body), ex=3600)


def _exposures() -> list[int]:
    from omotenashi.marks import valkey
    from personalization.answers.gate import EXPOSURES

    counted: dict[bytes, bytes] = valkey().hgetall(EXPOSURES)  # type: ignore[assignment]
    return [int(times) for times in counted.values()]


def _check_bytes(hot: Served, plain: Served, shop: Shop, asked: Sequence[str]) -> None:
    differing = [name for name in asked if _answer(hot, shop, name) != _answer(plain, shop, name)]
    print(f"byte-identical on the hot path and the plain view: {len(asked) - len(differing)} of {len(asked)}")
    if differing:
        sys.exit("The two paths differ.")


def _answer(server: Served, shop: Shop, customer: str) -> bytes:
    conversation = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {shop.secret_key}"}
    conversation.request("GET", f"/v1/recommendations?customer_id={customer}&placement=home", headers=headers)
    answer = conversation.getresponse()
    body = answer.read()
    conversation.close()
    if answer.status != 200:
        sys.exit(f"{server.name} answered {answer.status}: {body[:500]!r}")
    return body


def _get(shop: Shop, customer: str) -> bytes:
    line = f"GET /v1/recommendations?customer_id={customer}&placement=home HTTP/1.1\r\n"
    return f"{line}Host: 127.0.0.1\r\nAuthorization: Bearer {shop.secret_key}\r\n\r\n".encode()


def _post(shop: Shop, customer: str) -> bytes:
    body = json.dumps({"customer_id": customer, "placement": "home"})
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {shop.secret_key}\r\nContent-Type: application/json\r\n"
    return f"POST /v1/recommendations HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


if __name__ == "__main__":
    main()
