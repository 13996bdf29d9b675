"""Tests that may be looked at any time: few false winners, and true ones found."""

import numpy as np
import pytest

from personalization.mailings.engine.sequential import LEAST_PEOPLE, Group, compare, winner

ALPHA = 0.05
RUNS = 1_000
LOOKS = range(200, 20_001, 200)


def _simulated(*, shares: tuple[float, float], seed: int) -> np.ndarray:
    """Successes by run, look and group: each look comes after 100 people more in each group."""
    generator = np.random.default_rng(seed)
    chances = np.broadcast_to(np.array(shares), (RUNS, len(LOOKS), 2))
    return generator.binomial(100, chances).cumsum(axis=1)


def _found(successes: np.ndarray) -> float:
    """The share of runs in which some look was conclusive."""
    found = 0
    for run in successes:
        found += any(
            compare(Group(people // 2, int(a)), Group(people // 2, int(b)), alpha=ALPHA).is_conclusive
            for people, (a, b) in zip(LOOKS, run, strict=True)
        )
    return found / RUNS


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_a_hundred_looks_find_no_more_false_winners_than_promised(share: float) -> None:
    assert _found(_simulated(shares=(share, share), seed=7)) <= ALPHA


def test_the_usual_interval_would_be_wrong_several_times_as_often() -> None:
    """The control: the same looks with 1.96 standard errors."""
    successes = _simulated(shares=(0.3, 0.3), seed=7)
    people = np.array(LOOKS)[None, :] / 2
    shares = successes / people[..., None]
    errors = np.sqrt((shares * (1 - shares)).sum(axis=2) / people)
    wrong = (np.abs(shares[..., 0] - shares[..., 1]) > 1.96 * errors).any(axis=1).mean()
    assert wrong > 4 * ALPHA


def test_a_true_difference_is_found() -> None:
    assert _found(_simulated(shares=(0.30, 0.35), seed=8)) > 0.95


def test_the_interval_covers_the_truth_at_all_looks_at_once() -> None:
    successes = _simulated(shares=(0.10, 0.12), seed=9)
    missed = 0
    for run in successes:
        gaps = (
            compare(Group(people // 2, int(a)), Group(people // 2, int(b)), alpha=ALPHA)
            for people, (a, b) in zip(LOOKS, run, strict=True)
        )
        missed += any(not gap.low <= -0.02 <= gap.high for gap in gaps)
    assert missed / RUNS <= ALPHA


def test_few_people_conclude_nothing() -> None:
    few = LEAST_PEOPLE - 1
    gap = compare(Group(few, few), Group(few, 0))
    assert (gap.is_early, gap.is_conclusive) == (True, False)
    assert winner({"a": Group(few, few), "b": Group(few, 0)}) is None


def test_a_winner_is_better_than_each_other() -> None:
    poor, good = Group(5_000, 100), Group(5_000, 400)
    assert winner({"a": poor, "b": good, "c": poor}) == "b"
    assert winner({"a": poor, "b": good, "c": good}) is None
    assert winner({"a": good}) is None
