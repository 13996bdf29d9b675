"""Nightly learning for a whole shop, and the exact best items of each customer against `implicit`.

    python -m benchmarks.learn                    # C1, C2: a few minutes
    python -m benchmarks.learn --night            # and a night of 1,000,000 customers, 100,000 products
    python -m benchmarks.learn --night --no-topk --customers 20000 --products 5000

C1: users a second of ours over implicit's `topk`, one thread each, in alternating slices of one process.
C2: multiplications a second of ours over a plain bfloat16 product of the same block shape in the same run.
C4: the seconds and CPU seconds of bringing in 1 % of the customers over those of the whole night.
"""

import argparse
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from personalization.engine.topk import ITEMS_PER_BLOCK, ROWS_PER_BLOCK, TopK

K = 40
PAIRS = 7
SECONDS_A_SLICE = 3.0
Floats = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument(
        "--night", action="store_true", help="learn and publish in PostgreSQL, then 1 %% more"
    )
    parser.add_argument("--no-topk", action="store_true", help="leave C1 and C2 out")
    parser.add_argument("--threads", type=int, default=2, help="of the night's choosing; C1 uses one")
    given = parser.parse_args()
    if not given.no_topk:
        for dimensions in (384, 64):
            compare_topk(dimensions, items=100_000)
    if given.night:
        run_night(customers=given.customers, products=given.products, threads=given.threads)


def compare_topk(dimensions: int, *, items: int) -> None:
    """Random vectors with the long tail of lengths left out: no block can be skipped, the hard case."""
    from implicit.cpu.topk import topk as implicit_topk
    from threadpoolctl import threadpool_limits

    draw = np.random.default_rng(1)
    right = draw.normal(size=(items, dimensions)).astype(np.float32)
    left = draw.normal(size=(16_384, dimensions)).astype(np.float32)
    chooser = TopK(right)
    chooser.best(left[:64], k=K)  # compiles
    ratios, ours, theirs = [], [], []
    with threadpool_limits(1):
        for _ in range(PAIRS):
            ours.append(_rate(lambda rows: chooser.best(rows, k=K), left, step=4_096))
            theirs.append(_rate(lambda rows: implicit_topk(right, rows, K, num_threads=1), left, step=512))
            ratios.append(ours[-1] / theirs[-1])
        agreement = _agreement(chooser, left[:1_024], right)
        plain = _plain_rate(dimensions)
    done = np.median(ours) * items * dimensions * 2
    kind = "bfloat16" if chooser.is_bf16 else "float32"
    print(
        f"C1 d={dimensions}: {np.median(ratios):.2f}x (min {min(ratios):.2f}, max {max(ratios):.2f})  "
        f"ours {np.median(ours):,.0f} users/s, implicit {np.median(theirs):,.0f}; k={K}, {items:,} items, "
        f"{kind}, agreement {agreement:.5f}; implicit's slices {min(theirs):,.0f}–{max(theirs):,.0f}"
    )
    print(
        f"C2 d={dimensions}: {done / plain:.2f} of a plain product's {plain / 1e12:.2f} TFLOP/s", flush=True
    )


def _rate(work: Callable[[Floats], Any], rows: Floats, *, step: int) -> float:
    started, done = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS_A_SLICE:
        first = done % (len(rows) - step + 1)
        work(rows[first : first + step])
        done += step
    return done / (time.perf_counter() - started)


def _agreement(chooser: TopK, rows: Floats, items: Floats) -> float:
    mine = chooser.best(rows, k=K).items
    right = np.argpartition(-(rows @ items.T), K, axis=1)[:, :K]
    return float(np.mean([len({*a} & {*b}) / K for a, b in zip(mine.tolist(), right.tolist(), strict=True)]))


def _plain_rate(dimensions: int) -> float:
    import torch

    torch.set_num_threads(1)
    left = torch.randn(ROWS_PER_BLOCK, dimensions).bfloat16()
    right = torch.randn(ITEMS_PER_BLOCK, dimensions).bfloat16()
    out = torch.empty(ROWS_PER_BLOCK, ITEMS_PER_BLOCK, dtype=torch.bfloat16)
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS_A_SLICE:
        torch.mm(left, right.T, out=out)
        count += 1
    operations = 2 * ROWS_PER_BLOCK * ITEMS_PER_BLOCK * dimensions * count
    return operations / (time.perf_counter() - started)


class Clock:
    """Prints each step as the next begins."""

    def __init__(self) -> None:
        self.started = self.last = time.perf_counter()
        self.cpu = time.process_time()
        self.step = "Reading purchases"

    def tell(self, done: int, message: str) -> None:
        label = message.partition(":")[0]
        if label != self.step:
            now = time.perf_counter()
            print(f"  {now - self.last:8.1f} s  {self.step}", flush=True)
            self.last, self.step = now, label

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started

    @property
    def cpu_seconds(self) -> float:
        """Of this process; PostgreSQL's are not in it."""
        return time.process_time() - self.cpu


def run_night(*, customers: int, products: int, threads: int) -> None:
    from benchmarks.shop import bench_shop

    with bench_shop(customers=customers, products=products) as shop:
        from personalization.services.changes import bring_in_changes
        from personalization.services.learning import learn_workspace

        print(f"A night of {customers:,} customers and {products:,} products, {threads} threads:")
        clock = Clock()
        version = learn_workspace(shop.workspace, now=datetime.now(UTC), tell=clock.tell, threads=threads)
        clock.tell(7, "")
        night, night_cpu = clock.seconds, clock.cpu_seconds
        print(
            f"  {night:8.1f} s  in all ({night_cpu:.0f} s of this process' CPU); peak {_peak_gib():.1f} GiB"
        )
        counts = {name: value for name, value in version.statistics.items() if isinstance(value, int)}
        print("  " + ", ".join(f"{name} {value:,}" for name, value in counts.items()))
        _buy(shop.workspace, count=customers // 100)
        clock = Clock()
        changed = bring_in_changes(version)
        _forget_bought(shop.workspace)
        print(
            f"C4: {changed:,} changed customers in {clock.seconds:.1f} s:"
            f" {clock.seconds / night:.2%} of the night ({clock.cpu_seconds / night_cpu:.2%} of its CPU)"
        )


def _buy(workspace: Any, *, count: int) -> None:
    """An order of one product for every hundredth customer, as of now."""
    from django.db import connection

    from personalization.services.copying import new_id

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO personalization_order (id, workspace_id, external_id, customer_id, anonymous_id,"  # noqa: S608
            " placed_at, status, currency, revenue, country, source, created_at, updated_at)"
            f" SELECT {new_id()}, workspace_id, 'bench-' || {new_id()}, id, '', now(), 'placed', 'EUR', 10,"
            " country, 'benchmark', now(), now() FROM personalization_customer WHERE workspace_id = %s"
            " ORDER BY md5(id::text) LIMIT %s RETURNING id",
            [workspace.id, count],
        )
        orders = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO personalization_orderline (id, workspace_id, order_id, product_id,"  # noqa: S608
            " product_external_id, title, quantity, unit_price, created_at, updated_at)"
            f" SELECT {new_id()}, %(workspace)s, own.id, product.id, product.external_id, '', 1, 10,"
            " now(), now()"
            " FROM unnest(%(orders)s::uuid[]) WITH ORDINALITY own(id, place) JOIN ("
            "   SELECT id, external_id, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total"
            "   FROM catalog_product WHERE workspace_id = %(workspace)s) product"
            " ON product.place = 1 + own.place * 7919 %% product.total",
            {"workspace": workspace.id, "orders": orders},
        )


def _forget_bought(workspace: Any) -> None:
    from personalization.models import Order, OrderLine

    bought = Order.objects.filter(workspace=workspace, source="benchmark")
    OrderLine.objects.filter(order__in=bought)._raw_delete("default")
    bought._raw_delete("default")


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


if __name__ == "__main__":
    main()
