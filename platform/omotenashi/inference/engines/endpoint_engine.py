"""A model behind any OpenAI-compatible server: vLLM, SGLang, llama.cpp, or this package's own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai

from omotenashi.errors import FieldError, InvalidInput, OmotenashiError
from omotenashi.inference.engines.text import cut_at_stop
from omotenashi.inference.errors import EndpointFailed, ModelClosed
from omotenashi.inference.presets import Preset
from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle

MAX_CONNECTIONS = 32
"""Requests under way at once: the server batches them."""


class EndpointModel:
    """Sends each request as one call, and more calls where the server gives fewer candidates than asked."""

    def __init__(
        self, client: openai.OpenAI, *, preset: Preset, prompt_style: PromptStyle, context_length: int
    ) -> None:
        self.model_id = preset.name
        self.prompt_style = prompt_style
        self.context_length = context_length
        self._client = client
        self._preset = preset
        self._pool = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix=f"endpoint-{preset.name}")
        self._is_closed = threading.Event()

    @classmethod
    def of(cls, preset: Preset) -> EndpointModel:
        client = openai.OpenAI(
            base_url=preset.base_url,
            # Servers of one's own often want no key, yet the client insists on one.
            api_key=os.environ.get(preset.api_key_env) or "none",
            timeout=preset.timeout_seconds,
            max_retries=preset.max_retries,
        )
        return cls(
            client, preset=preset, prompt_style=preset.prompt_style, context_length=preset.context_length
        )

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        try:
            answers = [self._pool.submit(self._answer, request) for request in requests]
        except RuntimeError as error:  # the pool is shut down
            raise ModelClosed(f"{self.model_id} is shut down.") from error
        return [answer.result() for answer in answers]

    def close(self) -> None:
        self._is_closed.set()
        self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, request: GenerationRequest) -> GenerationResult:
        began = time.perf_counter()
        completions: list[Completion] = []
        prompt_tokens = 0
        while len(completions) < request.candidates:
            answer = self._ask(request, done=len(completions))
            if not answer.choices:
                raise EndpointFailed(f"{self.model_id}: the server at {self._preset.base_url} sent no text.")
            prompt_tokens = answer.usage.prompt_tokens if answer.usage else prompt_tokens
            wanted = answer.choices[: request.candidates - len(completions)]
            for choice in wanted:
                completions.append(_completion(choice, answer, request, index=len(completions)))
        return GenerationResult(
            tuple(completions), prompt_tokens, self.model_id, seconds=time.perf_counter() - began
        )

    def _ask(self, request: GenerationRequest, *, done: int) -> Any:
        """One call; a chat and a completion answer in shapes that differ only within a choice."""
        settings = {**_settings(request, done=done), "model": self._preset.model}
        try:
            if request.messages:
                turns: Any = [{"role": turn.role, "content": turn.content} for turn in request.messages]
                return self._client.chat.completions.create(messages=turns, logprobs=True, **settings)
            return self._client.completions.create(prompt=request.prompt, logprobs=0, **settings)
        except (openai.OpenAIError, RuntimeError) as error:  # httpx raises RuntimeError once closed
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> OmotenashiError:
        where = f"{self.model_id}: the server at {self._preset.base_url}"
        match error:
            case _ if self._is_closed.is_set():
                return ModelClosed(f"{self.model_id} was shut down before it answered.")
            case openai.BadRequestError() | openai.UnprocessableEntityError():
                return InvalidInput(
                    f"{where} refused the request: {error.message}",
                    errors=[FieldError("refused", error.message, f"#/{error.param or ''}")],
                )
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return EndpointFailed(f"{where} wants another key: set {self._preset.api_key_env}.")
            case openai.NotFoundError():
                return EndpointFailed(
                    f"{where} knows no model {self._preset.model!r}: check base_url and model."
                )
            case openai.APITimeoutError():
                return EndpointFailed(
                    f"{where} did not answer within {self._preset.timeout_seconds:g} seconds."
                )
            case openai.APIConnectionError():
                return EndpointFailed(f"{where} cannot be reached: is it running?")
            case _:
                return EndpointFailed(f"{where} failed: {error}")


def _settings(request: GenerationRequest, *, done: int) -> dict[str, Any]:
    """Only what differs from a server's defaults, where not every server knows the field."""
    extra: dict[str, Any] = {}
    if request.top_k:
        extra["top_k"] = request.top_k
    if request.repetition_penalty != 1.0:
        extra["repetition_penalty"] = request.repetition_penalty
    return {
        "max_tokens": request.max_new_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "n": request.candidates - done,
        "seed": request.seed + done,
        "stop": list(request.stop) or None,
        "extra_body": extra or None,
    }


def _completion(choice: Any, answer: Any, request: GenerationRequest, *, index: int) -> Completion:
    text = choice.message.content if request.messages else choice.text
    tokens, mean_logprob = _counts(choice, answer, request)
    return Completion(
        # Again here: some servers leave the stop text in, or take only four of them.
        text=cut_at_stop(text or "", stop=request.stop),
        finish_reason="length" if choice.finish_reason == "length" else "stop",
        tokens=tokens,
        mean_logprob=mean_logprob,
        seed=request.seed + index,
    )


def _counts(choice: Any, answer: Any, request: GenerationRequest) -> tuple[int, float | None]:
    """Tokens and mean log-probability: our own server says them, others give a log-probability per token."""
    own = (choice.model_extra or {}).get("omotenashi")
    if own:
        return int(own["tokens"]), own["mean_logprob"]
    logprobs: list[float] = []
    if choice.logprobs and request.messages:
        logprobs = [token.logprob for token in choice.logprobs.content or []]
    elif choice.logprobs:
        logprobs = [value for value in choice.logprobs.token_logprobs or [] if value is not None]
    if logprobs:
        return len(logprobs), sum(logprobs) / len(logprobs)
    total = answer.usage.completion_tokens if answer.usage else 0
    return round(total / len(answer.choices)), None
