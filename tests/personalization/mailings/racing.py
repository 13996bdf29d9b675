"""What races share: a relay that writes down when each DATA began, many recipients, threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from benchmarks.mail_fault.sink import Line, Log
from omotenashi.accounts.models import Workspace
from omotenashi.local.ports import pick_free_port
from personalization.models import Consent, Customer

RACES = 1_000


class Sink:
    """The relay of the fault run, in a thread: it writes down when each DATA began."""

    def __init__(self, path: Path) -> None:
        self.path, self.port = path, pick_free_port((), avoid=set())
        self._log = Log(path, deduplicates=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        await self._loop.create_server(lambda: Line(self._log), "127.0.0.1", self.port)
        self._ready.set()
        task = asyncio.ensure_future(self._log.run())
        await self._stopped.wait()
        task.cancel()

    def __enter__(self) -> Sink:
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *failure: object) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    def slow_down(self, mails_a_second: float) -> None:
        self._log.rate = mails_a_second

    def taken(self) -> dict[str, float]:
        """When DATA began, by Message-ID."""
        if not self.path.exists():
            return {}
        return {words[2]: float(words[0]) for words in map(str.split, self.path.read_text().splitlines())}


@pytest.fixture
def sink(tmp_path: Path, settings: Any) -> Iterator[Sink]:
    with Sink(tmp_path / "sink.txt") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 5
        settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "", False, False
        yield sink


@pytest.fixture
def audience(workspace: Workspace) -> list[Customer]:
    customers = [
        Customer(
            workspace=workspace,
            external_id=f"c-{n}",
            email=f"g{n}@mail.example",
            email_normalized=f"g{n}@mail.example",
        )
        for n in range(RACES)
    ]
    Customer.objects.bulk_create(customers)
    now = timezone.now()
    Consent.objects.bulk_create(
        [Consent(workspace=workspace, customer=own, granted=True, source="test", at=now) for own in customers]
    )
    return customers


def in_threads(work: Any, *, count: int) -> None:
    def one(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
