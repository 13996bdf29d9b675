"""The exact best k items of each row of vectors, by inner product. For nightly learning; not for serving.

1. A block of rows times a block of items, in bfloat16 where the processor has units for it: small enough that
   the scores stay in the core's cache.
2. One pass over the scores keeps those above each row's running threshold; what the row must not get is left
   out there. Items come longest first, so that thresholds rise early; a block of items too short to reach any
   row's threshold is not multiplied at all.
3. bfloat16 keeps 8 bits, so more than k are kept, and those are scored again in float32.

A thread of ours takes a whole block of rows and uses one thread inside: products small enough for a core's
cache are too small to be shared out.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROWS_PER_BLOCK = 1024
ITEMS_PER_BLOCK = 1024
"""Two bytes a score: two MiB, a core's second cache."""
SPARE = 24
"""Kept beyond k, and half of k more: the true best stay among them though bfloat16 rounds."""
CHUNK = 256
"""Items come in whole chunks of this, which the compiled loop looks at together."""


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
        self._items = np.zeros((-(-len(items) // CHUNK) * CHUNK, items.shape[1]), dtype=np.float32)
        self._items[: len(items)] = items[self._order]
        self._longest = lengths[self._order][::ITEMS_PER_BLOCK]
        self._threads = threads
        self._product = _product(self._items, bf16=has_bf16() if bf16 is None else bf16)

    @property
    def is_bf16(self) -> bool:
        return isinstance(self._product, _Bf16)

    def best(self, rows: Floats, *, k: int, excluded: Excluded | None = None) -> Best:
        from personalization.engine.kernels import rerank  # late: it compiles, and only workers need it

        left_out = excluded or nothing_excluded(len(rows))
        items = np.full((len(rows), k), -1, dtype=np.int32)
        scores = np.full((len(rows), k), -np.inf, dtype=np.float32)

        def answer(first: int) -> None:
            own = slice(first, min(first + ROWS_PER_BLOCK, len(rows)))
            kept = self._kept(rows[own], k=k, excluded=left_out.of_rows(own.start, own.stop))
            rerank(rows[own], self._items, kept, self._order, items[own], scores[own])

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(answer, range(0, len(rows), ROWS_PER_BLOCK)))
        return Best(items, scores)

    def _kept(self, rows: Floats, *, k: int, excluded: Excluded) -> NDArray[np.int32]:
        """The places of the best by rough score, -1 where there are fewer, in no order."""
        from personalization.engine.kernels import scan  # late: it compiles, and only workers need it

        keep = min(k + k // 2 + SPARE if self.is_bf16 else k, self._count)
        places = np.full((len(rows), keep), -1, dtype=np.int32)
        keys = np.full((len(rows), keep), np.iinfo(np.int32).min, dtype=np.int32)
        reach = np.linalg.norm(rows, axis=1)
        lowest = np.full(len(rows), -np.inf, dtype=np.float32)
        start, items = self._places(excluded)
        for number, (first, scores) in enumerate(self._product.blocks(rows)):
            if number and (reach * self._longest[number] * self._product.slack < lowest).all():
                break
            tiles = scores().reshape(len(rows), -1, CHUNK)
            scan(tiles, first, self._count, keys, places, start, items)
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

    return bool(torch.cpu._is_amx_tile_supported()) or bool(torch.cpu._is_avx512_bf16_supported())


class _Bf16:
    slack = 1.02
    """Rounding lengthens a score by less than this."""

    def __init__(self, items: Floats) -> None:
        import torch  # late: no web process may load it

        torch.set_num_threads(1)  # each thread of ours is one core's
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


def _product(items: Floats, *, bf16: bool) -> "_Bf16 | _Float32":
    return _Bf16(items) if bf16 else _Float32(items)
