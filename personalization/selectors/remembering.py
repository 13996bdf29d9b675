"""Rows that a process reads once and remembers by key, as long as their holder says that they are true."""

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar, cast

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")
_UNREAD = object()


class Remembered(Generic[Key, Row]):
    """`read` answers those rows that there are of the keys it is given; that there is none is remembered too.

    Threads may ask at the same time: at worst two of them read the same rows.
    """

    def __init__(self, read: Callable[[list[Key]], Mapping[Key, Row]], *, most: int) -> None:
        self._read = read
        self._most = most
        """So many rows, and it begins again."""
        self._rows: dict[Key, object] = {}

    def of(self, keys: Collection[Key]) -> dict[Key, Row]:
        rows = self._rows
        known = {key: rows.get(key, _UNREAD) for key in keys}
        missing = [key for key, row in known.items() if row is _UNREAD]
        if missing:
            found = self._read(missing)
            new = {key: found.get(key) for key in missing}
            if len(rows) + len(new) > self._most:
                rows = self._rows = {}
            rows.update(new)
            known.update(new)
        if any(row is None for row in known.values()):
            known = {key: row for key, row in known.items() if row is not None}
        return cast("dict[Key, Row]", known)

    def among(self, keys: Collection[Key]) -> Mapping[Key, Row | None]:
        """Rows by key, those of `keys` among them; None: there is none. Not copied: keys come by the
        thousand."""
        rows = self._rows
        missing = [key for key in keys if key not in rows]
        if missing:
            if len(rows) + len(missing) > self._most:
                rows, missing = {}, list(keys)
            found = self._read(missing)
            rows.update({key: found.get(key) for key in missing})
            self._rows = rows
        return cast("Mapping[Key, Row | None]", rows)

    def forget(self) -> None:
        """All of it, now: of a holder that is replaced the rows would stay until the collector comes by."""
        self._rows = {}
