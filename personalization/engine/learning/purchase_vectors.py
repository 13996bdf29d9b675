"""Vectors learned from who bought what: one a product, and one a customer folded in from their purchases.

The products' vectors are the leading directions of the matrix of customers and products (a truncated singular
value decomposition, found by random projections in a few passes over the purchases). Before, each purchase is
faded by age and its repeats are damped, a busy customer's row is divided by its length to the power
`customer_damping`, a popular product's column by its weight to the power `product_damping`.

A customer's vector is a weighted sum over what they bought: nothing is solved, nothing of other customers is
needed. So it is the same whether it is made at night for everyone, after an order for one, or while a page
loads for a visitor with two views. Ages count from the customer's own newest purchase, so it changes only
when the customer buys.

Why this method: on the log of a real gift shop it is ahead of alternating least squares at the same size (see
`benchmarks/purchase_vectors.py`), takes a third of its time, and its fold-in is a sum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.learning.pairs import Pairs, count_pairs
from personalization.engine.purchase_log import PurchaseLog

DIMENSIONS = 64
"""More found no better lists (128: 0.110 for 0.112), fewer were worse (32: 0.106); a row is 128 bytes."""
PRODUCTS_PER_DIRECTION = 5
LONGEST = 64.0
"""Length of the longest product vector: two-byte floats then hold the shortest ones too."""
LINKS_PER_PRODUCT = 100
LINK_SHRINKAGE = 10.0
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class LearningSettings:
    half_life_days: float = 60.0
    """A purchase counts half after this long; of 45 to none the best on earlier windows."""
    customer_damping: float = 0.25
    product_damping: float = 0.3
    """How little a popular product says about its buyer."""
    product_lift: float = 0.5
    """How much a popular product is preferred in the answer."""
    spare: int = 16
    passes: int = 7
    seed: int = 0


DEFAULTS = LearningSettings()


@dataclass(frozen=True)
class ItemVectors:
    """Score of product p for a customer: the inner product of the customer's vector and `rows[p]`."""

    rows: Floats
    pull: Floats
    """A purchase of p adds `pull[p] * rows[p]` to its customer's vector; 0: nothing is known of p."""

    def inward(self) -> Floats:
        return self.rows * self.pull[:, None]


def history_matrix(
    customer: NDArray[Any],
    product: NDArray[Any],
    day: NDArray[np.float64],
    *,
    shape: tuple[int, int],
    half_life_days: float = DEFAULTS.half_life_days,
    until: float | None = None,
) -> sparse.csr_matrix:
    """One row a customer, one column a product: the root of the sum of the faded purchases.

    Ages count from `until`, or else from each customer's newest purchase.
    """
    if until is None:
        newest = np.full(shape[0], -np.inf)
        np.maximum.at(newest, customer, day)
        age = newest[customer] - day
    else:
        age = np.maximum(until - day, 0.0)
    faded = (0.5 ** (age / half_life_days)).astype(np.float32)
    matrix = sparse.csr_matrix((faded, (customer, product)), shape=shape)
    matrix.sum_duplicates()
    np.sqrt(matrix.data, out=matrix.data)
    return matrix


def history_of(log: PurchaseLog, *, until: float | None = None) -> sparse.csr_matrix:
    """Of the log's purchases by known customers; returns are not counted."""
    bought = log.purchases().of_customers()
    shape = (len(log.customers), len(log.products))
    return history_matrix(bought.customer, bought.product, bought.day, shape=shape, until=until)


def learn_items(history: sparse.csr_matrix, *, settings: LearningSettings = DEFAULTS) -> ItemVectors:
    """`history` with all ages counted from one moment: a purchase of last year teaches less than today's."""
    weight = np.asarray(history.sum(axis=0), dtype=np.float64).ravel()
    known = weight > 0
    inward = np.where(known, (weight + 1.0) ** -settings.product_damping, 0.0)
    outward = np.where(known, (weight + 1.0) ** settings.product_lift, 0.0)
    vectors = _leading(_damped(history, inward, settings=settings), settings=settings)
    rows = vectors * outward[:, None]
    scale = LONGEST / max(float(np.linalg.norm(rows, axis=1).max(initial=0.0)), 1e-12)
    pull = np.divide(inward, outward, out=np.zeros_like(inward), where=known)
    return ItemVectors((rows * scale).astype(np.float32), pull.astype(np.float32))


def fold_in(items: ItemVectors, history: sparse.csr_matrix) -> Floats:
    """Row c is customer c, of length 1; all zeros where nothing they bought is known."""
    return unit_rows(times(history, items.inward()))


def learn_links(
    buyer: NDArray[Any], product: NDArray[Any], *, products: int, keep: int = LINKS_PER_PRODUCT
) -> Pairs:
    """Of each product those that most of its buyers bought too, and how many did; 2 at the least."""
    return count_pairs(buyer, product, products=products, shrinkage=LINK_SHRINKAGE, keep=keep)


def unit_rows(rows: Floats) -> Floats:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    found: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-12)
    return found


def times(matrix: sparse.csr_matrix, dense: Floats) -> Floats:
    """As `matrix @ dense`, several times faster: the inner loop is the dense row's."""
    from personalization.engine.kernels import add_rows  # late: it compiles, and only workers need it

    out = np.zeros((matrix.shape[0], dense.shape[1]), dtype=np.float32)
    add_rows(matrix.indptr, matrix.indices, matrix.data, np.ascontiguousarray(dense, dtype=np.float32), out)
    return out


def _damped(
    history: sparse.csr_matrix, inward: NDArray[np.float64], *, settings: LearningSettings
) -> sparse.csr_matrix:
    squares = np.asarray(history.multiply(history).sum(axis=1), dtype=np.float64).ravel()
    share = np.where(squares > 0, np.maximum(squares, 1e-9) ** -settings.customer_damping, 0.0)
    busy = np.repeat(share, np.diff(history.indptr))
    data = (history.data * busy * inward[history.indices]).astype(np.float32)
    return sparse.csr_matrix((data, history.indices, history.indptr), shape=history.shape)


def _leading(matrix: sparse.csr_matrix, *, settings: LearningSettings) -> NDArray[np.float64]:
    """The first right singular vectors; zero columns behind them where the shop is small.

    As many directions as products would only say what was bought; fewer must tell what goes together.
    """
    products = matrix.shape[1]
    rank = min(DIMENSIONS, max(2, products // PRODUCTS_PER_DIRECTION), products)
    size = min(rank + settings.spare, products)
    turned = matrix.T.tocsr()
    draw = np.random.default_rng(settings.seed)
    basis = np.linalg.qr(draw.normal(size=(products, size)))[0]
    for _ in range(settings.passes):
        basis = np.linalg.qr(times(turned, times(matrix, basis.astype(np.float32))))[0]
    # Of the projection only the small Gram matrix is wanted: its eigenvectors turn the basis into the answer.
    projected = times(matrix, basis.astype(np.float32)).astype(np.float64)
    values, turn = np.linalg.eigh(projected.T @ projected)
    best = turn[:, np.argsort(-values)[:rank]]
    vectors = np.zeros((products, DIMENSIONS))
    vectors[:, : best.shape[1]] = basis @ best
    return vectors
