"""The rows that decode together: prompts are prefilled, candidates join, step and leave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from omotenashi.inference.engines.kv_cache import RowCache
from omotenashi.inference.engines.prefixes import (
    LEAST_SHARED,
    Known,
    Prefixes,
    Tokens,
    begun,
    shared_beginning,
)
from omotenashi.inference.engines.sampling import choose
from omotenashi.inference.engines.sequences import Candidate, Pending, Prefix
from omotenashi.inference.engines.text import TextCodec


class Batch:
    """Rows share one cache; a finished row stays, ignored, until it is worth copying the others together."""

    def __init__(self, model: Any, *, codec: TextCodec, device: torch.device, prefix_tokens: int = 0) -> None:
        # `model` is transformers' and untyped.
        self._model = model
        self._codec = codec
        self._device = device
        self.rows: list[Candidate] = []
        self._pads: list[int] = []
        self._cache = RowCache()
        self._prefixes = Prefixes(max_tokens=prefix_tokens)

    @property
    def live(self) -> list[Candidate]:
        return [row for row in self.rows if not row.is_done]

    def prefill(self, pendings: Sequence[Pending]) -> None:
        """Read all prompts, each different one once, and of each only what no earlier prompt began with."""
        prompts = list(dict.fromkeys(pending.prompt for pending in pendings))
        self._learn_beginning(prompts)
        read: dict[Tokens, Prefix] = {}
        for group, known, shared in self._by_beginning(prompts):
            read.update(self._read(group, known=known, shared=shared))
        for pending in pendings:
            pending.prefix = read[pending.prompt]

    def _learn_beginning(self, prompts: Sequence[Tokens]) -> None:
        """Newcomers that begin alike: the beginning is read first, alone, for all of them."""
        new = [prompt for prompt in prompts if self._prefixes.longest(prompt)[0] is None]
        alike: dict[Tokens, list[Tokens]] = {}
        for prompt in new:
            alike.setdefault(prompt[:LEAST_SHARED], []).append(prompt)
        for group in alike.values():
            beginning = shared_beginning(group)
            if len(group) > 1 and len(beginning) >= LEAST_SHARED:
                self._read([beginning], known=None, shared=0)

    def _by_beginning(self, prompts: Sequence[Tokens]) -> Iterator[tuple[list[Tokens], Known | None, int]]:
        """Prompts that go on from the same known one, and how much of it the longest of them takes."""
        groups: dict[Tokens, list[tuple[Tokens, Known | None, int]]] = {}
        for prompt in prompts:
            known, shared = self._prefixes.longest(prompt)
            groups.setdefault(known.tokens if known else (), []).append((prompt, known, shared))
        for group in groups.values():
            members, known = [prompt for prompt, _, _ in group], group[0][1]
            shared = min(shared for _, _, shared in group)
            # A much shorter prompt would keep nothing of the known tokens: it is read whole.
            spread = max(map(len, members)) - min(map(len, members))
            yield (members, known, shared) if known and spread < shared else (members, None, 0)

    def _read(self, prompts: Sequence[Tokens], *, known: Known | None, shared: int) -> dict[Tokens, Prefix]:
        """One forward call for all of them, from where they leave the known tokens."""
        longest = max(map(len, prompts))
        pads = [longest - len(prompt) for prompt in prompts]
        if known:
            cache = begun(known.cache, lengths=[shared - pad for pad in pads], room=longest - shared)
            ids = [list(prompt[shared - pad :]) for prompt, pad in zip(prompts, pads, strict=True)]
        else:
            cache = RowCache()
            ids = [[0] * pad + list(prompt) for prompt, pad in zip(prompts, pads, strict=True)]
        logits = self._forward(torch.tensor(ids), cache=cache, pads=pads)
        for row, prompt in enumerate(prompts):
            if not known or len(prompt) - shared >= LEAST_SHARED:
                self._prefixes.keep(prompt, cache, row=row, pad=pads[row])
        return {
            prompt: Prefix(cache, row=row, pad=pads[row], logits=logits[row])
            for row, prompt in enumerate(prompts)
        }

    def join(self, candidates: Sequence[Candidate]) -> None:
        """Draw each newcomer's first token, drop rows that are done, and put the rest together."""
        prefixes = [_prefix(candidate) for candidate in candidates]
        self._take(candidates, logits=torch.stack([prefix.logits for prefix in prefixes]))
        self.compact(
            [(new, prefix) for new, prefix in zip(candidates, prefixes, strict=True) if not new.is_done]
        )
        for pending in {candidate.pending for candidate in candidates if not candidate.pending.has_more}:
            pending.prefix = None  # frees the prompts' cache

    def step(self) -> None:
        """One token for every row."""
        last = torch.tensor([[row.tokens[-1]] for row in self.rows])
        self._take(self.rows, logits=self._forward(last, cache=self._cache, pads=self._pads))

    def compact(self, newcomers: Sequence[tuple[Candidate, Prefix]] = ()) -> None:
        """Copy the rows still decoding, and newcomers, into a new cache without needless padding.

        A row holds its prompt and all tokens but the last, which is the next step's input.
        """
        kept = [place for place, row in enumerate(self.rows) if not row.is_done]
        parts = [(self._cache, self._index(kept))] if kept else []
        rows, lengths = (
            [self.rows[place] for place in kept],
            [self._cache.length - self._pads[place] for place in kept],
        )
        for cache in dict.fromkeys(prefix.cache for _, prefix in newcomers):
            here = [(row, prefix) for row, prefix in newcomers if prefix.cache is cache]
            parts.append((cache, self._index([prefix.row for _, prefix in here])))
            rows += [row for row, _ in here]
            lengths += [cache.length - prefix.pad for _, prefix in here]
        longest = max(lengths, default=0)
        self.rows, self._pads = rows, [longest - length for length in lengths]
        room = max((row.tokens_left for row in rows), default=0)
        self._cache = RowCache.of(parts, length=longest, room=room) if parts else RowCache()

    def _index(self, places: Sequence[int]) -> torch.Tensor:
        return torch.tensor(places, dtype=torch.long, device=self._device)

    def _take(self, candidates: Sequence[Candidate], *, logits: torch.Tensor) -> None:
        live = [place for place, row in enumerate(candidates) if not row.is_done]
        if not live:
            return
        chosen = logits if len(live) == len(candidates) else logits.index_select(0, self._index(live))
        tokens, logprobs = choose(chosen, [candidates[place].draw() for place in live])
        for place, token, logprob in zip(live, tokens, logprobs, strict=True):
            candidates[place].take(token, logprob=logprob, codec=self._codec)

    def _forward(self, ids: torch.Tensor, *, cache: RowCache, pads: Sequence[int]) -> torch.Tensor:
        """Logits after the last token of each row."""
        start = cache.length
        places = torch.arange(start + ids.shape[1], device=self._device)
        left = torch.tensor(pads, device=self._device)[:, None]
        output = self._model(
            input_ids=ids.to(self._device),
            attention_mask=(places >= left).long(),
            position_ids=(places[start:] - left).clamp(min=0),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits


def _prefix(candidate: Candidate) -> Prefix:
    prefix = candidate.pending.prefix
    assert prefix is not None, "a candidate joins only after its prompt's prefill"
    return prefix
