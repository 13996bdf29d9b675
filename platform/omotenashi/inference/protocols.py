"""What an app may ask of a language model or an embedder, and what it gets back; no engine lives here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from omotenashi.errors import FieldError, InvalidInput

Role = Literal["system", "user", "assistant"]
PromptStyle = Literal["chat", "few-shot"]
FinishReason = Literal["stop", "length"]

ROLES: tuple[Role, ...] = ("system", "user", "assistant")
MAX_CANDIDATES = 512
MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Role
    content: str

    def __post_init__(self) -> None:
        _require(self.role in ROLES, "role", f"must be one of {', '.join(ROLES)}, not {self.role!r}")


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt and how to sample its candidates; exactly one of prompt and messages is given."""

    prompt: str = ""
    """Raw text the model continues: few-shot prompts of base models."""
    messages: tuple[Message, ...] = ()
    """A chat, rendered with the model's own template."""
    max_new_tokens: int = 128
    """Tokens per candidate at most; the prompt and these must fit the context length."""
    temperature: float = 0.8
    """0 is greedy: always the likeliest token."""
    top_p: float = 0.95
    """Sample among the likeliest tokens that together hold this probability; 1 is all."""
    top_k: int = 0
    """Sample among this many likeliest tokens; 0 is all."""
    repetition_penalty: float = 1.0
    """Above 1 makes tokens of the prompt and of the text so far less likely."""
    stop: tuple[str, ...] = ()
    """The text ends before the first of these; they are not part of it."""
    seed: int = 0
    """Candidate i is drawn with seed + i."""
    candidates: int = 1
    """Completions drawn from this one prompt; they share its prefill."""

    def __post_init__(self) -> None:
        _require(
            bool(self.prompt) != bool(self.messages),
            "prompt",
            "give exactly one of prompt and messages",
        )
        _require(self.max_new_tokens >= 1, "max_new_tokens", "must be at least 1")
        _require(0.0 <= self.temperature <= 2.0, "temperature", "must be between 0 and 2")
        _require(0.0 < self.top_p <= 1.0, "top_p", "must be above 0 and at most 1")
        _require(self.top_k >= 0, "top_k", "must be 0 (off) or more")
        _require(0.0 < self.repetition_penalty <= 5.0, "repetition_penalty", "must be above 0 and at most 5")
        _require(not isinstance(self.stop, str), "stop", "must be a tuple of strings, not one string")
        _require(all(self.stop), "stop", "an empty string would stop every text at once")
        _require(
            1 <= self.candidates <= MAX_CANDIDATES, "candidates", f"must be between 1 and {MAX_CANDIDATES}"
        )
        _require(
            0 <= self.seed <= MAX_SEED - self.candidates, "seed", "must be a 63-bit number, not negative"
        )


@dataclass(frozen=True)
class Completion:
    """One candidate text."""

    text: str
    finish_reason: FinishReason
    tokens: int
    """Tokens generated for it, the closing one included."""
    mean_logprob: float | None
    """Mean log-probability the model itself (temperature 1, no filters) gave them; None if unknown."""
    seed: int


@dataclass(frozen=True)
class GenerationResult:
    """All candidates of one request, in the order of their seeds."""

    completions: tuple[Completion, ...]
    prompt_tokens: int
    model_id: str
    seconds: float
    """From the call to the last candidate, waiting in the queue included."""


class LanguageModel(Protocol):
    """A loaded model; safe to share between threads."""

    @property
    def model_id(self) -> str: ...

    @property
    def prompt_style(self) -> PromptStyle: ...

    @property
    def context_length(self) -> int: ...

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        """Answer all, in order; blocks, and is batched with the calls of other threads."""
        ...

    def close(self) -> None:
        """Free the model; calls still waiting end with an error."""
        ...


class Embedder(Protocol):
    """Turns texts into unit-length vectors; queries and passages are told apart where the model does so."""

    @property
    def model_id(self) -> str: ...

    @property
    def dimensions(self) -> int: ...

    def embed_queries(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """One row per text a shopper types."""
        ...

    def embed_passages(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """One row per text that is to be found."""
        ...


def _require(condition: bool, field: str, detail: str) -> None:
    if not condition:
        raise InvalidInput(f"{field}: {detail}", errors=[FieldError("invalid", detail, f"#/{field}")])
