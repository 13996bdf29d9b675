"""What a lane hands its mails to: lines, each with one mail at a time, whatever is spoken on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self
from uuid import UUID

from personalization.mailings.engine.attempt import Attempt

_ASK_FOR_MORE_SECONDS = 30.0
"""A server that takes no further connection is not asked again before each mail."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail, addressed; `content` is in wire form: CRLF, leading dots doubled, a closing line end."""

    id: UUID
    sender: str
    recipient: str
    content: bytes


class Unreachable(Exception):
    """No conversation could be opened: nothing was handed over to anybody."""


class Line(Protocol):
    """One connection, kept open over many mails.

    For each mail: `offer`, `pass_bytes`, then either `withhold`, or `close_mail` and, if the mail is closed,
    `outcome`. Before `close_mail` no server may deliver; between it and the answer nobody can know.
    """

    @property
    def is_open(self) -> bool: ...

    def open(self) -> None:
        """Raises Unreachable."""

    def close(self) -> None: ...

    def drop(self) -> None: ...

    def offer(self, parcel: Parcel) -> None: ...

    def pass_bytes(self) -> Attempt | None:
        """None when nothing is left to do but to close the mail."""

    def withhold(self) -> Attempt: ...

    def close_mail(self) -> Attempt | None:
        """None when it is closed; an attempt only when no server can have the mail."""

    def outcome(self) -> Attempt: ...


class Lines:
    """Several lines to one server. Fewer where the server takes no more; at least one."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._no_more_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self.close()

    def close(self) -> None:
        for line in self._lines:
            line.close()

    @property
    def count(self) -> int:
        return len(self._lines)

    def ready(self, wanted: int) -> list[Line]:
        """Open lines, `wanted` at most. Raises Unreachable when there is none."""
        open_lines: list[Line] = []
        refused: Unreachable | None = None
        for line in sorted(self._lines, key=lambda own: not own.is_open):
            if len(open_lines) == wanted:
                break
            if open_lines and not line.is_open and time.monotonic() < self._no_more_until:
                break
            try:
                line.open()
            except Unreachable as error:
                refused, self._no_more_until = error, time.monotonic() + _ASK_FOR_MORE_SECONDS
                break
            else:
                open_lines.append(line)
        if not open_lines:
            assert refused is not None
            raise refused
        return open_lines
