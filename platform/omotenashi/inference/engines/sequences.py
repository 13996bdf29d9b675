"""What the engine keeps about requests and their candidates while they wait and decode."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

import torch

from omotenashi.inference.engines.kv_cache import RowCache
from omotenashi.inference.engines.sampling import Draw
from omotenashi.inference.engines.text import TextCodec
from omotenashi.inference.protocols import Completion, FinishReason, GenerationRequest, GenerationResult


@dataclass(frozen=True)
class Prefix:
    """A prefilled prompt: one row of a cache that several prompts may share."""

    cache: RowCache
    row: int
    pad: int
    logits: torch.Tensor


@dataclass(eq=False)
class Pending:
    """One request on its way: candidates are started one by one and gathered as they finish."""

    request: GenerationRequest
    prompt: tuple[int, ...]
    model_id: str
    future: Future[GenerationResult] = field(default_factory=Future)
    prefix: Prefix | None = None
    started: int = 0
    finished: dict[int, Completion] = field(default_factory=dict)
    since: float = field(default_factory=time.perf_counter)

    @property
    def has_more(self) -> bool:
        return self.started < self.request.candidates and not self.future.done()

    @property
    def longest(self) -> int:
        """Tokens a row of this request can reach."""
        return len(self.prompt) + self.request.max_new_tokens

    def start_next(self) -> Candidate:
        index, self.started = self.started, self.started + 1
        return Candidate(self, index=index)

    def finish(self, index: int, completion: Completion) -> None:
        self.finished[index] = completion
        if len(self.finished) == self.request.candidates:
            # Whoever asked may give up at this very moment.
            with suppress(InvalidStateError):
                self.future.set_result(self._result())

    def fail(self, error: Exception) -> None:
        with suppress(InvalidStateError):
            self.future.set_exception(error)

    def _result(self) -> GenerationResult:
        return GenerationResult(
            completions=tuple(self.finished[index] for index in range(self.request.candidates)),
            prompt_tokens=len(self.prompt),
            model_id=self.model_id,
            seconds=time.perf_counter() - self.since,
        )


class Candidate:
    """One completion being written."""

    def __init__(self, pending: Pending, *, index: int) -> None:
        self.pending = pending
        self.index = index
        self.seed = pending.request.seed + index
        self.tokens: list[int] = []
        self._random = random.Random(self.seed)
        self._logprob_sum = 0.0
        self._is_finished = False

    @property
    def is_done(self) -> bool:
        """Finished, or no longer wanted."""
        return self._is_finished or self.pending.future.done()

    @property
    def tokens_left(self) -> int:
        return self.pending.request.max_new_tokens - len(self.tokens)

    def draw(self) -> Draw:
        """One random number per token, so that a seed's text does not depend on its neighbours."""
        request = self.pending.request
        seen = (*self.pending.prompt, *self.tokens) if request.repetition_penalty != 1.0 else ()
        return Draw(
            temperature=request.temperature,
            top_p=request.top_p,
            top_k=request.top_k,
            repetition_penalty=request.repetition_penalty,
            uniform=self._random.random(),
            seen=seen,
        )

    def take(self, token: int, *, logprob: float, codec: TextCodec) -> None:
        """Append a token and finish where it ends the text."""
        self.tokens.append(token)
        self._logprob_sum += logprob
        request = self.pending.request
        if codec.is_end(token) or codec.ends_with_stop(self.tokens, stop=request.stop):
            self._finish("stop", codec=codec)
        elif len(self.tokens) >= request.max_new_tokens:
            self._finish("length", codec=codec)

    def _finish(self, reason: FinishReason, *, codec: TextCodec) -> None:
        self._is_finished = True
        completion = Completion(
            text=codec.text_of(self.tokens, after=self.pending.prompt, stop=self.pending.request.stop),
            finish_reason=reason,
            tokens=len(self.tokens),
            mean_logprob=self._logprob_sum / len(self.tokens),
            seed=self.seed,
        )
        self.pending.finish(self.index, completion)
