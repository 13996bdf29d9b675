"""Any sentence-transformers model, by folder or hub id: for workers with torch or a GPU."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from omotenashi.inference.embedders.vectors import clean, unit
from omotenashi.inference.errors import InvalidPreset

# What a family was trained with; without it, its queries miss their passages.
_PREFIXES = {"e5": ("query: ", "passage: ")}


class SentenceTransformersEmbedder:
    """Wraps one model; the prefixes follow from its name."""

    def __init__(self, source: str) -> None:
        if not source:
            raise InvalidPreset(
                "OMOTENASHI_EMBEDDER: name a model, such as sentence-transformers:/models/e5-small."
            )
        from sentence_transformers import SentenceTransformer  # heavy, and an optional dependency

        model: Any = SentenceTransformer(source)
        self._model = model
        self._lock = threading.Lock()
        self.model_id = Path(source).name
        self.dimensions: int = self._model.get_embedding_dimension()
        self._query_prefix, self._passage_prefix = _prefixes(source)

    def embed_queries(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self._embed(texts, prefix=self._query_prefix)

    def embed_passages(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return self._embed(texts, prefix=self._passage_prefix)

    def _embed(self, texts: Sequence[str], *, prefix: str) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimensions), dtype=np.float32)
        with self._lock:
            vectors = self._model.encode([prefix + clean(text) for text in texts], show_progress_bar=False)
        return unit(np.asarray(vectors, dtype=np.float32))


def _prefixes(source: str) -> tuple[str, str]:
    words = Path(source).name.lower().replace("_", "-").split("-")
    return next((pair for family, pair in _PREFIXES.items() if family in words), ("", ""))
