"""Exact enough, and fast: the rows of a matrix nearest to a vector, in three passes that each read less.

    signs  48 bytes a row   all rows         how many of 384 signs differ (xor, count bits)
    bytes  384 bytes a row  the best 1 to 2 % of them    dot product of 8-bit numbers
    (the caller compares the few that are left with the true vectors)

Both stand for what is left after the mean of the rows is subtracted: texts of one language model all point
the same way, and only the rest tells them apart. For the signs the axes are also rotated at random, so that
every sign says as much as any other (RaBitQ, Gao and Long, SIGMOD 2024). Rows are added at the end and
overwritten in place; nothing is trained, so nothing has to be rebuilt.
"""

from __future__ import annotations

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Floats = NDArray[np.float32]
WORD = 64
BLOCK = 4096
"""Rows whose counts stay in the processor's nearest cache."""
MIN_KEPT = 400
"""Rows that the first pass lets through at least."""
KEPT_SHARE = 0.006
"""Measured on clustered vectors: recall@10 of 0.98 at 100,000 rows; see benchmarks/search.py."""


@intrinsic
def _count_bits(typing_context, value):  # type: ignore[no-untyped-def]  # numba's own way of adding an instruction
    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(cache=True, nogil=True, boundscheck=False)
def _differing(signs, wanted, count, out):  # type: ignore[no-untyped-def]
    """Signs lie word by word, not row by row: eight rows fit one register of the processor."""
    for start in range(0, count, BLOCK):
        end = min(start + BLOCK, count)
        for row in range(start, end):
            out[row] = np.uint16(_count_bits(signs[0, row] ^ wanted[0]))  # numba's own
        for word in range(1, signs.shape[0]):
            own = wanted[word]
            line = signs[word, start:end]
            part = out[start:end]
            for at in range(end - start):
                part[at] += np.uint16(_count_bits(line[at] ^ own))


@njit(cache=True, nogil=True, boundscheck=False)
def _closest(differing, count, keep):  # type: ignore[no-untyped-def]
    """The rows with the fewest differing signs: counted, not sorted."""
    tally = np.zeros((2, 1025), np.int64)  # two, so that equal neighbours need not wait for each other
    for row in range(0, count - 1, 2):
        tally[0, differing[row]] += 1
        tally[1, differing[row + 1]] += 1
    if count % 2:
        tally[0, differing[count - 1]] += 1
    limit, below = 0, 0
    while limit < 1024 and below + tally[0, limit] + tally[1, limit] < keep:
        below += tally[0, limit] + tally[1, limit]
        limit += 1
    found = np.empty(min(count, keep), np.int64)
    place, spare = 0, found.shape[0] - below
    for row in range(count):
        own = differing[row]
        if own <= limit and (own < limit or spare > 0):
            found[place] = row
            place += 1
            spare -= own == limit
    return found[:place]


@njit(cache=True, nogil=True, boundscheck=False, fastmath=True)
def _products(numbers, scales, offsets, rows, wanted, scale, out):  # type: ignore[no-untyped-def]
    for place in range(rows.shape[0]):
        row = numbers[rows[place]]
        total = np.int32(0)
        for at in range(row.shape[0]):
            total += np.int32(row[at]) * np.int32(wanted[at])
        out[place] = np.float32(total) * scales[rows[place]] * scale + offsets[rows[place]]


def rotation(dimensions: int, *, seed: int = 20) -> Floats:
    """A random orthogonal matrix, the same for every process."""
    square = np.random.default_rng(seed).normal(size=(dimensions, dimensions))
    return np.linalg.qr(square)[0].astype(np.float32)


class NearestRows:
    """Rows in the order they were added. Not safe to share between threads while it changes."""

    def __init__(self, *, dimensions: int, capacity: int = 1024) -> None:
        if dimensions % WORD:
            raise ValueError(f"dimensions: {dimensions} is not a multiple of {WORD}.")
        self.dimensions = dimensions
        self.count = 0
        self._rotation = rotation(dimensions)
        self._mean: Floats | None = None
        self._signs = np.zeros((dimensions // WORD, capacity), np.uint64)
        self._numbers = np.zeros((capacity, dimensions), np.int8)
        self._scales = np.zeros(capacity, np.float32)
        self._offsets = np.zeros(capacity, np.float32)

    @property
    def bytes_used(self) -> int:
        return int(self._signs.nbytes + self._numbers.nbytes + 2 * self._scales.nbytes)

    def add(self, vectors: Floats) -> None:
        """The first call's rows give the mean: make it a large one."""
        start = self.count
        self._make_room(start + len(vectors))
        self.count = start + len(vectors)
        self.replace(np.arange(start, self.count), vectors)

    def replace(self, rows: NDArray[np.int64], vectors: Floats) -> None:
        if self._mean is None:
            self._mean = vectors.mean(axis=0)
        rest = vectors - self._mean
        self._signs[:, rows] = self._signs_of(rest).T
        self._numbers[rows], self._scales[rows] = _as_bytes(rest)
        self._offsets[rows] = rest @ self._mean

    def search(self, vector: Floats, *, count: int) -> tuple[NDArray[np.int64], Floats]:
        """Rows and their dot products with the vector, best first."""
        if self._mean is None:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        # vector · row = (vector - mean) · rest + mean · rest + vector · mean, where row = mean + rest
        rest = (vector - self._mean)[None, :]
        rows = self._candidates(rest, keep=self._kept(count))
        products = np.empty(len(rows), np.float32)
        numbers, scales = _as_bytes(rest)
        _products(self._numbers, self._scales, self._offsets, rows, numbers[0], scales[0], products)
        best = _largest(products, count=count)
        return rows[best], products[best] + vector @ self._mean

    def _kept(self, count: int) -> int:
        return min(self.count, max(MIN_KEPT, 4 * count, int(KEPT_SHARE * self.count)))

    def _candidates(self, rest: Floats, *, keep: int) -> NDArray[np.int64]:
        if keep >= self.count:
            return np.arange(self.count)
        differing = np.empty(self.count, np.uint16)
        _differing(self._signs, self._signs_of(rest)[0], self.count, differing)
        found: NDArray[np.int64] = _closest(differing, self.count, keep)
        return found

    def _signs_of(self, rest: Floats) -> NDArray[np.uint64]:
        return np.packbits(rest @ self._rotation > 0, axis=1).view(np.uint64)

    def _make_room(self, wanted: int) -> None:
        capacity = len(self._scales)
        if wanted <= capacity:
            return
        more = max(wanted, 2 * capacity if capacity < 100_000 else capacity + capacity // 4) - capacity
        self._signs = np.pad(self._signs, ((0, 0), (0, more)))
        self._numbers = np.pad(self._numbers, ((0, more), (0, 0)))
        self._scales = np.pad(self._scales, (0, more))
        self._offsets = np.pad(self._offsets, (0, more))


def _as_bytes(vectors: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Each row by its own largest number: what is 127 in the row, and what 1 stands for."""
    largest = np.abs(vectors).max(axis=1)
    scales = np.maximum(largest, np.float32(1e-12)) / np.float32(127)
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _largest(products: Floats, *, count: int) -> NDArray[np.int64]:
    count = min(count, len(products))
    best = np.argpartition(-products, count - 1)[:count]
    return best[np.argsort(-products[best], kind="stable")]
