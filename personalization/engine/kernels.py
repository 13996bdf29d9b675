"""The inner loops of learning, compiled by numba at their first call. Plain loops over arrays, no objects.

Imported late by those who call them: compiling takes a second or two, and no web process needs it.
"""

import os
from pathlib import Path
from typing import Any

import numba
import numpy as np

from personalization.engine.topk import CHUNK

PART = 32
# Kept beside this file where that can be written: the next process need not compile again.
_COMPILE: dict[str, Any] = {"nogil": True, "cache": os.access(Path(__file__).parent, os.W_OK)}


# A float's bits, read as a whole number, keep the order of those not below 0; below 0 the order is turned by
# flipping all bits but the sign. So the hot loop compares whole numbers, 16 of two bytes in one instruction.
@numba.njit(**_COMPILE)
def scan(scores: Any, first: int, count: int, keys: Any, places: Any, start: Any, items: Any) -> None:
    """`scores`: row, chunk, column. Places from `count` on are padding."""
    for row in range(scores.shape[0]):
        for chunk in range(scores.shape[1]):
            top = scores[row, chunk, 0]
            for column in range(CHUNK):
                score = scores[row, chunk, column]
                if score > top:
                    top = score
            if keys[row, 0] < 0 or top > keys[row, 0]:
                place = first + chunk * CHUNK
                own = items[start[row] : start[row + 1]]
                take(scores[row, chunk], place, count, keys[row], places[row], own)


@numba.njit(**_COMPILE)
def take(scores: Any, first: int, count: int, keys: Any, places: Any, excluded: Any) -> None:
    turn = 0x7FFF if scores.itemsize == 2 else 0x7FFFFFFF
    for low in range(0, CHUNK, PART):
        if keys[0] >= 0:
            least = keys[0]
            above = 0
            for column in range(PART):
                above += scores[low + column] > least
            if above == 0:
                continue
        for column in range(low, low + PART):
            key = np.int32(scores[column])
            if key < 0:
                key = np.int32(key ^ turn)
            if key > keys[0] and first + column < count and not holds(excluded, first + column):
                replace_least(keys, places, key, first + column)


@numba.njit(**_COMPILE)
def holds(items: Any, wanted: int) -> bool:
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


@numba.njit(**_COMPILE)
def replace_least(keys: Any, places: Any, key: Any, place: int) -> None:
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


@numba.njit(fastmath=True, **_COMPILE)
def rerank(rows: Any, items: Any, kept: Any, order: Any, best: Any, best_scores: Any) -> None:
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


@numba.njit(**_COMPILE)
def best_partners(
    groups_at: Any, groups: Any, products_at: Any, products: Any, shrinkage: float, keep: int, least: int
) -> Any:
    count = len(groups_at) - 1
    start = np.zeros(count + 1, dtype=np.int64)
    partner = np.empty(count * min(keep, count), dtype=np.int32)
    score = np.empty(len(partner), dtype=np.float64)
    together = np.empty(len(partner), dtype=np.int32)
    seen = np.zeros(count, dtype=np.int32)
    touched = np.empty(count, dtype=np.int32)
    for product in range(count):
        size = 0
        for at in range(groups_at[product], groups_at[product + 1]):
            group = groups[at]
            for place in range(products_at[group], products_at[group + 1]):
                other = products[place]
                if seen[other] == 0:
                    touched[size] = other
                    size += 1
                seen[other] += 1
        own = groups_at[product + 1] - groups_at[product]
        first = start[product]
        taken = 0
        for at in range(size):
            other = touched[at]
            both = seen[other]
            seen[other] = 0
            if other != product and both >= least:
                theirs = groups_at[other + 1] - groups_at[other]
                value = both / np.sqrt(float(own) * theirs) * both / (both + shrinkage)
                # Inserted where it belongs among the best so far; a hundred are kept, so this stays short.
                place = taken
                while place > 0 and (
                    score[first + place - 1] < value
                    or (score[first + place - 1] == value and partner[first + place - 1] > other)
                ):
                    place -= 1
                if place < keep:
                    taken = min(taken + 1, keep)
                    for move in range(taken - 1, place, -1):
                        score[first + move] = score[first + move - 1]
                        partner[first + move] = partner[first + move - 1]
                        together[first + move] = together[first + move - 1]
                    score[first + place], partner[first + place] = value, other
                    together[first + place] = both
        start[product + 1] = first + taken
    end = start[count]
    return start, partner[:end].copy(), score[:end].copy(), together[:end].copy()


@numba.njit(fastmath=True, **_COMPILE)
def add_rows(indptr: Any, indices: Any, data: Any, dense: Any, out: Any) -> None:
    for row in range(out.shape[0]):
        for at in range(indptr[row], indptr[row + 1]):
            weight = data[at]
            source = dense[indices[at]]
            for column in range(out.shape[1]):
                out[row, column] += weight * source[column]
