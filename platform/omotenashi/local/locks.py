"""Locks between processes that vanish with their holder, kill -9 included."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omotenashi.local.errors import AlreadyRunning


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock on `path` and hold it for the block."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class RunLock:
    """Who runs the servers of one var folder; the file names the holder's pid for people."""

    def __init__(self, *, var_dir: Path) -> None:
        self.var_dir = var_dir
        self.path = var_dir / "local" / "run.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once, or say who has it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise AlreadyRunning(pid=self.holder(), var_dir=str(self.var_dir)) from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> int | None:
        """The pid written by the last holder; only meaningful while the lock is held."""
        try:
            return int(self.path.read_text())
        except (OSError, ValueError):
            return None
