"""Keys and values of prompts read before: a prompt that begins like one of them is read from where they part.

Drafts of one brand share their rules and examples, so nearly all of a prompt is old when it comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from omotenashi.inference.engines.kv_cache import RowCache

Tokens = tuple[int, ...]
LEAST_SHARED = 48
"""Tokens: sharing less saves less than the copy costs."""


@dataclass(frozen=True)
class Known:
    """One prompt that was read: its tokens, and its row of a cache, of its own."""

    tokens: Tokens
    cache: RowCache


class Prefixes:
    """The prompts read last, within a number of tokens; the least used goes first."""

    def __init__(self, *, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._known: OrderedDict[Tokens, Known] = OrderedDict()

    def longest(self, prompt: Tokens) -> tuple[Known | None, int]:
        """What shares the most with the prompt, and how much: never all, as the last token has to be read."""
        found, shared = None, LEAST_SHARED - 1
        for known in self._known.values():
            common = _common(known.tokens, prompt, least=shared)
            if common > shared:
                found, shared = known, common
        if found is None:
            return None, 0
        self._known.move_to_end(found.tokens)
        return found, min(shared, len(prompt) - 1)

    def keep(self, tokens: Tokens, cache: RowCache, *, row: int, pad: int) -> None:
        """Copy one row out of a batch's cache: kept whole, it would hold its neighbours' memory too."""
        if len(tokens) > self._max_tokens or len(tokens) < LEAST_SHARED or tokens in self._known:
            return
        self._known[tokens] = Known(tokens, cache.row(row, start=pad, end=pad + len(tokens)))
        while sum(map(len, self._known)) > self._max_tokens:
            self._known.popitem(last=False)


def _common(one: Tokens, other: Tokens, *, least: int) -> int:
    """Tokens both begin with; 0 at once where that cannot exceed `least`."""
    size = min(len(one), len(other))
    if size <= least or one[: least + 1] != other[: least + 1]:
        return 0
    low, high = least + 1, size
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def shared_beginning(prompts: Sequence[Tokens]) -> Tokens:
    """What all of them begin with."""
    first = prompts[0]
    size = min((_common(first, other, least=0) for other in prompts[1:]), default=len(first))
    return first[:size]


def begun(known: RowCache, *, lengths: Sequence[int], room: int) -> RowCache:
    """A cache whose rows all begin like the known row, each with so many of its tokens, ending together.

    The rows of a batch end on the right. A shorter prompt therefore keeps fewer of the known tokens and reads
    the rest again beside its own, and no row gets a hole in the middle:

        known   |pppppppp|
        row 0   |pppppppp|ssssssss|
        row 1   |..pppppp|ppssssss|
    """
    return RowCache.begun(known, lengths=torch.tensor(list(lengths)), room=room)
