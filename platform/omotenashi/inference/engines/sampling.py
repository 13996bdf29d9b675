"""Chooses the next token of each row: temperature, top-k, top-p and repetition penalty, per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

# A nucleus is small nearly always: sorting 262 144 logits costs 30 ms a row, the top 128 less than 1 ms.
_WIDTHS = (128, 2048)


@dataclass(frozen=True)
class Draw:
    """How one row is sampled, and its random number for this token."""

    temperature: float
    top_p: float
    top_k: int
    repetition_penalty: float
    uniform: float
    seen: Sequence[int] = ()
    """Tokens the penalty applies to; may be left empty where it is 1."""


def choose(logits: torch.Tensor, draws: Sequence[Draw]) -> tuple[list[int], list[float]]:
    """Tokens, and the log-probability the model gave them before any of the row's settings."""
    adjusted = _penalised(logits, draws)
    tokens = _greedy(adjusted, draws)
    sampled = [row for row, draw in enumerate(draws) if draw.temperature > 0]
    if sampled:
        rows = torch.tensor(sampled, device=logits.device)
        warmth = torch.tensor([draws[row].temperature for row in sampled], device=logits.device)
        scaled = adjusted.index_select(0, rows) / warmth[:, None]
        for row, token in zip(sampled, _sample(scaled, [draws[row] for row in sampled]), strict=True):
            tokens[row] = token
    chosen = torch.tensor(tokens, device=logits.device)[:, None]
    logprobs = logits.gather(1, chosen)[:, 0] - logits.logsumexp(-1)
    return tokens, logprobs.tolist()


def _penalised(logits: torch.Tensor, draws: Sequence[Draw]) -> torch.Tensor:
    if all(draw.repetition_penalty == 1.0 for draw in draws):
        return logits
    adjusted = logits.clone()
    for row, draw in enumerate(draws):
        if draw.repetition_penalty != 1.0:
            seen = torch.tensor(sorted(set(draw.seen)), device=logits.device)
            values = adjusted[row, seen]
            penalty = draw.repetition_penalty
            adjusted[row, seen] = torch.where(values < 0, values * penalty, values / penalty)
    return adjusted


def _greedy(logits: torch.Tensor, draws: Sequence[Draw]) -> list[int]:
    """The likeliest token of each row; skipped where no row wants it."""
    if all(draw.temperature > 0 for draw in draws):
        return [0] * len(draws)
    likeliest: list[int] = logits.argmax(-1).tolist()
    return likeliest


def _sample(scaled: torch.Tensor, draws: Sequence[Draw]) -> list[int]:
    """Try the few likeliest tokens first; widen for the rows whose nucleus may reach further."""
    totals = scaled.logsumexp(-1, keepdim=True)
    tokens: list[int | None] = [None] * len(draws)
    for width in (*_WIDTHS, scaled.shape[1]):
        open_rows = [row for row, token in enumerate(tokens) if token is None]
        if not open_rows:
            break
        rows = torch.tensor(open_rows, device=scaled.device)
        values, ids = scaled.index_select(0, rows).topk(min(width, scaled.shape[1]))
        shares = (values - totals.index_select(0, rows)).double().exp().cpu().numpy()
        ids_here = ids.cpu().numpy()
        for place, row in enumerate(open_rows):
            is_all = shares.shape[1] == scaled.shape[1]
            pick = _from_nucleus(shares[place], draws[row], is_all=is_all)
            tokens[row] = None if pick is None else int(ids_here[place, pick])
    return [token for token in tokens if token is not None]


def _from_nucleus(shares: NDArray[np.float64], draw: Draw, *, is_all: bool) -> int | None:
    """The place drawn among probabilities in falling order; None if they do not reach far enough."""
    kept = shares
    if draw.top_k:
        if draw.top_k > len(shares) and not is_all:
            return None
        kept = shares[: draw.top_k] / shares[: draw.top_k].sum()
    reach = np.cumsum(kept)
    if draw.top_p < 1.0:
        if reach[-1] < draw.top_p and not (is_all or draw.top_k):
            return None
        reach = reach[: int(np.searchsorted(reach, draw.top_p)) + 1]
    elif not (is_all or draw.top_k):
        return None
    return min(int(np.searchsorted(reach, draw.uniform * reach[-1], side="right")), len(reach) - 1)
