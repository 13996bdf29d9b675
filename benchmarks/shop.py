"""The big synthetic shop, in a private PostgreSQL that is kept for reuse.

    python -m benchmarks.shop --customers 1000000 --products 100000

Benchmarks open it:

    with bench_shop(customers=20_000, products=5_000) as shop:
        shop.workspace, shop.secret_key, shop.publishable_key

Nothing of Django may be imported before: this module decides which database its settings see.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import synthetic
from omotenashi.local.servers import LocalServers

if TYPE_CHECKING:
    from omotenashi.accounts.models import Workspace

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("OMOTENASHI_BENCH_DIR") or ROOT / "var" / "bench").resolve()
SLUG = "synthetic"
REVISION = 2
"""Raised when the generator changes what it makes: shops of an older revision are made anew."""


@dataclass(frozen=True)
class Shop:
    workspace: "Workspace"
    secret_key: str
    publishable_key: str
    folder: Path
    database_url: str
    redis_url: str
    plan: synthetic.Plan

    @property
    def environment(self) -> dict[str, str]:
        """For the processes a benchmark starts."""
        return {
            "OMOTENASHI_VAR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        }


@contextmanager
def bench_shop(
    *, customers: int = 1_000_000, products: int = 100_000, seed: int = 7, folder: Path | None = None
) -> Iterator[Shop]:
    """Starts the servers, points Django at them, builds the shop if it is not there, and stops them."""
    home = folder or FOLDER / f"shop-{customers}x{products}"
    home.mkdir(parents=True, exist_ok=True)
    with LocalServers(home) as servers:
        _point_django_at(home, servers)
        stamp = _stamp(home)
        wanted = {"customers": customers, "products": products, "seed": seed, "revision": REVISION}
        if {name: stamp.get(name) for name in wanted} != wanted:
            stamp = _build(home, wanted=wanted)
        yield _shop(home, servers, stamp=stamp)


def _point_django_at(home: Path, servers: LocalServers) -> None:
    import django
    from django.conf import settings

    if settings.configured:
        raise RuntimeError("Open the shop before anything reads Django's settings.")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "omotenashi.settings",
        "OMOTENASHI_VAR": str(home),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _stamp(home: Path) -> dict[str, Any]:
    path = home / "shop.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _build(home: Path, *, wanted: dict[str, int]) -> dict[str, Any]:
    """1. Empty the database. 2. Workspace and keys. 3. Rows, then indexes. 4. The stamp, last of all."""
    from django.core.management import call_command

    from omotenashi.accounts.services import create_api_key, create_workspace

    (home / "shop.json").unlink(missing_ok=True)
    call_command("flush", verbosity=0, interactive=False)
    workspace = create_workspace(name="Synthetic shop", slug=SLUG, currency="EUR", default_locale="en")
    keys = {
        kind: create_api_key(workspace, kind=kind, name="benchmark")[1] for kind in ("secret", "publishable")
    }
    until = datetime.now(UTC).date()
    plan = synthetic.Plan(wanted["customers"], wanted["products"], until, wanted["seed"])
    counts = _fill(workspace, plan=plan)
    stamp: dict[str, Any] = {**wanted, "until": until.isoformat(), "keys": keys, "rows": counts}
    path = home / "shop.json"
    path.write_text(json.dumps(stamp, indent=2))
    path.chmod(0o600)
    return stamp


def _fill(workspace: "Workspace", *, plan: synthetic.Plan) -> dict[str, int]:
    from benchmarks import filling

    catalogue = synthetic.make_catalogue(plan)
    people = synthetic.make_people(plan)
    with filling.indexes_put_off():
        _say("products")
        vectors = synthetic.make_vectors(plan, catalogue=catalogue)
        filling.fill_products(workspace.id, plan=plan, catalogue=catalogue, vectors=vectors)
        _say("customers")
        filling.fill_customers(workspace.id, plan=plan, people=people)
        _say("orders")
        orders = synthetic.make_orders(plan, catalogue=catalogue, people=people)
        filling.fill_orders(workspace.id, plan=plan, orders=orders, catalogue=catalogue, people=people)
        _say("views")
        views = synthetic.make_views(plan, catalogue=catalogue, people=people)
        filling.fill_views(workspace.id, plan=plan, views=views)
        _say("indexes")
    filling.analyze()
    counts = (
        plan.products,
        plan.customers,
        len(orders.customer),
        len(orders.line_order),
        len(views.customer),
    )
    return dict(zip(("products", "customers", "orders", "lines", "views"), counts, strict=True))


def _shop(home: Path, servers: LocalServers, *, stamp: dict[str, Any]) -> Shop:
    from omotenashi.accounts.models import Workspace

    plan = synthetic.Plan(
        stamp["customers"], stamp["products"], date.fromisoformat(stamp["until"]), stamp["seed"]
    )
    return Shop(
        workspace=Workspace.objects.get(slug=SLUG),
        secret_key=stamp["keys"]["secret"],
        publishable_key=stamp["keys"]["publishable"],
        folder=home,
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        plan=plan,
    )


def _say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what} …", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the synthetic shop, or say that it is there.")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    started = time.monotonic()
    with bench_shop(customers=given.customers, products=given.products, seed=given.seed) as shop:
        rows = ", ".join(f"{count:,} {name}" for name, count in _stamp(shop.folder)["rows"].items())
        print(f"{shop.folder}: {rows}; up to {shop.plan.until}; ready in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
