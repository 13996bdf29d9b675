"""Writes calls that wait at the same moment in one transaction: a commit costs as much as a hundred events.

Nobody waits on purpose. While one call commits, others queue up; the next to write takes them all along, and
each is answered only after the commit that holds it.
"""

import threading
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from omotenashi.accounts.models import Workspace
from personalization.services.ingest import Call, Ingested, ingest_calls

MOST_EVENTS = 5_000
"""In one transaction: enough to make a commit cheap, few enough to be done in a quarter of a second."""


class _Waiting:
    def __init__(self, call: Call) -> None:
        self.call = call
        self.outcome: Ingested | Exception | None = None


class Together:
    """The calls of one workspace in this process."""

    def __init__(self) -> None:
        self._queue: deque[_Waiting] = deque()
        self._writing = threading.Lock()

    def ingest(self, workspace: Workspace, *, call: Call) -> Ingested:
        mine = _Waiting(call)
        self._queue.append(mine)
        with self._writing:
            while mine.outcome is None:  # else another thread has taken it along
                _write(workspace, self._next())
        if isinstance(mine.outcome, Exception):
            raise mine.outcome
        return mine.outcome

    def _next(self) -> list[_Waiting]:
        group = [self._queue.popleft()]
        count = len(group[0].call.events)
        while self._queue and count < MOST_EVENTS:
            group.append(self._queue.popleft())
            count += len(group[-1].call.events)
        return group


def _write(workspace: Workspace, group: Sequence[_Waiting]) -> None:
    """Gives each its outcome, whatever happens: a thread without one would wait for ever."""
    try:
        outcomes = ingest_calls(workspace, calls=[one.call for one in group])
    except Exception as error:
        # The database is away for all of them; any other fault must cost only the call that has it.
        if len(group) == 1 or isinstance(error, OperationalError | InterfaceError):
            for one in group:
                one.outcome = error
            return
        for one in group:
            _write(workspace, [one])
        return
    for one, outcome in zip(group, outcomes, strict=True):
        one.outcome = outcome


_of: dict[UUID, Together] = {}


def ingest_together(workspace: Workspace, *, call: Call) -> Ingested:
    """As `ingest`; inside a caller's transaction, which no other call may share, exactly that."""
    if connection.in_atomic_block:
        return ingest_calls(workspace, calls=[call])[0]
    together = _of.get(workspace.id) or _of.setdefault(workspace.id, Together())
    return together.ingest(workspace, call=call)
