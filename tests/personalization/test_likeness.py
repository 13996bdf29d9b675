"""How alike texts are: what is kept never tells less than the vectors do."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from personalization.engine.diversity import Kind
from personalization.engine.vectors import cosines
from personalization.selectors import likeness
from personalization.selectors.edition import Product
from personalization.selectors.likeness import Texts

MODEL = "embedder"


def product(seed: int, *, model: str | None = MODEL) -> Product:
    own = uuid4()
    vector = np.random.default_rng(seed).normal(size=8).astype(np.float32)
    return Product(
        own, str(seed), "", Decimal(1), "EUR", "", "", "", [], "", None, {model: vector} if model else {},
        Kind(own, "", ""),
    )  # fmt: skip


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True), min_size=1, max_size=6),
    st.integers(2, 40),
)
def test_it_says_the_greatest_cosine_whatever_was_asked_before(batches: list[list[int]], most: int) -> None:
    """Also where there is no room for all, and the matrix begins again."""
    before = likeness.MOST_ROWS
    likeness.MOST_ROWS = most
    try:
        texts = Texts()
        for numbers in batches:
            listed = {n: product(n) for n in numbers}
            seeds: dict[int | UUID, Product] = {own.id: own for own in (product(100 + numbers[0]),)}
            found = texts.of({**listed, **seeds}).greatest(numbers, others=list(seeds))
            rows = np.stack([own.vectors[MODEL] for own in listed.values()])
            others = np.stack([own.vectors[MODEL] for own in seeds.values()])
            assert abs(found - cosines(rows, others).max()) < 1e-5
    finally:
        likeness.MOST_ROWS = before


def test_a_product_without_a_vector_is_like_nothing() -> None:
    known = Texts().of({1: product(1), 2: product(2, model=None)})
    assert known.greatest([2], others=[1]) == -1.0


def test_two_embedders_are_never_compared_and_anything_may_be_alike() -> None:
    texts = Texts()
    assert texts.of({1: product(1), 2: product(2)}).greatest([1], others=[2]) < 1.0
    assert texts.of({3: product(3, model="another")}).greatest([1], others=[2]) == 1.0
