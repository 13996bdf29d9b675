"""One process under the supervisor: what it is, and the states it goes through.

waiting ──start──▶ starting ──answers──▶ ready ──(told to)──▶ stopping ──exit──▶ waiting
   ▲                  │  └─exit 0, one-shot─▶ done              (or stopped, at the end)
   │                  ▼ exit                  │ exit
   └──delay over── resting ◀──────────────────┘
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from omotenashi.local.children import Command, spawn

FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
CRASH_LOOP = 5
"""From so many failures in a row on, people are told."""
STEADY_SECONDS = 30
"""Ready for so long, and earlier failures are forgotten."""


class State(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    RESTING = "resting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"


ALIVE = frozenset({State.STARTING, State.READY, State.STOPPING})


def nothing() -> None:
    """The default for steps that a process does not need."""


@dataclass(frozen=True, kw_only=True)
class Process:
    """How one process is run; the same for every start."""

    name: str
    command: Callable[[], Command]
    """Asked before each start."""
    after: tuple[str, ...] = ()
    """Processes that must be ready (or done) first."""
    restart_after: tuple[str, ...] = ()
    """Processes whose return from a crash makes this one start anew."""
    prepare: Callable[[], None] = nothing
    """Runs before each start; may raise LocalError or OSError."""
    is_ready: Callable[[], bool] | None = None
    """Asked again and again until it says yes; must not raise."""
    ready_line: str = ""
    """A regular expression; a line of output that matches it means ready."""
    settle_seconds: float = 1
    """Without `is_ready`: ready when alive for so long, whatever it writes."""
    is_one_shot: bool = False
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM, signal.SIGKILL)
    stop_seconds: float = 15
    """How long to wait after each stop signal."""


class Supervised:
    """The running (or not running) process; every method returns at once."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.name = process.name
        self.state = State.WAITING
        self.child: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.times_ready = 0
        self._since = time.monotonic()
        self._signals_left: list[signal.Signals] = []
        self._signal_deadline = 0.0
        self._saw_ready_line = False

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE

    @property
    def is_up(self) -> bool:
        """What depends on it may start."""
        return self.state in (State.READY, State.DONE)

    @property
    def seconds_in_state(self) -> float:
        return time.monotonic() - self._since

    @property
    def delay(self) -> float:
        """How long to rest before the next start."""
        return float(min(FIRST_DELAY * 2 ** max(self.failures - 1, 0), LONGEST_DELAY))

    def move_to(self, state: State) -> None:
        self.state = state
        self._since = time.monotonic()

    def start(self) -> int:
        """Spawn it; returns the descriptor to read its output from."""
        self.process.prepare()
        command = self.process.command()
        readable, writable = os.pipe()
        try:
            self.child = spawn(command, output=writable)
        except BaseException:
            os.close(readable)
            raise
        finally:
            os.close(writable)
        self._saw_ready_line = False
        self.move_to(State.STARTING)
        return readable

    def see_line(self, line: str) -> None:
        pattern = self.process.ready_line
        if pattern and self.state is State.STARTING and re.search(pattern, line):
            self._saw_ready_line = True

    def has_become_ready(self) -> bool:
        if self.state is not State.STARTING or self.process.is_one_shot:
            return False
        if self.process.is_ready is not None:
            return self.process.is_ready()
        return self._saw_ready_line or self.seconds_in_state >= self.process.settle_seconds

    def become_ready(self) -> None:
        self.times_ready += 1
        self.move_to(State.READY)

    def forget_old_failures(self) -> None:
        if self.state is State.READY and self.seconds_in_state >= STEADY_SECONDS:
            self.failures = 0

    def exit_code(self) -> int | None:
        """The exit code once it is gone; what it left in its process group goes too."""
        if self.child is None or self.child.poll() is None:
            return None
        code = self.child.returncode
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child = None
        return code

    def begin_stop(self) -> None:
        """Send the first stop signal; `press_stop` sends the next ones in time."""
        self._signals_left = list(self.process.stop_signals)
        self._signal_deadline = 0.0
        self.move_to(State.STOPPING)
        self.press_stop()

    def press_stop(self) -> None:
        if self.child is None or not self._signals_left or time.monotonic() < self._signal_deadline:
            return
        self._signal_deadline = time.monotonic() + self.process.stop_seconds
        self._send(self._signals_left.pop(0))

    def hurry(self) -> None:
        """Skip to the last stop signal."""
        self._signals_left, self._signal_deadline = [self.process.stop_signals[-1]], 0.0
        self.press_stop()

    def _send(self, number: signal.Signals) -> None:
        if self.child is None:
            return
        with suppress(ProcessLookupError):
            self.child.send_signal(number)


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
