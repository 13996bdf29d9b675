"""Between text and tokens: prompts in, completions out, and nothing in a text acts as a control token."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Sequence
from typing import Any

from omotenashi.errors import FieldError, InvalidInput
from omotenashi.inference.protocols import GenerationRequest, Message

_TAIL = 4
"""Prompt tokens decoded with the completion: some tokenizers drop a leading space otherwise."""


class TextCodec:
    """One tokenizer with its end tokens."""

    def __init__(self, tokenizer: Any, *, end_tokens: Collection[int]) -> None:
        # `tokenizer` is transformers' and untyped.
        self._tokenizer = tokenizer
        self._end_tokens = frozenset(end_tokens)
        self._control = _control_tokens(tokenizer)
        # Callers encode while the engine decodes, and a tokenizer's settings are not made for two threads.
        self._lock = threading.Lock()

    def prompt_of(self, request: GenerationRequest) -> tuple[int, ...]:
        try:
            with self._lock:
                ids = self._chat(request.messages) if request.messages else self._plain(request.prompt)
        except UnicodeEncodeError as error:
            detail = "prompt: holds a lone surrogate, which is no text; clean it first."
            raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/prompt")]) from error
        if not ids:
            detail = "prompt: holds no text the model can read."
            raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/prompt")])
        return ids

    def is_end(self, token: int) -> bool:
        return token in self._end_tokens

    def ends_with_stop(self, tokens: Sequence[int], *, stop: Sequence[str]) -> bool:
        """Looks at the tail only: a character takes four tokens at most."""
        if not stop:
            return False
        tail = self._decode(tokens[-(4 * max(map(len, stop)) + 8) :])
        return any(each in tail for each in stop)

    def text_of(self, tokens: Sequence[int], *, after: Sequence[int], stop: Sequence[str]) -> str:
        before = self._decode(after[-_TAIL:])
        joined = self._decode([*after[-_TAIL:], *tokens])
        text = joined[len(before) :] if joined.startswith(before) else self._decode(tokens)
        return cut_at_stop(text, stop=stop)

    def _chat(self, messages: Sequence[Message]) -> tuple[int, ...]:
        if not getattr(self._tokenizer, "chat_template", None):
            detail = "messages: this model knows no chat; give a prompt to continue instead."
            raise InvalidInput(detail, errors=[FieldError("no_chat", detail, "#/messages")])
        turns = [{"role": turn.role, "content": self._harmless(turn.content)} for turn in messages]
        text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _plain(self, prompt: str) -> tuple[int, ...]:
        return tuple(self._tokenizer(self._harmless(prompt))["input_ids"])

    def _harmless(self, text: str) -> str:
        """Without control tokens; again until none is left, as removing one may put another together."""
        while True:
            cleaned = self._control.sub("", text)
            if cleaned == text:
                return text
            text = cleaned

    def _decode(self, tokens: Sequence[int]) -> str:
        with self._lock:
            text: str = self._tokenizer.decode(
                list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        return text


def _control_tokens(tokenizer: Any) -> re.Pattern[str]:
    added = tokenizer.added_tokens_decoder.values()
    texts = {token.content for token in added if token.special} | set(tokenizer.all_special_tokens)
    return re.compile("|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) or r"(?!)")


def cut_at_stop(text: str, *, stop: Sequence[str]) -> str:
    places = [place for place in (text.find(each) for each in stop) if place >= 0]
    return text[: min(places)] if places else text
