"""A workspace's product vectors in this process's memory: what a search looks through.

pgvector holds the truth. An index is filled from it in pages, and at most once a second asks for the vectors
that are new since; so a product embedded now is found within seconds. What is archived, sold out or gone is
not the index's business: whoever uses it checks its answer against the tables, with the rules of the moment.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from omotenashi.catalog.engine.nearest import NearestRows
from omotenashi.catalog.models import VECTOR_DIMENSIONS

PAGE = 5_000
LATE = timedelta(seconds=30)
"""A vector's time is set before its transaction ends: for so long after the newest, older may appear."""
ROW_BYTES = 650
"""Of one product, ids and look-up included: 100,000 products take 65 MB."""
COUNT_SECONDS = 600
"""Between two looks at how many of the index's vectors still exist."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_PAGE = """
SELECT product_id, updated_at, halfvec_send(vector) FROM catalog_productvector
WHERE workspace_id = %s AND model_id = %s AND (updated_at, product_id) > (%s, %s)
ORDER BY updated_at, product_id LIMIT %s
"""
_LATELY = """
SELECT product_id, updated_at FROM catalog_productvector
WHERE workspace_id = %s AND model_id = %s AND updated_at > %s ORDER BY updated_at
"""
_THESE = """
SELECT product_id, updated_at, halfvec_send(vector) FROM catalog_productvector
WHERE product_id = ANY(%s) AND workspace_id = %s AND model_id = %s ORDER BY updated_at
"""

_HOW_MANY = "SELECT count(*) FROM catalog_productvector WHERE workspace_id = %s AND model_id = %s"


class VectorIndex:
    """One workspace's vectors by one embedder. Threads may search while another brings it up to date."""

    def __init__(self, workspace_id: UUID, *, model_id: str) -> None:
        self.is_complete = False
        self.is_too_large = False
        self.asked_at = 0.0
        self._key = (workspace_id, model_id)
        self._rows = NearestRows(dimensions=VECTOR_DIMENSIONS, capacity=PAGE)
        self._ids: list[UUID] = []
        self._known: dict[UUID, tuple[int, datetime]] = {}
        self._newest: tuple[datetime, UUID] = (_NEVER, UUID(int=0))
        self._first_page = 0
        self._present = 0
        self._counted_at = 0.0
        self._changing = threading.Lock()

    def __len__(self) -> int:
        return self._rows.count

    @property
    def bytes_used(self) -> int:
        return 0 if self.is_too_large else ROW_BYTES * max(len(self), PAGE)

    @property
    def is_worn(self) -> bool:
        """The mean was taken from few of what is here now, or many are gone: better to begin again."""
        has_grown = self._first_page < PAGE and len(self) > 4 * self._first_page + 100
        return self.is_complete and (has_grown or self._present < 0.8 * len(self))

    def give_up(self) -> None:
        """Too large for this process: PostgreSQL answers instead."""
        self.is_too_large = True
        self._rows = NearestRows(dimensions=VECTOR_DIMENSIONS, capacity=1)
        self._ids, self._known = [], {}

    def search(self, vector: NDArray[np.float32], *, count: int) -> list[UUID]:
        """Nearest first; some may be gone or not for sale any more."""
        with self._changing:
            rows, _ = self._rows.search(vector, count=count)
            return [self._ids[row] for row in rows]

    def load_page(self) -> None:
        """The next page of what is not here yet; `is_complete` once there is none."""
        page = _query(_PAGE, [*self._key, *self._newest, PAGE])
        with self._changing:
            self._apply(page)
            self._first_page = self._first_page or len(page)
        self.is_complete = len(page) < PAGE

    def refresh(self) -> None:
        """What was written since: one cheap query where nothing was."""
        newest, _ = self._newest
        since = newest - LATE if datetime.now(UTC) - newest < 2 * LATE else newest
        lately = _query(_LATELY, [*self._key, since])
        changed = [row[0] for row in lately if self._known.get(row[0], (0, _NEVER))[1] != row[1]]
        if changed:
            page = _query(_THESE, [changed, *self._key])
            with self._changing:
                self._apply(page)
        self._count_now_and_then()

    def _count_now_and_then(self) -> None:
        if time.monotonic() - self._counted_at > COUNT_SECONDS:
            ((self._present,),) = _query(_HOW_MANY, [*self._key])
            self._counted_at = time.monotonic()

    def _apply(self, page: Sequence[tuple[Any, ...]]) -> None:
        new = [row for row in page if row[0] not in self._known]
        changed = [row for row in page if row[0] in self._known]
        if changed:
            places = np.array([self._known[row[0]][0] for row in changed], np.int64)
            self._rows.replace(places, _vectors(changed))
        if new:
            self._rows.add(_vectors(new))
        for product_id, updated_at, _ in page:
            place, _old = self._known.get(product_id, (len(self._ids), _NEVER))
            if place == len(self._ids):
                self._ids.append(product_id)
            self._known[product_id] = (place, updated_at)
            self._newest = max(self._newest, (updated_at, product_id))


def _query(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()  # type: ignore[no-any-return]


def _vectors(rows: Iterable[tuple[Any, ...]]) -> NDArray[np.float32]:
    """pgvector sends two counts of two bytes, then the half-precision numbers."""
    sent = b"".join(bytes(vector)[4:] for _, _, vector in rows)
    return np.frombuffer(sent, dtype=">f2").astype(np.float32).reshape(-1, VECTOR_DIMENSIONS)


class VectorIndexes:
    """This process's indexes, the least recently asked thrown out when they take too much memory."""

    def __init__(self, *, megabytes: int, refresh_seconds: float = 1.0) -> None:
        self.megabytes = megabytes
        self.refresh_seconds = refresh_seconds
        self._indexes: dict[tuple[UUID, str], VectorIndex] = {}
        self._refreshed: dict[tuple[UUID, str], float] = {}
        self._lock = threading.Lock()

    def ready(self, workspace_id: UUID, *, model_id: str) -> VectorIndex | None:
        """The index, up to date; None while it is being filled, or where there is no room for it.

        A catalogue of up to a page is filled at once. A larger one is filled by a thread, and until then the
        caller asks PostgreSQL.
        """
        key = (workspace_id, model_id)
        index, is_due = self._look_up(key)
        if is_due:
            self._bring_up_to_date(key, index)
        return index if index.is_complete else None

    def forget(self) -> None:
        self._lock = threading.Lock()
        self._indexes = {}
        self._refreshed = {}

    def _bring_up_to_date(self, key: tuple[UUID, str], index: VectorIndex) -> None:
        if index.is_complete:
            index.refresh()
            if index.is_worn:
                self._drop(key)
        elif not len(index) and not index.is_too_large:
            index.load_page()
            if not index.is_complete:
                threading.Thread(target=self._fill, args=(key, index), daemon=True).start()

    def _look_up(self, key: tuple[UUID, str]) -> tuple[VectorIndex, bool]:
        """The index, and whether it is this caller's turn to bring it up to date."""
        now = time.monotonic()
        with self._lock:
            index = self._indexes.get(key)
            if index is None:
                index = self._indexes[key] = VectorIndex(key[0], model_id=key[1])
            index.asked_at = now
            self._make_room(keep=key)
            is_due = now - self._refreshed.get(key, -self.refresh_seconds) >= self.refresh_seconds
            if is_due:
                self._refreshed[key] = now
            return index, is_due

    def _make_room(self, *, keep: tuple[UUID, str]) -> None:
        limit = self.megabytes * 1_000_000
        for key in sorted(self._indexes, key=lambda key: self._indexes[key].asked_at):
            if sum(index.bytes_used for index in self._indexes.values()) <= limit:
                return
            if key != keep:
                self._indexes.pop(key)

    def _drop(self, key: tuple[UUID, str]) -> None:
        with self._lock:
            self._indexes.pop(key, None)
            self._refreshed.pop(key, None)

    def _fill(self, key: tuple[UUID, str], index: VectorIndex) -> None:
        try:
            while not index.is_complete:
                index.load_page()
                if index.bytes_used > self.megabytes * 1_000_000:
                    index.give_up()
                    return
        except Exception:
            self._drop(key)  # the next search begins again; this thread's traceback is logged by threading
            raise
        finally:
            connection.close()


vector_indexes = VectorIndexes(megabytes=settings.SEARCH_INDEX_MB)
# A forked child must not take a lock that a thread of its parent holds; it fills its own.
os.register_at_fork(after_in_child=vector_indexes.forget)
