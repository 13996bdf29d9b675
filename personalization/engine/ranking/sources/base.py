"""What every batch source answers: its best products of each customer, and its score of any pair."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from personalization.engine.ranking.history import Floats, History, Whole
from personalization.engine.ranking.kernels import best_of_rows, first_allowed, product_at_pairs, product_top
from personalization.engine.ranking.texts import centred, nearest_by_text
from personalization.engine.ranking.titles import title_links


@dataclass(frozen=True)
class Pairs:
    """Products to judge for each customer: row i holds `product[start[i]:start[i + 1]]`."""

    customers: Whole
    start: Whole
    product: Whole

    @property
    def customer(self) -> Whole:
        """One entry a pair."""
        return np.repeat(self.customers, np.diff(self.start))

    def __len__(self) -> int:
        return len(self.product)


@dataclass
class Shop:
    """What a source may use beside the history: it is the same at every cut."""

    text: Floats | None = None
    """Unit text vectors, a row a product; a zero row: no text."""
    _word_links: dict[int, sparse.csr_matrix] = field(default_factory=dict, repr=False)
    _text_links: sparse.csr_matrix | None = field(default=None, repr=False)

    def text_links(self, *, products: int) -> sparse.csr_matrix:
        """Each product's nearest by text. Compared once, however many cuts ask."""
        if self._text_links is None:
            self._text_links = nearest_by_text(centred(self.text, products=products))
        return self._text_links

    def word_links(self, titles: Sequence[str], *, keep: int) -> sparse.csr_matrix:
        """Counted once, however many cuts ask."""
        if keep not in self._word_links:
            self._word_links[keep] = title_links(titles, keep=keep)
        return self._word_links[keep]


@dataclass(frozen=True)
class Top:
    """Row i: the best products of customer i, best first; -1 fills up. Scores are above 0."""

    product: Whole
    score: Floats


class Fitted(Protocol):
    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        """`without`: products to leave out, a row a customer; sorted within each."""
        ...

    def score(self, pairs: Pairs) -> Floats:
        """0 where the source does not speak for the pair."""
        ...


class BatchSource(Protocol):
    @property
    def name(self) -> str: ...

    def fit(self, history: History, shop: Shop) -> Fitted: ...


@dataclass(frozen=True)
class SparseProduct:
    """Scores are (taste @ links)[customer, product]: neighbours of products, or products of neighbours."""

    taste: sparse.csr_matrix
    links: sparse.csr_matrix

    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        left_out = without or no_pairs(customers)
        return Top(
            *product_top(
                customers, *self._parts(), self.links.shape[1], limit, left_out.start, left_out.product
            )
        )

    def score(self, pairs: Pairs) -> Floats:
        found: Floats = product_at_pairs(
            pairs.customers, *self._parts(), pairs.start, pairs.product, self.links.shape[1]
        )
        return np.maximum(found, 0.0)

    def _parts(self) -> tuple[NDArray[np.generic], ...]:
        a, b = self.taste, self.links
        return (
            a.indptr, a.indices, a.data.astype(np.float32, copy=False),
            b.indptr, b.indices, b.data.astype(np.float32, copy=False),
        )  # fmt: skip


@dataclass(frozen=True)
class Dots:
    """Scores are dot products of customers' and products' vectors, where above 0."""

    customers: Floats
    products: Floats
    listed: Whole | None = None
    """Only these may come into lists, which costs less; every pair has a score all the same."""

    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        columns = np.arange(len(self.products)) if self.listed is None else self.listed
        rows, limit = self.products[columns], min(limit, len(columns))
        size = max(1, 8_000_000 // max(len(columns), 1))
        parts = []
        for start in range(0, len(customers), size):
            scores = self.customers[customers[start : start + size]] @ rows.T
            if without is not None:
                _strike(scores, without, start=start, columns=columns)
            best = _best(scores, limit=limit)
            parts.append(Top(np.where(best.product >= 0, columns[best.product], -1), best.score))
        return _stacked(parts, limit=limit)

    def score(self, pairs: Pairs) -> Floats:
        found = np.empty(len(pairs), dtype=np.float32)
        customer, step = pairs.customer, 1 << 18
        for start in range(0, len(pairs), step):
            span = slice(start, start + step)
            found[span] = np.einsum(
                "ij,ij->i", self.customers[customer[span]], self.products[pairs.product[span]]
            )
        return np.maximum(found, 0.0)


@dataclass(frozen=True)
class Personal:
    """Scores of each customer's own products: a customer × product matrix."""

    scores: sparse.csr_matrix

    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        own = self.scores[customers]
        if without is not None:
            own = (own - own.multiply(_as_matrix(without, columns=own.shape[1]))).tocsr()
        product = np.full((len(customers), limit), -1, dtype=np.int64)
        score = np.zeros((len(customers), limit), dtype=np.float32)
        for i in range(len(customers)):
            span = slice(own.indptr[i], own.indptr[i + 1])
            values, columns = own.data[span], own.indices[span]
            order = np.lexsort((columns, -values))[:limit]
            order = order[values[order] > 0]
            product[i, : len(order)], score[i, : len(order)] = columns[order], values[order]
        return Top(product, score)

    def score(self, pairs: Pairs) -> Floats:
        matrix, keys = self.scores, self._keys
        wanted = pairs.customer * matrix.shape[1] + pairs.product
        if not len(keys):
            return np.zeros(len(pairs), dtype=np.float32)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, matrix.data[place], 0.0).astype(np.float32)

    @cached_property
    def _keys(self) -> Whole:
        rows = np.repeat(np.arange(self.scores.shape[0]), np.diff(self.scores.indptr))
        keys: Whole = rows * self.scores.shape[1] + self.scores.indices
        return keys


@dataclass(frozen=True)
class ByGroup:
    """Everyone of a group gets the same scores: `scores[group[customer]]`."""

    group: Whole
    scores: Floats

    def top(self, customers: Whole, *, limit: int, without: Pairs | None = None) -> Top:
        groups, columns = self.group[customers], self.scores.shape[1]
        limit = min(limit, columns)
        deepest = (
            limit if without is None else min(columns, limit + int(np.diff(without.start).max(initial=0)))
        )
        best = _best(self.scores, limit=deepest)
        product, score = best.product[groups], best.score[groups]
        if without is None:
            return Top(product, score)
        return Top(*first_allowed(product, score, limit, without.start, without.product))

    def score(self, pairs: Pairs) -> Floats:
        return self.scores[self.group[pairs.customer], pairs.product]


def no_pairs(customers: Whole) -> Pairs:
    return Pairs(customers, np.zeros(len(customers) + 1, dtype=np.int64), np.empty(0, dtype=np.int64))


def _strike(scores: Floats, without: Pairs, *, start: int, columns: Whole) -> None:
    first, last = without.start[start], without.start[start + len(scores)]
    rows = np.repeat(np.arange(len(scores)), np.diff(without.start[start : start + len(scores) + 1]))
    product = without.product[first:last]
    place = np.minimum(np.searchsorted(columns, product), len(columns) - 1)
    is_listed = columns[place] == product
    scores[rows[is_listed], place[is_listed]] = 0.0


def _as_matrix(pairs: Pairs, *, columns: int) -> sparse.csr_matrix:
    ones = np.ones(len(pairs), dtype=np.float32)
    return sparse.csr_matrix((ones, pairs.product, pairs.start), shape=(len(pairs.customers), columns))


def _best(scores: Floats, *, limit: int) -> Top:
    return Top(*best_of_rows(np.ascontiguousarray(scores, dtype=np.float32), min(limit, scores.shape[1])))


def _stacked(parts: list[Top], *, limit: int) -> Top:
    if not parts:
        return Top(np.empty((0, limit), dtype=np.int64), np.empty((0, limit), dtype=np.float32))
    return Top(
        np.concatenate([part.product for part in parts]), np.concatenate([part.score for part in parts])
    )
