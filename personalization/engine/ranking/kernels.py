"""Compiled inner loops: sparse products for chosen pairs, and the best few of each row."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]


@njit(cache=True, nogil=True)
def product_at_pairs(rows, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, pair_ptr, pair_col, columns):  # type: ignore[no-untyped-def]
    """(A @ B)[rows[i], pair_col[j]] for each j of row i's span in `pair_ptr`; A and B are CSR."""
    out = np.zeros(len(pair_col), dtype=np.float32)
    total = np.zeros(columns, dtype=np.float32)
    for i in range(len(rows)):
        row = rows[i]
        for a in range(a_ptr[row], a_ptr[row + 1]):
            weight, middle = a_val[a], a_idx[a]
            for b in range(b_ptr[middle], b_ptr[middle + 1]):
                total[b_idx[b]] += weight * b_val[b]
        for j in range(pair_ptr[i], pair_ptr[i + 1]):
            out[j] = total[pair_col[j]]
        for a in range(a_ptr[row], a_ptr[row + 1]):
            middle = a_idx[a]
            for b in range(b_ptr[middle], b_ptr[middle + 1]):
                total[b_idx[b]] = 0.0
    return out


@njit(cache=True, nogil=True)
def _insert(found, score, kept, column, value):  # type: ignore[no-untyped-def]
    """Puts a column in its place among the `kept` best, behind its equals; answers how many there are now."""
    limit = len(found)
    place = kept if kept < limit else limit - 1
    while place > 0 and score[place - 1] < value:
        score[place] = score[place - 1]
        found[place] = found[place - 1]
        place -= 1
    score[place] = value
    found[place] = column
    return min(kept + 1, limit)


@njit(cache=True, nogil=True)
def product_top(rows, a_ptr, a_idx, a_val, b_ptr, b_idx, b_val, columns, limit, not_ptr, not_idx):  # type: ignore[no-untyped-def]
    """The `limit` best columns above 0 of each row of A @ B, best first; -1 where there are fewer.

    Row i's columns in `not_idx[not_ptr[i]:not_ptr[i + 1]]` are left out.
    """
    found = np.full((len(rows), limit), -1, dtype=np.int64)
    score = np.zeros((len(rows), limit), dtype=np.float32)
    total = np.zeros(columns, dtype=np.float32)
    touched = np.empty(columns, dtype=np.int64)
    for i in range(len(rows)):
        row, count = rows[i], 0
        for a in range(a_ptr[row], a_ptr[row + 1]):
            weight, middle = a_val[a], a_idx[a]
            for b in range(b_ptr[middle], b_ptr[middle + 1]):
                column = b_idx[b]
                if total[column] == 0.0:
                    touched[count] = column
                    count += 1
                total[column] += weight * b_val[b]
                if total[column] == 0.0:
                    total[column] = 1e-30
        for n in range(not_ptr[i], not_ptr[i + 1]):
            if total[not_idx[n]] != 0.0:
                total[not_idx[n]] = 1e-30
        kept = 0
        for t in range(count):
            column = touched[t]
            value = total[column]
            total[column] = 0.0
            if value <= 1e-29 or (kept == limit and value <= score[i, limit - 1]):
                continue
            kept = _insert(found[i], score[i], kept, column, value)
    return found, score


@njit(cache=True, nogil=True)
def first_allowed(product, score, limit, not_ptr, not_idx):  # type: ignore[no-untyped-def]
    """The first `limit` of each row that are not in its sorted span of `not_idx`; -1 fills up."""
    found = np.full((len(product), limit), -1, dtype=np.int64)
    value = np.zeros((len(product), limit), dtype=np.float32)
    for i in range(len(product)):
        kept, left_out = 0, not_idx[not_ptr[i] : not_ptr[i + 1]]
        for j in range(product.shape[1]):
            if kept == limit or product[i, j] < 0:
                break
            place = np.searchsorted(left_out, product[i, j])
            if place < len(left_out) and left_out[place] == product[i, j]:
                continue
            found[i, kept], value[i, kept] = product[i, j], score[i, j]
            kept += 1
    return found, value


@njit(cache=True, nogil=True)
def nearest_owned(rows, own_ptr, own_idx, own_val, vectors, pair_ptr, pair_col, most):  # type: ignore[no-untyped-def]
    """By pair: the largest and the weighted mean similarity to the row's own products (at most `most`).

    `vectors` are unit rows; a product is not compared with itself.
    """
    best = np.zeros(len(pair_col), dtype=np.float32)
    mean = np.zeros(len(pair_col), dtype=np.float32)
    dimensions = vectors.shape[1]
    for i in range(len(rows)):
        start, end = own_ptr[rows[i]], own_ptr[rows[i] + 1]
        end = min(end, start + most)
        for j in range(pair_ptr[i], pair_ptr[i + 1]):
            column = pair_col[j]
            top, total, weights = np.float32(0.0), np.float32(0.0), np.float32(1e-9)
            for a in range(start, end):
                other = own_idx[a]
                if other == column:
                    continue
                dot = np.float32(0.0)
                for d in range(dimensions):
                    dot += vectors[column, d] * vectors[other, d]
                weights += own_val[a]
                total += own_val[a] * dot
                top = max(top, dot)
            best[j] = top
            mean[j] = total / weights
    return best, mean


@njit(cache=True, nogil=True)
def best_of_rows(scores, limit):  # type: ignore[no-untyped-def]
    """The `limit` best columns above 0 of each dense row, best first, the lower column first among equals."""
    found = np.full((len(scores), limit), -1, dtype=np.int64)
    value = np.zeros((len(scores), limit), dtype=np.float32)
    for i in range(len(scores)):
        kept = 0
        for column in range(scores.shape[1]):
            score = scores[i, column]
            if score <= 0.0 or (kept == limit and score <= value[i, limit - 1]):
                continue
            kept = _insert(found[i], value[i], kept, column, score)
    return found, value


@njit(cache=True, nogil=True)
def places_in_rows(score, start):  # type: ignore[no-untyped-def]
    """Each entry's place in its row, 0 for the highest score; the earlier first among equals."""
    place = np.empty(len(score), dtype=np.float32)
    for i in range(len(start) - 1):
        order = np.argsort(-score[start[i] : start[i + 1]], kind="mergesort")
        for number in range(len(order)):
            place[start[i] + order[number]] = number
    return place
