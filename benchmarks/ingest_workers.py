"""Worker processes of the ingest benchmark: started, told what to take in, killed, started anew."""

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic


class Worker:
    def __init__(self, slug: str, *, bodies: Path, threads: int) -> None:
        self.is_ready = False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.ingest_worker", slug, str(bodies), str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip

    def wait_ready(self) -> None:
        if self._line() != "ready":
            raise SystemExit("An ingest worker did not start; its error is above.")
        self.is_ready = True

    def tell(self, first: int, end: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"run {first} {end}\n")

    def heed(self, *, done: Callable[[int, int], None]) -> bool:
        """Pass on each answer; whether the run came to its end."""
        while line := self._line():
            if line == "end":
                return True
            _, number, accepted = line.split()
            done(int(number), int(accepted))
        return False

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        return (
            line.strip() if line.endswith("\n") else ""
        )  # the last words of a killed process may be cut off


@dataclass
class Errands:
    """Ranges of lines still to be taken in. What a killed worker left unanswered comes back."""

    waiting: deque[tuple[int, int]]
    given_up: str = ""
    """Why the rest is left: the run must end, whatever happens."""
    last_answer: float = field(default_factory=monotonic)
    answered: set[int] = field(default_factory=set)
    accepted: int = 0
    resent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def take(self) -> tuple[int, int] | None:
        with self._lock:
            return self.waiting.popleft() if self.waiting and not self.given_up else None

    def note(self, number: int, accepted: int) -> None:
        with self._lock:
            self.answered.add(number)
            self.last_answer = monotonic()
            self.accepted += accepted

    def give_back(self, numbers: Iterable[int]) -> None:
        with self._lock:
            for number in numbers:
                self.waiting.append((number, number + 1))
                self.resent += 1


def work_off(errands: Errands, *, start: Callable[[], Worker], slot: list[Worker]) -> None:
    """One client: hands ranges to a worker, and what the worker left when it died to the next one."""
    while (errand := errands.take()) is not None:
        own: set[int] = set()

        def done(number: int, accepted: int, own: set[int] = own) -> None:
            own.add(number)
            errands.note(number, accepted)

        if not _heeded(slot[0], errand, done=done):
            errands.give_back(number for number in range(*errand) if number not in own)
            slot[0].stop()
            if not errands.given_up:
                slot[0] = start()
                _wait_until_ready(slot, start=start, errands=errands)


def _heeded(worker: Worker, errand: tuple[int, int], *, done: Callable[[int, int], None]) -> bool:
    try:
        worker.tell(*errand)
        return worker.heed(done=done)
    except BrokenPipeError:
        return False


def _wait_until_ready(slot: list[Worker], *, start: Callable[[], Worker], errands: Errands) -> None:
    while slot[0]._line() != "ready":  # killed while it started
        if slot[0].process.wait() != -9:
            errands.given_up = errands.given_up or "A worker did not start; its error is above."
        if errands.given_up:
            return
        slot[0] = start()
    slot[0].is_ready = True
