"""Plans of the hot queries, as `docs/query-plans.md` shows them: `python -m benchmarks.plans` (`--quick`).

Answers a customer with a learned list who has just viewed something, and a visitor on a product's page, and
explains each statement with the plan that PostgreSQL keeps for it.
"""

import argparse
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from benchmarks.arrivals import view_event
from benchmarks.recommend import FULL, QUICK, learn_if_nothing_is_learned
from benchmarks.shop import Shop, bench_shop

WIDTH = 130
_LEFT_OUT = re.compile(r"Storage:|Memory|Sort Method|Batches|Index Searches|Heap Fetches|^ +Buffers")
TITLES = {
    "WITH asked AS": "Who asks, and all that is known of them (`selectors/people.py`)",
    "SELECT wanted.place": "May these be shown? (`selectors/candidates.py`)",
    "SELECT number, product_id": "Which products a list names (`selectors/learned.py`)",
    "SELECT asked.id, item.number": "What a seed leads to: purchase vectors and copurchase links",
    "own.models, own.vectors": "What products show, and their text's vectors (`selectors/edition.py`)",
    "SELECT seed.n": "Bought together with a page's product",
    "taste AS": "What is near the taste",
    "wish AS": "What buyers like this person buy",
    "SELECT person.n, top": "What is popular",
}
Statements = dict[str, Mapping[str, Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A small shop.")
    size = QUICK if parser.parse_args().quick else FULL
    with bench_shop(customers=size.customers, products=size.products) as shop:
        learn_if_nothing_is_learned(shop, size)
        with _caught() as statements:
            _ask(shop)
        for beginning, title in TITLES.items():
            for statement, given in statements.items():
                if beginning in statement:
                    print(f"## {title}\n\n```\n{_plan(statement, given)}\n```\n")
                    break


@contextmanager
def _caught() -> Iterator[Statements]:
    from personalization.selectors import reading

    found: Statements = {}
    run = reading._execute

    def execute(cursor: Any, query: str, given: Mapping[str, Any]) -> None:
        found.setdefault(query, given)
        run(cursor, query, given)

    reading._execute = execute
    try:
        yield found
    finally:
        reading._execute = run


def _ask(shop: Shop) -> None:
    from personalization.models import Customer, CustomerRanking
    from personalization.services.ingest import ingest
    from personalization.services.recommending import recommend
    from personalization.services.requests import RecommendationRequest

    listed = CustomerRanking.objects.values_list("customer_id", flat=True)[:1].get()
    customer = Customer.objects.get(id=listed).external_id
    ingest(shop.workspace, events=[view_event(customer, "p7")], received_at=datetime.now(UTC))
    recommend(RecommendationRequest(shop.workspace, customer_id=customer))
    recommend(
        RecommendationRequest(
            shop.workspace, anonymous_id="v", placement="product", context_product_ids=("p7",)
        )
    )
    recommend(RecommendationRequest(shop.workspace, anonymous_id="v", placement="trending"))


def _plan(statement: str, given: Mapping[str, Any]) -> str:
    """Of the statement as prepared, for any values; the third run, so that everything is in memory."""
    import psycopg
    from django.db import connection, transaction
    from psycopg._queries import PostgresQuery
    from psycopg.adapt import Transformer
    from psycopg.sql import Literal

    connection.ensure_connection()
    query = PostgresQuery(Transformer(connection.connection))
    query.convert(statement, given)
    values = ", ".join(Literal(given[name]).as_string(connection.connection) for name in query._order or [])
    with transaction.atomic(), psycopg.Cursor(connection.connection) as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL hnsw.ef_search = 80")
        cursor.execute(b"PREPARE shown AS " + query.query)
        for _ in range(3):
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE shown({values})")
            lines = [line for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE shown")
        transaction.set_rollback(True)
    shown = [line for place, line in enumerate(lines) if place == 1 or not _LEFT_OUT.search(line)]
    return "\n".join(map(_short, shown))


def _short(line: str) -> str:
    plain = re.sub(r"_[0-9a-f]{32}", "_…", re.sub(r"'\{[^']{60,}\}'", "'{…}'", line.rstrip()))
    return plain if len(plain) <= WIDTH else plain[: WIDTH - 1] + "…"


if __name__ == "__main__":
    main()
