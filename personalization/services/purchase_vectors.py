"""Writes the vectors learned from purchases: all of a version at night, or some customers' afterwards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from django.db import connection, transaction
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.binary import (
    INT_KIND,
    REAL_KIND,
    TIME_KIND,
    UUID_KIND,
    copy_arrays,
    halfvec_kind,
    ints_kind,
    microseconds,
    uuid_array,
)
from personalization.engine.learning.pairs import Pairs
from personalization.engine.learning.purchase_vectors import (
    DIMENSIONS,
    LINKS_PER_PRODUCT,
    ItemVectors,
    fold_in,
    history_matrix,
    learn_items,
    learn_links,
)
from personalization.engine.topk import Excluded, TopK
from personalization.models import ModelVersion
from personalization.selectors.purchase_vectors import is_among, places_of, products_on_sale, read_items
from personalization.selectors.purchases import Purchases
from personalization.services.version_tables import attach_table, create_table

CANDIDATES_PER_CUSTOMER = 40
"""Kept: some are sold out, in the cart or of another market when they are wanted."""
CUSTOMERS_PER_BLOCK = 65_536
Tell = Callable[[str], None]


@dataclass(frozen=True)
class _Block:
    """Customers with what they bought; row r of each is the same customer."""

    customers: NDArray[np.void]
    history: sparse.csr_matrix
    newest: NDArray[np.float64]


@dataclass(frozen=True)
class _Folded:
    customers: NDArray[np.void]
    vectors: NDArray[np.float32]
    newest: NDArray[np.float64]
    candidates: NDArray[np.int32]


def write_purchase_vectors(
    version: ModelVersion, purchases: Purchases, *, tell: Tell, threads: int = 1
) -> dict[str, int]:
    """Under the version, for nobody to see until it is active."""
    items, links = _learn(purchases)
    tell("Writing products' vectors")
    products = uuid_array(purchases.products)
    _write_items(version, products, items=items, links=links)
    written = 0
    table = create_table(version.id, kind="purchase_customers")
    on_sale = is_among(products, products_on_sale(version.workspace))
    chooser = _chooser(items, on_sale=on_sale, threads=threads)
    for block in _blocks(purchases):
        written += _copy_customers(version, _fold(block, items=items, chooser=chooser), table=table)
        tell(f"Choosing from all products for each customer: {written:,} done")
    attach_table(version.id, kind="purchase_customers")
    _remove_the_deleted(version)
    return {
        "purchase_items": len(products),
        "purchase_customers": written,
        "purchase_links": len(links.partner),
    }


def refresh_purchase_vectors(
    version: ModelVersion, purchases: Purchases, *, customer_ids: Sequence[UUID], with_candidates: bool
) -> int:
    """The customers' vectors by the version's products; `purchases` holds all of theirs and nobody else's.

    Without candidates the index finds them when they are wanted, which is right but slower.
    """
    own = uuid_array(purchases.products)
    known = read_items(version, product_ids=None if with_candidates else own)
    place = places_of(own, known.products)
    number = np.where(place >= 0, known.numbers[place], -1) if len(known.numbers) else np.full(len(own), -1)
    renumbered = _with_numbers(purchases, number)
    chooser = None
    if with_candidates:
        sold = known.numbers[is_among(known.products, products_on_sale(version.workspace))]
        on_sale = np.zeros(len(known.vectors.rows), dtype=bool)
        on_sale[sold] = True
        chooser = _chooser(known.vectors, on_sale=on_sale, threads=1)
    blocks = _blocks(renumbered, products=len(known.vectors.rows))
    folded = [_fold(block, items=known.vectors, chooser=chooser) for block in blocks]
    return _replace(version, folded, customer_ids=customer_ids)


def _learn(purchases: Purchases) -> tuple[ItemVectors, Pairs]:
    frame, products = purchases.frame, len(purchases.products)
    bought = frame.filter(pl.col("customer") >= 0)
    day = _days(bought)
    history = history_matrix(
        bought["customer"].to_numpy(),
        bought["product"].to_numpy(),
        day,
        shape=(len(purchases.customers), products),
        until=float(day.max(initial=0.0)),
    )
    named = frame.filter(pl.col("buyer") >= 0)
    links = learn_links(named["buyer"].to_numpy(), named["product"].to_numpy(), products=products)
    return learn_items(history), links


def _days(frame: pl.DataFrame) -> NDArray[np.float64]:
    return frame["at"].dt.epoch("us").to_numpy() / 86_400e6


def _write_items(
    version: ModelVersion, products: NDArray[np.void], *, items: ItemVectors, links: Pairs
) -> None:
    table = create_table(version.id, kind="purchase_items")
    shape = (len(products), LINKS_PER_PRODUCT)
    linked, buyers = np.full(shape, -1, dtype=np.int32), np.zeros(shape, dtype=np.int32)
    column = np.arange(len(links.partner)) - links.start[links.product]
    linked[links.product, column], buyers[links.product, column] = links.partner, links.together
    columns: dict[str, tuple[Any, NDArray[Any]]] = {
        "model_version_id": (UUID_KIND, _repeated(version, len(products))),
        "product_id": (UUID_KIND, products),
        "number": (INT_KIND, np.arange(len(products))),
        "vector": (halfvec_kind(DIMENSIONS), items.rows),
        "pull": (REAL_KIND, items.pull),
        "linked": (ints_kind(LINKS_PER_PRODUCT), linked),
        "buyers": (ints_kind(LINKS_PER_PRODUCT), buyers),
    }
    copy_arrays(columns, table=table)
    attach_table(version.id, kind="purchase_items")


def _blocks(purchases: Purchases, *, products: int | None = None) -> Iterator[_Block]:
    """Customers in order of number, so many at a time that the night's memory stays small."""
    bought = purchases.frame.filter(pl.col("customer") >= 0).sort("customer")
    customer, day = bought["customer"].to_numpy(), _days(bought)
    width = len(purchases.products) if products is None else products
    names = uuid_array(purchases.customers)
    for first in range(0, len(names), CUSTOMERS_PER_BLOCK):
        last = min(first + CUSTOMERS_PER_BLOCK, len(names))
        low, high = np.searchsorted(customer, [first, last]).tolist()
        rows = slice(low, high)
        own = customer[rows] - first
        newest = np.zeros(last - first)
        np.maximum.at(newest, own, day[rows])
        history = history_matrix(
            own, bought["product"].to_numpy()[rows], day[rows], shape=(last - first, width)
        )
        yield _Block(names[first:last], history, newest)


def _chooser(items: ItemVectors, *, on_sale: NDArray[np.bool_], threads: int) -> TopK:
    """What cannot be sold scores nothing, and what scores nothing is no candidate."""
    return TopK(np.where(on_sale[:, None], items.rows, np.float32(0)), threads=threads)


def _fold(block: _Block, *, items: ItemVectors, chooser: TopK | None) -> _Folded:
    vectors = fold_in(items, block.history)
    is_known = vectors.any(axis=1)
    candidates = np.full((len(vectors), CANDIDATES_PER_CUSTOMER if chooser else 0), -1, dtype=np.int32)
    if chooser is not None:
        history = block.history.sorted_indices()
        excluded = Excluded(history.indptr.astype(np.int64), history.indices.astype(np.int32))
        best = chooser.best(vectors, k=CANDIDATES_PER_CUSTOMER, excluded=excluded)
        candidates = np.where(best.scores > 0, best.items, -1).astype(np.int32)
    return _Folded(block.customers[is_known], vectors[is_known], block.newest[is_known], candidates[is_known])


def _copy_customers(version: ModelVersion, folded: _Folded, *, table: str) -> int:
    columns: dict[str, tuple[Any, NDArray[Any]]] = {
        "model_version_id": (UUID_KIND, _repeated(version, len(folded.customers))),
        "customer_id": (UUID_KIND, folded.customers),
        "vector": (halfvec_kind(DIMENSIONS), folded.vectors),
        "bought_until": (TIME_KIND, microseconds(folded.newest * 86_400)),
        "candidates": (ints_kind(folded.candidates.shape[1]), folded.candidates),
    }
    return copy_arrays(columns, table=table)


def _replace(version: ModelVersion, folded: Sequence[_Folded], *, customer_ids: Sequence[UUID]) -> int:
    """In one transaction: who bought nothing that is known any more has no row."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE folded (LIKE personalization_purchasevectorcustomer) ON COMMIT DROP"
        )
        for own in folded:
            _copy_customers(version, own, table="folded")
        given: dict[str, Any] = {"version": version.id, "customers": list(customer_ids)}
        cursor.execute(
            "DELETE FROM personalization_purchasevectorcustomer stale WHERE model_version_id = %(version)s"
            " AND customer_id = ANY(%(customers)s)"
            " AND NOT EXISTS (SELECT FROM folded WHERE folded.customer_id = stale.customer_id)",
            given,
        )
        # A customer may have been deleted since the purchases were read, and so may the version.
        cursor.execute(
            "INSERT INTO personalization_purchasevectorcustomer"
            " (model_version_id, customer_id, vector, bought_until, candidates)"
            " SELECT f.model_version_id, f.customer_id, f.vector, f.bought_until, f.candidates FROM folded f"
            " JOIN personalization_customer customer ON customer.id = f.customer_id ORDER BY f.customer_id"
            " ON CONFLICT (customer_id, model_version_id) DO UPDATE SET vector = excluded.vector,"
            " bought_until = excluded.bought_until, candidates = excluded.candidates"
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE folded")  # the caller's transaction may come here again
        return written


def _remove_the_deleted(version: ModelVersion) -> None:
    """Products and customers deleted while it was made; from here on the cascade reaches the rows."""
    with connection.cursor() as cursor:
        for table, column, parent in (
            ("purchasevectorcustomer", "customer_id", "personalization_customer"),
            ("purchasevectoritem", "product_id", "catalog_product"),
        ):
            cursor.execute(
                f"DELETE FROM personalization_{table} stale WHERE model_version_id = %s"  # noqa: S608 - constants
                f" AND NOT EXISTS (SELECT FROM {parent} WHERE {parent}.id = stale.{column})",
                [version.id],
            )


def _with_numbers(purchases: Purchases, number: NDArray[Any]) -> Purchases:
    frame = purchases.frame.with_columns(
        product=pl.Series(number.astype(np.int64)[purchases.frame["product"].to_numpy()])
    )
    return Purchases(frame.filter(pl.col("product") >= 0), purchases.products, purchases.customers)


def _repeated(version: ModelVersion, count: int) -> NDArray[np.void]:
    return np.frombuffer(version.id.bytes * count, dtype="V16")
