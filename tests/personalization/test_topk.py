"""The best k of each row against plain sorting, with ties, exclusions and both kinds of arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.engine.topk import Excluded, TopK, excluded_pairs, has_bf16, nothing_excluded

KINDS = [False, pytest.param(True, marks=pytest.mark.skipif(not has_bf16(), reason="no bfloat16 units"))]


def sorted_scores(rows: np.ndarray, items: np.ndarray, *, k: int, excluded: Excluded) -> list[list[float]]:
    found = []
    for number, scores in enumerate(rows @ items.T):
        own = excluded.items[excluded.start[number] : excluded.start[number + 1]]
        allowed = np.delete(scores, own)
        found.append(np.sort(allowed)[::-1][:k].tolist())
    return found


@pytest.mark.parametrize("bf16", KINDS)
@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 700), st.integers(1, 20)),
    k=st.integers(1, 30),
    values=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_finds_what_plain_sorting_finds(
    bf16: bool, shape: tuple[int, int, int], k: int, values: int, seed: int
) -> None:
    """Small whole numbers: every score is exact in both kinds, and ties are everywhere."""
    draw = np.random.default_rng(seed)
    count, products, width = shape
    rows = draw.integers(-values, values + 1, (count, width)).astype(np.float32)
    items = draw.integers(-values, values + 1, (products, width)).astype(np.float32)
    pairs = draw.integers(0, 3 * count)
    excluded = excluded_pairs(draw.integers(0, count, pairs), draw.integers(0, products, pairs), rows=count)
    best = TopK(items, bf16=bf16).best(rows, k=k, excluded=excluded)
    for number, right in enumerate(sorted_scores(rows, items, k=k, excluded=_once(excluded))):
        own = best.items[number][best.items[number] >= 0]
        assert best.scores[number][: len(own)].tolist() == right
        assert (rows[number] @ items[own].T).tolist() == right
        assert len(set(own.tolist())) == len(own)
        assert not set(own.tolist()) & set(
            excluded.items[excluded.start[number] : excluded.start[number + 1]]
        )


@pytest.mark.parametrize("bf16", KINDS)
def test_it_agrees_with_float32_though_it_multiplies_in_bfloat16(bf16: bool) -> None:
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(1_500, 64)).astype(np.float32)
    items = draw.normal(size=(9_000, 64)).astype(np.float32) * draw.gamma(2.0, size=(9_000, 1))
    best = TopK(items.astype(np.float32), bf16=bf16).best(rows, k=20)
    right = np.argsort(-(rows @ items.T.astype(np.float32)), axis=1)[:, :20]
    shared = [
        len({*mine} & {*theirs}) for mine, theirs in zip(best.items.tolist(), right.tolist(), strict=True)
    ]
    assert np.mean(shared) / 20 >= 0.999


@pytest.mark.parametrize("bf16", KINDS)
def test_it_finds_the_least_bad_when_every_score_is_below_zero(bf16: bool) -> None:
    rows = np.ones((3, 4), dtype=np.float32)
    items = -np.arange(1, 301, dtype=np.float32)[:, None] * np.ones((1, 4), dtype=np.float32)
    assert TopK(items, bf16=bf16).best(rows, k=3).items.tolist() == [[0, 1, 2]] * 3


def test_it_says_when_fewer_items_are_allowed_than_wanted() -> None:
    best = TopK(np.eye(3, dtype=np.float32), bf16=False).best(
        np.ones((1, 3), dtype=np.float32), k=5, excluded=excluded_pairs(np.array([0]), np.array([1]), rows=1)
    )
    assert best.items.tolist() == [[0, 2, -1, -1, -1]]
    assert np.isinf(best.scores[0, 2:]).all()


def test_it_leaves_nothing_out_where_nothing_is_excluded() -> None:
    assert nothing_excluded(3).of_rows(1, 3).start.tolist() == [0, 0, 0]


def _once(excluded: Excluded) -> Excluded:
    rows = np.repeat(np.arange(len(excluded.start) - 1), np.diff(excluded.start))
    pairs = np.unique(np.stack([rows, excluded.items]), axis=1)
    return excluded_pairs(pairs[0], pairs[1], rows=len(excluded.start) - 1)
