"""Mixing repeats with what is new, and placing promotions: values alone."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.engine.mixing import mixed
from personalization.engine.promoting import Wish, granted, place

IDS = [UUID(int=number) for number in range(40)]


@given(st.lists(st.sampled_from(IDS), unique=True), st.sets(st.sampled_from(IDS)), st.floats(0.05, 0.95))
def test_it_mixes_every_beginning_of_the_list(ranked: list[UUID], owned: set[UUID], share: float) -> None:
    """As long as both kinds last, the count of repeats is never a whole place off its share."""
    found = mixed(ranked, owned=owned, share=share)
    assert sorted(found) == sorted(ranked)
    for kind in (owned, set(IDS) - owned):
        assert [own for own in found if own in kind] == [own for own in ranked if own in kind]
    repeats = sum(own in owned for own in ranked)
    for length in range(1, len(found) + 1):
        taken = sum(own in owned for own in found[:length])
        if taken < repeats and length - taken < len(ranked) - repeats:
            assert abs(taken - share * length) <= 1


def test_it_gives_an_even_place_to_the_better_one() -> None:
    a, b, c, d = IDS[:4]
    assert mixed([a, b, c, d], owned={c, d}, share=0.5) == [a, c, b, d]
    assert mixed([c, d, a, b], owned={c, d}, share=0.5) == [c, a, d, b]


@pytest.mark.parametrize(("wished", "spacing", "expected"), [
    ([(1, "P")], 0, "Pabcd"),
    ([(3, "P")], 0, "abPcd"),
    ([(1, "P"), (1, "Q")], 0, "PQabc"),
    ([(1, "P"), (1, "Q")], 1, "PaQbc"),
    ([(1, "P"), (2, "Q")], 3, "PabcQ"),
    ([(1, "P"), (2, "Q")], 4, "Pabcd"),
    ([(5, "P")], 0, "abcdP"),
])  # fmt: skip
def test_it_places_promotions_where_they_may_stand(
    wished: list[tuple[int, str]], spacing: int, expected: str
) -> None:
    assert "".join(place(list("abcdefg"), wished, count=5, spacing=spacing)) == expected


def test_it_follows_the_end_of_a_short_list() -> None:
    assert place(["a"], [(4, "P"), (5, "Q")], count=5, spacing=0) == ["a", "P", "Q"]
    assert place(["a"], [(4, "P"), (5, "Q")], count=5, spacing=1) == ["a", "P"]
    assert place([], [(4, "P")], count=5, spacing=9) == ["P"]


def test_it_grants_each_product_once_and_no_more_than_the_quota() -> None:
    a, b, c = IDS[:3]
    wishes = [Wish(b, 4), Wish(a, 1), Wish(a, 2), Wish(c, 11)]
    assert [wish.product_id for wish in granted(wishes, count=10, quota=None)] == [a, b]
    assert [wish.product_id for wish in granted(wishes, count=10, quota=1)] == [a]
    assert granted(wishes, count=10, quota=0) == []
