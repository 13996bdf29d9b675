"""Chooses the next token of each row: temperature, top-k, top-p and repetition penalty, per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

# A nucleus is small nearly always: sorting 262 144 logits costs 30 ms a row, the top 128 less than 1 ms.
_WIDTHS = (128, 2048, 16_384)


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
    totals = _log_totals(logits, warmth=[1.0] * len(draws))
    tokens = [int(adjusted[row].argmax()) if draw.temperature == 0 else -1 for row, draw in enumerate(draws)]
    sampled = [row for row, draw in enumerate(draws) if draw.temperature > 0]
    if sampled:
        for row, token in _sample(adjusted, draws, rows=sampled).items():
            tokens[row] = token
    chosen = logits.gather(1, torch.tensor(tokens, device=logits.device)[:, None])[:, 0]
    return tokens, (chosen - totals).tolist()


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


def _log_totals(logits: torch.Tensor, *, warmth: Sequence[float]) -> torch.Tensor:
    """The logarithm of what each row's probabilities are divided by."""
    if logits.device.type != "cpu":
        return (logits / torch.tensor(warmth, device=logits.device)[:, None]).logsumexp(-1)
    # Row by row stays in the CPU's cache: half the time of one call over 32 rows of 262 144.
    totals = [
        (row if warm == 1.0 else row / warm).logsumexp(-1) for row, warm in zip(logits, warmth, strict=True)
    ]
    return torch.stack(totals)


def _sample(logits: torch.Tensor, draws: Sequence[Draw], *, rows: Sequence[int]) -> dict[int, int]:
    """Try the few likeliest tokens first; widen for the rows whose nucleus may reach further."""
    warmth = torch.tensor([draws[row].temperature for row in rows], dtype=torch.float64)
    part = logits if len(rows) == len(draws) else logits.index_select(0, _index(rows, like=logits))
    totals = _log_totals(part, warmth=warmth.tolist()).double().cpu()
    tokens: dict[int, int] = {}
    for width in (*_WIDTHS, logits.shape[1]):
        places = [place for place, row in enumerate(rows) if row not in tokens]
        if not places:
            break
        left = part if len(places) == len(rows) else part.index_select(0, _index(places, like=part))
        values, ids = (each.cpu() for each in left.topk(min(width, logits.shape[1])))
        shares = (values.double() / warmth[places, None] - totals[places, None]).exp().numpy()
        for place, row_shares, row_ids in zip(places, shares, ids.numpy(), strict=True):
            pick = _from_nucleus(row_shares, draws[rows[place]], is_all=len(row_ids) == logits.shape[1])
            if pick is not None:
                tokens[rows[place]] = int(row_ids[pick])
    return tokens


def _index(places: Sequence[int], *, like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(places, device=like.device)


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
