"""Events that arrive while a benchmark asks: by the shop's own ingest, in small batches, on a schedule."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omotenashi.accounts.models import Workspace


@dataclass
class Arrivals:
    """When each batch was committed, in seconds after the start."""

    committed: list[float] = field(default_factory=list)

    def late(self, deadlines: Sequence[float]) -> int:
        return sum(at > deadline for at, deadline in zip(self.committed, deadlines, strict=True))


@contextmanager
def arriving(
    workspace: "Workspace", *, batches: Sequence[Sequence[tuple[str, str]]], every: float
) -> Iterator[Arrivals]:
    """Each batch: (customer, product viewed). Starts at once; ends with the block."""
    from django.db import connections

    connections.close_all()  # a forked process must not share them
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    worker = context.Process(target=_arrive, args=(workspace, batches, every, theirs))
    arrivals = Arrivals()
    worker.start()
    try:
        assert ours.recv() == "started"
        yield arrivals
        arrivals.committed += ours.recv()
    finally:
        worker.join(30)
        worker.kill()


def _arrive(
    workspace: "Workspace", batches: Sequence[Sequence[tuple[str, str]]], every: float, pipe: Any
) -> None:
    from personalization.services.ingest import ingest

    committed = []
    ingest(workspace, events=[], received_at=datetime.now(UTC))  # connects, before the clock starts
    pipe.send("started")
    started = time.perf_counter()
    for number, batch in enumerate(batches):
        time.sleep(max(0.0, started + number * every - time.perf_counter()))
        ingest(workspace, events=[view_event(*view) for view in batch], received_at=datetime.now(UTC))
        committed.append(time.perf_counter() - started)
    pipe.send(committed)


def view_event(customer: str, product: str) -> Any:
    from personalization.engine.segment import read_event

    now = datetime.now(UTC)
    message = f"bench-{customer}-{now.timestamp()}"
    body: dict[str, Any] = {"type": "track", "event": "Product Viewed", "userId": customer}
    body |= {"messageId": message, "properties": {"product_id": product}}
    return read_event(body, kind="track", received_at=now + timedelta(seconds=1))
