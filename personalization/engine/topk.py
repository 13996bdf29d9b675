"""The exact best k items of each row of vectors, by inner product. For nightly learning; not for serving.

1. A block of rows times a block of items, in bfloat16 where the processor has units for it: small enough that
   the scores stay in the core's cache.
2. One pass over the scores keeps those above each row's running threshold; what the row must not get is left
   out there. Items come longest first, so that thresholds rise early; a block of items too short to reach any
   row's threshold is not multiplied at all.
3. bfloat16 keeps 8 bits, so more than k are kept, and those are scored again in float32.

One process per core: two threads of torch in one process take each other's cache.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROWS_PER_BLOCK = 1024
ITEMS_PER_BLOCK = 1024
"""Two bytes a score: two MiB, a core's second cache."""
SPARE = 24
"""Kept beyond k, and half of k more: the true best stay among them though bfloat16 rounds."""
_CHUNK = 256
_PART = 32


@dataclass(frozen=True)
class Best:
    """Row by row, best first; -1 where fewer than k items are allowed."""

    items: NDArray[np.int32]
    scores: Floats


@dataclass(frozen=True)
class Excluded:
    """Row r must not get `items[start[r]:start[r + 1]]`, which ascend."""

    start: NDArray[np.int64]
    items: NDArray[np.int32]

    def of_rows(self, first: int, last: int) -> "Excluded":
        low, high = self.start[first], self.start[last]
        return Excluded(self.start[first : last + 1] - low, self.items[low:high])


def excluded_pairs(row: NDArray[Any], item: NDArray[Any], *, rows: int) -> Excluded:
    """From pairs in any order, told twice or not."""
    order = np.lexsort((item, row))
    counts = np.bincount(row, minlength=rows)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Excluded(start, item[order].astype(np.int32))


def nothing_excluded(rows: int) -> Excluded:
    return Excluded(np.zeros(rows + 1, dtype=np.int64), np.empty(0, dtype=np.int32))


class TopK:
    """Made once for the items; then asked for block after block of rows."""

    def __init__(self, items: Floats, *, threads: int = 1, bf16: bool | None = None) -> None:
        lengths = np.linalg.norm(items, axis=1)
        self._order = np.argsort(-lengths, kind="stable").astype(np.int32)
        self._count = len(items)
        self._items = np.zeros((-(-len(items) // _CHUNK) * _CHUNK, items.shape[1]), dtype=np.float32)
        self._items[: len(items)] = items[self._order]
        self._longest = lengths[self._order][::ITEMS_PER_BLOCK]
        self._product = _product(self._items, threads=threads, bf16=has_bf16() if bf16 is None else bf16)

    @property
    def is_bf16(self) -> bool:
        return isinstance(self._product, _Bf16)

    def best(self, rows: Floats, *, k: int, excluded: Excluded | None = None) -> Best:
        left_out = excluded or nothing_excluded(len(rows))
        items = np.full((len(rows), k), -1, dtype=np.int32)
        scores = np.full((len(rows), k), -np.inf, dtype=np.float32)
        for first in range(0, len(rows), ROWS_PER_BLOCK):
            last = min(first + ROWS_PER_BLOCK, len(rows))
            kept = self._kept(rows[first:last], k=k, excluded=left_out.of_rows(first, last))
            _rerank(rows[first:last], self._items, kept, self._order, items[first:last], scores[first:last])
        return Best(items, scores)

    def _kept(self, rows: Floats, *, k: int, excluded: Excluded) -> NDArray[np.int32]:
        """The places of the best by rough score, -1 where there are fewer, in no order."""
        keep = min(k + k // 2 + SPARE if self.is_bf16 else k, self._count)
        places = np.full((len(rows), keep), -1, dtype=np.int32)
        keys = np.full((len(rows), keep), np.iinfo(np.int32).min, dtype=np.int32)
        reach = np.linalg.norm(rows, axis=1)
        lowest = np.full(len(rows), -np.inf, dtype=np.float32)
        start, items = self._places(excluded)
        for number, (first, scores) in enumerate(self._product.blocks(rows)):
            if number and (reach * self._longest[number] * self._product.slack < lowest).all():
                break
            tiles = scores().reshape(len(rows), -1, _CHUNK)
            _scan(tiles, first, self._count, keys, places, start, items)
            lowest = self._product.score_of(keys[:, 0])
        return places

    def _places(self, excluded: Excluded) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        place = np.empty_like(self._order)
        place[self._order] = np.arange(len(self._order), dtype=np.int32)
        row = np.repeat(np.arange(len(excluded.start) - 1), np.diff(excluded.start))
        again = excluded_pairs(row, place[excluded.items], rows=len(excluded.start) - 1)
        return again.start, again.items


def has_bf16() -> bool:
    """Whether the processor multiplies bfloat16 by itself; emulated, it is slower than float32."""
    import torch  # late: no web process may load it

    return bool(torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()) and (
        bool(torch.cpu._is_amx_tile_supported()) or bool(torch.cpu._is_avx512_bf16_supported())
    )


class _Bf16:
    slack = 1.02
    """Rounding lengthens a score by less than this."""

    def __init__(self, items: Floats, *, threads: int) -> None:
        import torch  # late: no web process may load it

        torch.set_num_threads(threads)
        self._torch = torch
        self._items = torch.from_numpy(items).bfloat16()

    def blocks(self, rows: Floats) -> Iterator[tuple[int, Any]]:
        torch = self._torch
        left = torch.from_numpy(np.ascontiguousarray(rows)).bfloat16()
        out = torch.empty(len(rows) * ITEMS_PER_BLOCK, dtype=torch.bfloat16)
        for first in range(0, len(self._items), ITEMS_PER_BLOCK):
            block = self._items[first : first + ITEMS_PER_BLOCK]
            room = out[: len(rows) * len(block)].view(len(rows), len(block))

            def scores(block: Any = block, room: Any = room) -> NDArray[np.int16]:
                torch.mm(left, block.T, out=room)
                found: NDArray[np.int16] = room.view(torch.int16).numpy()
                return found

            yield first, scores

    def score_of(self, keys: NDArray[np.int32]) -> Floats:
        bits = np.where(keys < 0, keys ^ 0x7FFF, keys).astype(np.int16).astype(np.int32) << 16
        return np.where(keys == np.iinfo(np.int32).min, -np.inf, bits.view(np.float32)).astype(np.float32)


class _Float32:
    slack = 1.0001

    def __init__(self, items: Floats) -> None:
        self._items = items

    def blocks(self, rows: Floats) -> Iterator[tuple[int, Any]]:
        for first in range(0, len(self._items), ITEMS_PER_BLOCK):
            block = self._items[first : first + ITEMS_PER_BLOCK]

            def scores(block: Floats = block) -> NDArray[np.int32]:
                return np.ascontiguousarray(rows @ block.T).view(np.int32)

            yield first, scores

    def score_of(self, keys: NDArray[np.int32]) -> Floats:
        bits = np.where(keys < 0, keys ^ 0x7FFFFFFF, keys).astype(np.int32)
        return np.where(keys == np.iinfo(np.int32).min, -np.inf, bits.view(np.float32)).astype(np.float32)


def _product(items: Floats, *, threads: int, bf16: bool) -> "_Bf16 | _Float32":
    return _Bf16(items, threads=threads) if bf16 else _Float32(items)


# A float's bits, read as a whole number, keep the order of those not below 0; below 0 the order is turned by
# flipping all bits but the sign. So the hot loop compares whole numbers, 16 of two bytes in one instruction.
@numba.njit(nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _scan(scores: Any, first: int, count: int, keys: Any, places: Any, start: Any, items: Any) -> None:
    """`scores`: row, chunk, column. Places from `count` on are padding."""
    for row in range(scores.shape[0]):
        for chunk in range(scores.shape[1]):
            top = scores[row, chunk, 0]
            for column in range(_CHUNK):
                score = scores[row, chunk, column]
                if score > top:
                    top = score
            if keys[row, 0] < 0 or top > keys[row, 0]:
                place = first + chunk * _CHUNK
                own = items[start[row] : start[row + 1]]
                _take(scores[row, chunk], place, count, keys[row], places[row], own)


@numba.njit(nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _take(scores: Any, first: int, count: int, keys: Any, places: Any, excluded: Any) -> None:
    turn = 0x7FFF if scores.itemsize == 2 else 0x7FFFFFFF
    for low in range(0, _CHUNK, _PART):
        if keys[0] >= 0:
            least = keys[0]
            above = 0
            for column in range(_PART):
                above += scores[low + column] > least
            if above == 0:
                continue
        for column in range(low, low + _PART):
            key = np.int32(scores[column])
            if key < 0:
                key = np.int32(key ^ turn)
            if key > keys[0] and first + column < count and not _holds(excluded, first + column):
                _replace_least(keys, places, key, first + column)


@numba.njit(nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _holds(items: Any, wanted: int) -> bool:
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        if items[middle] < wanted:
            low = middle + 1
        elif items[middle] > wanted:
            high = middle
        else:
            return True
    return False


@numba.njit(nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _replace_least(keys: Any, places: Any, key: int, place: int) -> None:
    """The least of a row stands first, as in any binary heap."""
    at = 0
    size = len(keys)
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], places[at] = keys[child], places[child]
        at = child
    keys[at], places[at] = key, place


@numba.njit(nogil=True, boundscheck=False, fastmath=True)  # type: ignore[untyped-decorator]
def _rerank(rows: Any, items: Any, kept: Any, order: Any, best: Any, best_scores: Any) -> None:
    """Scores what was kept in float32 and writes the best k in order; ties go to the lower number."""
    found = np.empty(kept.shape[1], dtype=np.float32)
    names = np.empty(kept.shape[1], dtype=np.int32)
    k = best.shape[1]
    for row in range(rows.shape[0]):
        count = 0
        for place in kept[row]:
            if place >= 0:
                total = np.float32(0)
                for column in range(rows.shape[1]):
                    total += rows[row, column] * items[place, column]
                name = order[place]
                at = count
                while at > 0 and (found[at - 1] < total or (found[at - 1] == total and names[at - 1] > name)):
                    found[at], names[at] = found[at - 1], names[at - 1]
                    at -= 1
                found[at], names[at] = total, name
                count += 1
        for at in range(min(k, count)):
            best[row, at], best_scores[row, at] = names[at], found[at]
