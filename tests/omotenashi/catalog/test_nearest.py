"""The index of vectors in memory, on data whose right answer is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from omotenashi.catalog.engine.nearest import NearestRows

Floats = NDArray[np.float32]


def unit(rows: Floats) -> Floats:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def alike(count: int, *, seed: int) -> Floats:
    """As text models make them: all point much the same way, in overlapping clusters."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).normal(size=(60, 384))
    own = rng.normal(size=(count, 384))
    return unit((centres[rng.integers(0, 60, count)] + own) / 384**0.5 + 0.1)


def nearest_of(rows: Floats, query: Floats, *, count: int) -> list[int]:
    return [int(row) for row in np.argsort(-(rows @ query), kind="stable")[:count]]


def index_of(rows: Floats) -> NearestRows:
    index = NearestRows(dimensions=384, capacity=8)
    for start in range(0, len(rows), 2000):
        index.add(rows[start : start + 2000])
    return index


def test_it_finds_a_row_itself_first() -> None:
    rows = alike(5000, seed=1)
    index = index_of(rows)
    assert [int(index.search(rows[n], count=1)[0][0]) for n in range(0, 5000, 250)] == list(
        range(0, 5000, 250)
    )


def test_it_finds_nearly_all_of_the_ten_nearest() -> None:
    rows, queries = alike(8000, seed=2), alike(100, seed=3)
    index = index_of(rows)
    kept = [
        len(set(index.search(q, count=15)[0].tolist()) & set(nearest_of(rows, q, count=10))) for q in queries
    ]
    assert np.mean(kept) / 10 >= 0.95


def test_it_gives_the_true_products_within_a_thousandth() -> None:
    rows = alike(500, seed=4)
    found, products = index_of(rows).search(rows[7], count=20)
    np.testing.assert_allclose(products, rows[found] @ rows[7], atol=2e-3)
    assert list(products) == sorted(products, reverse=True)


def test_it_follows_a_row_that_changed() -> None:
    rows = alike(3000, seed=5)
    index, other = index_of(rows), unit(-rows[:1])
    index.replace(np.array([42]), other)
    assert int(index.search(other[0], count=1)[0][0]) == 42
    assert 42 not in index.search(rows[42], count=10)[0]


@pytest.mark.parametrize(("rows", "wanted"), [(0, 0), (1, 1), (3, 3), (500, 10)])
def test_it_gives_as_many_as_there_are(rows: int, wanted: int) -> None:
    index = NearestRows(dimensions=384)
    if rows:
        index.add(alike(rows, seed=6))
    found, products = index.search(alike(1, seed=7)[0], count=10)
    assert len(found) == len(products) == len(set(found.tolist())) == wanted


def test_it_refuses_a_size_that_leaves_bits_over() -> None:
    with pytest.raises(ValueError, match="multiple of 64"):
        NearestRows(dimensions=100)
