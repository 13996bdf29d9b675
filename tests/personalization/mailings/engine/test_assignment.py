"""Assignment by hash: sticky, even, and independent from one test to the next."""

from collections import Counter

import pytest

from personalization.mailings.engine.assignment import Variant, is_held_out, share_of, variant_of

PEOPLE = [f"guest{number}@mail.example" for number in range(20_000)]
EVEN = [Variant("a"), Variant("b")]


def test_it_is_the_same_for_ever() -> None:
    """Written down: a change here would move people of running tests."""
    assert variant_of("guest1@mail.example", salt="campaign-1", variants=EVEN) == "a"
    assert f"{share_of('guest1@mail.example', salt='campaign-1'):.6f}" == "0.662517"


def test_weights_are_kept() -> None:
    variants = [Variant("a", 1), Variant("b", 3), Variant("none", 0)]
    counts = Counter(variant_of(one, salt="s", variants=variants) for one in PEOPLE)
    assert counts["none"] == 0
    assert abs(counts["b"] / len(PEOPLE) - 0.75) < 0.015


def test_the_hold_out_has_its_size_and_only_grows() -> None:
    small = {one for one in PEOPLE if is_held_out(one, salt="s", percent=5)}
    large = {one for one in PEOPLE if is_held_out(one, salt="s", percent=10)}
    assert abs(len(small) / len(PEOPLE) - 0.05) < 0.008
    assert small < large


def test_two_tests_are_independent() -> None:
    both = Counter(
        (variant_of(one, salt="s1", variants=EVEN), variant_of(one, salt="s2", variants=EVEN))
        for one in PEOPLE
    )
    assert all(abs(count / len(PEOPLE) - 0.25) < 0.015 for count in both.values())


def test_the_hold_out_is_independent_of_the_variants() -> None:
    held = [one for one in PEOPLE if is_held_out(one, salt="s", percent=20)]
    counts = Counter(variant_of(one, salt="s", variants=EVEN) for one in held)
    assert abs(counts["a"] / len(held) - 0.5) < 0.03


@pytest.mark.parametrize("variants", [[Variant("a", 0)], [Variant("a", 2), Variant("b", -1)]])
def test_weights_that_leave_nobody_are_refused(variants: list[Variant]) -> None:
    with pytest.raises(ValueError, match="weight"):
        variant_of("x", salt="s", variants=variants)
