"""Reads the body of an OpenAI-style request into a GenerationRequest; every refusal names its field."""

from __future__ import annotations

import random
from typing import Any, NoReturn

from omotenashi.errors import FieldError, InvalidInput
from omotenashi.inference.protocols import GenerationRequest, Message

# Sent by common clients, without effect on the text here.
_IGNORED = frozenset({"model", "stream", "logprobs", "top_logprobs", "user", "echo"})
_READ = frozenset(
    {
        "messages", "prompt", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k",
        "repetition_penalty", "n", "seed", "stop",
    }
)  # fmt: skip


def generation_request(body: dict[str, Any], *, is_chat: bool) -> GenerationRequest:
    unknown = sorted(set(body) - _IGNORED - _READ)
    if unknown:
        _refuse(unknown[0], "is not supported here.")
    if body.get("stream"):
        _refuse("stream", "is not supported here: leave it out or false.")
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    return GenerationRequest(
        prompt="" if is_chat else _text(body, "prompt"),
        messages=_messages(body) if is_chat else (),
        max_new_tokens=_whole(body, limit, default=128),
        temperature=_number(body, "temperature", default=1.0),
        top_p=_number(body, "top_p", default=1.0),
        top_k=_whole(body, "top_k", default=0),
        repetition_penalty=_number(body, "repetition_penalty", default=1.0),
        stop=_stop(body),
        seed=_whole(body, "seed", default=random.getrandbits(31)),
        candidates=_whole(body, "n", default=1),
    )


def _messages(body: dict[str, Any]) -> tuple[Message, ...]:
    turns = body.get("messages")
    if not isinstance(turns, list) or not turns:
        _refuse("messages", "must be a list of at least one message.")
    return tuple(_message(turn, index=index) for index, turn in enumerate(turns))


def _message(turn: object, *, index: int) -> Message:
    if not isinstance(turn, dict) or not isinstance(turn.get("content"), str):
        _refuse(f"messages/{index}", "must be an object with role and a content of text.")
    return Message(role=turn.get("role", ""), content=turn["content"])


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str):
        _refuse(field, "must be one text.")
    return value


def _stop(body: dict[str, Any]) -> tuple[str, ...]:
    value = body.get("stop")
    values = [value] if isinstance(value, str) else value or []
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        _refuse("stop", "must be a text or a list of texts.")
    return tuple(values)


def _number(body: dict[str, Any], field: str, *, default: float) -> float:
    value = body.get(field)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(field, "must be a number.")
    return float(value)


def _whole(body: dict[str, Any], field: str, *, default: int) -> int:
    value = body.get(field)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(field, "must be a whole number.")
    return value


def _refuse(field: str, problem: str) -> NoReturn:
    raise InvalidInput(f"{field}: {problem}", errors=[FieldError("invalid", problem, f"#/{field}")])
