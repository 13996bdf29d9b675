"""One preset's model, exchangeable while texts are written with it: no call fails, none is cut off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from omotenashi.inference.protocols import GenerationRequest, GenerationResult, LanguageModel, PromptStyle

Load = Callable[[], LanguageModel]


@dataclass(eq=False)
class _Serving:
    """A loaded model, how to load it again, and how many use it now."""

    model: LanguageModel
    load: Load
    users: int = 0


class Switch:
    """A language model that can become another.

            beside (the default)                drain_first (where two do not fit the memory)
        old  ──serves───────────┐ finish, close     old ──serves─┐ finish, close
        new     load, warm ─────┴─serves──▶         new          └─ load, warm ─┴─serves──▶
                                                    calls wait    ............

    `hold` keeps one and the same model for a whole text, so that its prompts fit it and its manifest is true.
    """

    def __init__(self, load: Load) -> None:
        self._serving = _Serving(load(), load)
        self._changed = threading.Condition()
        self._is_draining = False
        self._swapping = threading.Lock()

    @property
    def model_id(self) -> str:
        return self._serving.model.model_id

    @property
    def prompt_style(self) -> PromptStyle:
        return self._serving.model.prompt_style

    @property
    def context_length(self) -> int:
        return self._serving.model.context_length

    @property
    def is_on_processor(self) -> bool:
        return bool(getattr(self._serving.model, "is_on_processor", False))

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        with self.hold() as model:
            return model.generate(requests)

    @contextmanager
    def hold(self) -> Iterator[LanguageModel]:
        """The model of now; it is not closed before it is given back."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_draining)
            serving = self._serving
            serving.users += 1
        try:
            yield serving.model
        finally:
            with self._changed:
                serving.users -= 1
                self._changed.notify_all()

    def swap(self, load: Load, *, drain_first: bool = False) -> None:
        """Returns once the old model is closed. Whatever fails, a model serves: the old one, where it can."""
        with self._swapping:
            if drain_first:
                self._swap_drained(load)
            else:
                self._retire(self._exchange(_Serving(warmed(load), load)))

    def close(self) -> None:
        self._serving.model.close()

    def _swap_drained(self, load: Load) -> None:
        with self._changed:
            self._is_draining = True
        old = self._serving
        try:
            self._retire(old)
            try:
                self._exchange(_Serving(warmed(load), load))
            except Exception:
                self._exchange(_Serving(warmed(old.load), old.load))
                raise
        finally:
            with self._changed:
                self._is_draining = False
                self._changed.notify_all()

    def _exchange(self, new: _Serving) -> _Serving:
        with self._changed:
            old, self._serving = self._serving, new
        return old

    def _retire(self, old: _Serving) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not old.users)
        old.model.close()


def warmed(load: Load) -> LanguageModel:
    """Loaded, and it has written a token: what is wrong with it shows before anyone depends on it."""
    model = load()
    try:
        model.generate([GenerationRequest(prompt="Hello", max_new_tokens=1, temperature=0.0)])
    except BaseException:
        model.close()
        raise
    return model


def held(model: LanguageModel) -> AbstractContextManager[LanguageModel]:
    """One and the same model for a whole text, also where it might be swapped meanwhile."""
    return model.hold() if isinstance(model, Switch) else nullcontext(model)
