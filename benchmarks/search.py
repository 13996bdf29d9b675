"""How fast and how true the product search is, beside pgvector's HNSW in the same run.

    python -m benchmarks.search                 100,000 products (built once, then kept under var/)
    python -m benchmarks.search --large         1,000,000 products
    python -m benchmarks.search --products 20000

F1  queries per second of the process's index ÷ those of pgvector's HNSW, both at recall@10 >= 0.95
F2  recall@10 behind a filter that lets 1 % through, and how many of the ten came back
F3  p50 of a whole search (words, meaning, rules, titles, record) ÷ p50 of the query's vector alone

Ours and the peer take turns; the median of the pairs' ratios counts, with the least and the most.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is imported

import numpy as np

from benchmarks.search_shop import COLOURS, MATERIALS, THINGS, Shop, open_servers, open_shop

TOP = 10
EF_SEARCH = (20, 40, 60, 100, 200, 400)
_TICKS = os.sysconf("SC_CLK_TCK")

_HNSW = """
SELECT product_id FROM catalog_productvector WHERE workspace_id = %s AND model_id = %s
ORDER BY vector <=> %s::halfvec(384) LIMIT 10
"""


@dataclass(frozen=True)
class Slice:
    per_second: float
    per_cpu_second: float


class Contest:
    """Runs two functions in turns and keeps what each reached."""

    def __init__(self, *, backend: int, seconds: float, pairs: int) -> None:
        self._backend, self._seconds, self._pairs = backend, seconds, pairs

    def run(self, ours: Callable[[int], Any], peer: Callable[[int], Any]) -> tuple[list[Slice], list[Slice]]:
        numbers = cycle(range(500))
        pairs = [(self._slice(ours, numbers), self._slice(peer, numbers)) for _ in range(self._pairs)]
        return [own for own, _ in pairs], [other for _, other in pairs]

    def _slice(self, ask: Callable[[int], Any], numbers: Any) -> Slice:
        started, cpu, done = time.perf_counter(), self._cpu(), 0
        while (took := time.perf_counter() - started) < self._seconds:
            ask(next(numbers))
            done += 1
        return Slice(done / took, done / max(self._cpu() - cpu, 1 / _TICKS))

    def _cpu(self) -> float:
        """Of this process and of PostgreSQL's for it."""
        fields = Path(f"/proc/{self._backend}/stat").read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / _TICKS


def main() -> None:
    asked = _arguments()
    products = 1_000_000 if asked.large else asked.products
    print(f"Synthetic shop of {products:,} products, 384 dimensions, one core for each process")
    servers = open_servers(products)
    try:
        measure(open_shop(products), seconds=asked.seconds, pairs=asked.pairs)
    finally:
        servers.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--large", action="store_true", help="1,000,000 products; building takes a while")
    parser.add_argument("--seconds", type=float, default=3.0, help="of one slice")
    parser.add_argument("--pairs", type=int, default=7)
    return parser.parse_args()


def measure(shop: Shop, *, seconds: float, pairs: int) -> None:
    from django.db import connection

    truth = exact(shop)
    index = filled_index(shop)
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    contest = Contest(backend=backend, seconds=seconds, pairs=pairs)
    ef_search = curve(shop, truth=truth)
    f1(shop, index=index, truth=truth, ef_search=ef_search, contest=contest)
    f2(shop)
    f3(shop)


def exact(shop: Shop) -> list[set[Any]]:
    scores = np.concatenate(
        [shop.queries[at : at + 50] @ shop.vectors.T for at in range(0, len(shop.queries), 50)]
    )
    best = np.argpartition(-scores, TOP, axis=1)[:, :TOP]
    return [{shop.product_ids[number] for number in row} for row in best]


def filled_index(shop: Shop) -> Any:
    from omotenashi.catalog.vector_index import vector_indexes

    started = time.perf_counter()
    while (index := vector_indexes.ready(shop.workspace.id, model_id=shop.model_id)) is None:
        time.sleep(0.05)
    index.search(shop.queries[0], count=TOP)
    print(
        f"Index of this process filled from pgvector in {time.perf_counter() - started:.1f} s, "
        f"about {index.bytes_used / 1e6:.0f} MB"
    )
    return index


def recall(found: list[list[Any]], truth: list[set[Any]]) -> float:
    return statistics.fmean(len(set(own) & want) / len(want) for own, want in zip(found, truth, strict=True))


def texts(shop: Shop) -> list[str]:
    return [str(query.tolist()) for query in shop.queries]


def ask_hnsw(shop: Shop, text: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        rows = cursor.cursor.execute(_HNSW, [shop.workspace.id, shop.model_id, text], prepare=True)
        return [product_id for (product_id,) in rows.fetchall()]


def curve(shop: Shop, *, truth: list[set[Any]]) -> int:
    """pgvector alone, from fast to true; the first setting that reaches 0.95 is the peer of F1."""
    print("\npgvector (halfvec, the production table)        recall@10    queries/s")
    asked, chosen = texts(shop), 0
    for ef_search in EF_SEARCH:
        _settings(ef_search)
        started = time.perf_counter()
        found = [ask_hnsw(shop, text) for text in asked]
        rate = len(asked) / (time.perf_counter() - started)
        reached = recall(found, truth)
        print(f"  HNSW, ef_search {ef_search:<4}                             {reached:.3f}       {rate:7.1f}")
        if reached >= 0.95 and not chosen:
            chosen = ef_search
    _settings(EF_SEARCH[0], index=False)
    started = time.perf_counter()
    few = [ask_hnsw(shop, text) for text in asked[:20]]
    rate = len(few) / (time.perf_counter() - started)
    print(
        f"  exact scan                                      {recall(few, truth[:20]):.3f}       {rate:7.1f}"
    )
    return chosen or EF_SEARCH[-1]


def _settings(ef_search: int, *, index: bool = True) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hnsw.ef_search', %s, false)", [str(ef_search)])
        cursor.execute("SET hnsw.iterative_scan = relaxed_order")
        cursor.execute(f"SET enable_indexscan = {'on' if index else 'off'}")


def f1(shop: Shop, *, index: Any, truth: list[set[Any]], ef_search: int, contest: Contest) -> None:
    from personalization.selectors import search as read
    from personalization.services.nearest import nearest

    _settings(ef_search)
    asked, rules = texts(shop), _rules(shop)
    reached = recall([index.search(query, count=TOP) for query in shop.queries], truth)
    ours, peer = contest.run(
        lambda n: index.search(shop.queries[n], count=TOP), lambda n: ask_hnsw(shop, asked[n])
    )
    print(f"\nF1  recall@10 of the index {reached:.3f}; pgvector with ef_search {ef_search}")
    _report("index alone", ours, peer, goal=">= 8")
    path = [[row.product_id for row in nearest(rules, **_near(shop, n))] for n in range(100)]
    ours, peer = contest.run(
        lambda n: nearest(rules, **_near(shop, n)), lambda n: read.nearest_by_index(rules, **_near(shop, n))
    )
    reached = recall(path, truth[:100])
    print(f"    with all rules checked in SQL and true similarities: recall@10 {reached:.3f}")
    _report("as a search uses it", ours, peer, goal="")


def _near(shop: Shop, number: int) -> dict[str, Any]:
    return {"vector": shop.queries[number], "model_id": shop.model_id, "limit": TOP}


def _rules(shop: Shop, **wanted: Any) -> Any:
    from personalization.selectors.people import Person
    from personalization.selectors.rules import ProductFilter, Rules

    return Rules(workspace=shop.workspace, people=(Person(0, None, ()),), filter=ProductFilter(**wanted))


def _report(name: str, ours: list[Slice], peer: list[Slice], *, goal: str) -> None:
    for what, unit in (("per_second", "queries/s"), ("per_cpu_second", "queries per CPU second")):
        own, other = [getattr(s, what) for s in ours], [getattr(s, what) for s in peer]
        ratios = sorted(a / b for a, b in zip(own, other, strict=True))
        print(
            f"    {name}: {statistics.median(own):8.1f} {unit}, pgvector {statistics.median(other):7.1f}: "
            f"{statistics.median(ratios):5.1f} x (from {ratios[0]:.1f} to {ratios[-1]:.1f})"
            + (f", wanted {goal}" if goal else "")
        )
    if max(s.per_second for s in peer) > 2 * min(s.per_second for s in peer):
        print("    The peer's own slices differ by more than 2 x: this machine is too busy, measure again.")


def f2(shop: Shop) -> None:
    from personalization.selectors import search as read
    from personalization.services.nearest import nearest

    numbers = range(100)
    reached: dict[str, list[float]] = {"ours": [], "pgvector": []}
    full = {"ours": 0, "pgvector": 0}
    took = {"ours": 0.0, "pgvector": 0.0}
    for n in numbers:
        room = n % 100
        inside = np.arange(room, len(shop.vectors), 100)
        best = inside[np.argsort(-(shop.vectors[inside] @ shop.queries[n]), kind="stable")[:TOP]]
        want = {shop.product_ids[number] for number in best}
        rules = _rules(shop, categories=(f"Room {room}",))
        for name, ask in (("ours", nearest), ("pgvector", read.nearest_by_index)):
            started = time.perf_counter()
            found = [row.product_id for row in ask(rules, **_near(shop, n))]
            took[name] += time.perf_counter() - started
            reached[name].append(len(set(found) & want) / TOP)
            full[name] += len(found) == TOP
    print("\nF2  behind a filter that lets 1 % through (wanted: recall >= 0.99, ten of ten)")
    for name in reached:
        print(
            f"    {name:<9} recall@10 {statistics.fmean(reached[name]):.3f}, ten of ten in {full[name]} of "
            f"{len(numbers)} answers, {1000 * took[name] / len(numbers):.1f} ms each"
        )


def f3(shop: Shop) -> None:
    from omotenashi.inference.registry import embedder
    from personalization.services.searching import SearchRequest, search

    asked = [
        f"{THINGS[n % 30]} of {MATERIALS[n % 12]} in {COLOURS[n % 10]} for my friend {n}" for n in range(200)
    ]
    model = embedder()
    alone, whole = [], []
    for n in range(0, len(asked), 2):
        started = time.perf_counter()
        model.embed_queries([asked[n]])
        alone.append(time.perf_counter() - started)
        started = time.perf_counter()
        search(SearchRequest(workspace=shop.workspace, query=asked[n + 1], count=TOP))
        whole.append(time.perf_counter() - started)
    alone, whole = alone[10:], whole[10:]  # the first ones load the model and plan the queries
    middle = (1000 * statistics.median(alone), 1000 * statistics.median(whole))
    late = 1000 * statistics.quantiles(whole, n=20)[-1]
    print(
        f"\nF3  whole search p50 {middle[1]:.1f} ms (p95 {late:.1f}), "
        f"query vector alone {middle[0]:.1f} ms: {middle[1] / middle[0]:.2f} x, wanted <= 1.25"
    )


if __name__ == "__main__":
    main()
