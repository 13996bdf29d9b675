"""Sampling on distributions whose right answer is known."""

import math
from collections import Counter
from dataclasses import replace

import pytest
import torch

from omotenashi.inference.engines.sampling import Draw, choose

SHARES = (0.4, 0.3, 0.2, 0.1)
PLAIN = Draw(temperature=1.0, top_p=1.0, top_k=0, repetition_penalty=1.0, uniform=0.5)


def row(*shares: float) -> torch.Tensor:
    return torch.tensor([[math.log(share) for share in shares]])


def drawn(logits: torch.Tensor, draw: Draw, *, times: int = 400) -> dict[int, float]:
    """How often each token comes for evenly spread random numbers."""
    draws = [replace(draw, uniform=(step + 0.5) / times) for step in range(times)]
    tokens, _ = choose(logits.repeat(times, 1), draws)
    return {token: count / times for token, count in sorted(Counter(tokens).items())}


def test_it_draws_each_token_as_often_as_it_is_likely() -> None:
    assert drawn(row(*SHARES), PLAIN) == pytest.approx(dict(enumerate(SHARES)))


def test_it_takes_the_likeliest_at_temperature_zero() -> None:
    assert drawn(row(0.2, 0.3, 0.5), replace(PLAIN, temperature=0.0)) == {2: 1.0}


def test_it_sharpens_with_a_low_temperature() -> None:
    weights = [share**2 for share in SHARES]
    expected = {token: weight / sum(weights) for token, weight in enumerate(weights)}
    assert drawn(row(*SHARES), replace(PLAIN, temperature=0.5)) == pytest.approx(expected, abs=0.005)


def test_it_keeps_the_smallest_set_that_reaches_top_p() -> None:
    assert drawn(row(*SHARES), replace(PLAIN, top_p=0.65)) == pytest.approx({0: 4 / 7, 1: 3 / 7}, abs=0.005)


def test_it_keeps_one_token_at_least() -> None:
    assert drawn(row(*SHARES), replace(PLAIN, top_p=0.01)) == {0: 1.0}


def test_it_applies_top_k_before_top_p() -> None:
    only_two = drawn(row(*SHARES), replace(PLAIN, top_k=2, top_p=0.9))
    assert only_two == pytest.approx({0: 4 / 7, 1: 3 / 7}, abs=0.005)


@pytest.mark.parametrize("size", [100, 1_000, 5_000, 30_000])
def test_it_reaches_every_token_of_a_flat_distribution(size: int) -> None:
    draws = [replace(PLAIN, top_p=top_p, uniform=0.9999999) for top_p in (1.0, 0.9)]
    tokens, _ = choose(-torch.arange(size, dtype=torch.float32).repeat(2, 1) * 1e-7, draws)
    assert tokens[0] == size - 1
    assert tokens[1] == pytest.approx(0.9 * size, rel=0.02)


def test_it_makes_seen_tokens_less_likely() -> None:
    logits = torch.tensor([[2.0, 1.5, -1.0]])
    tokens, _ = choose(logits, [replace(PLAIN, temperature=0.0, repetition_penalty=2.0, seen=(0, 2))])
    assert tokens == [1]
    assert logits.tolist() == [[2.0, 1.5, -1.0]]


def test_it_tells_the_models_own_log_probability_whatever_the_settings() -> None:
    draw = replace(PLAIN, temperature=0.1, top_k=1, repetition_penalty=1.5, seen=(3,))
    _, logprobs = choose(row(*SHARES), [draw])
    assert logprobs == pytest.approx([math.log(0.4)])


def test_it_gives_each_row_its_own_settings() -> None:
    draws = [
        replace(PLAIN, temperature=0.0),
        replace(PLAIN, uniform=0.999),
        replace(PLAIN, uniform=0.999, top_k=2),
    ]
    tokens, _ = choose(row(*SHARES).repeat(3, 1), draws)
    assert tokens == [0, 3, 1]
