"""Keeps a set of processes running: starts them in order, restarts the dead, stops them all.

Knows nothing about what the processes do; `processes.py` has the list.
"""

from __future__ import annotations

import atexit
import os
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TextIO

from omotenashi.local import logs
from omotenashi.local.console import Console, LineWriter
from omotenashi.local.errors import LocalError
from omotenashi.local.supervised import (
    CRASH_LOOP,
    Process,
    State,
    Supervised,
    describe_exit,
    nothing,
)

TICK_SECONDS = 0.1
OWN_NAME = "omotenashi"


class Supervisor:
    """Runs the processes from a thread of its own.

    That thread does everything (spawn, read, restart, stop), so nothing here needs a lock, and
    the children's death signal is tied to a thread that lasts as long as they should.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        *,
        var_dir: Path,
        stream: TextIO | None = sys.stdout,
    ) -> None:
        self.var_dir = var_dir
        self.children = {process.name: Supervised(process) for process in processes}
        self.on_ready: Callable[[], None] = nothing
        """Called once, when everything is up for the first time."""
        self.console = Console(names=[OWN_NAME, *self.children], stream=stream)
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._loop, name="supervisor", daemon=True)
        self._stop_requested = threading.Event()
        self._hurry_requested = threading.Event()
        self._ready = threading.Event()
        self._failure: Exception | None = None

    def start(self) -> None:
        atexit.register(self.stop)
        self._thread.start()

    def wait_until_ready(self, *, seconds: float) -> bool:
        """Whether every process became ready (or done) in time."""
        return self._ready.wait(seconds)

    def wait(self, *, seconds: float | None = None) -> None:
        """Until everything has stopped."""
        self._thread.join(seconds)

    def request_stop(self) -> None:
        """Begin to stop; a second request makes it quick."""
        if self._stop_requested.is_set():
            self._hurry_requested.set()
        self._stop_requested.set()

    def stop(self) -> None:
        """Stop everything in reverse order and wait for it."""
        atexit.unregister(self.stop)
        if self._thread.ident is not None:
            self._stop_requested.set()
            self._thread.join()

    def run(self) -> None:
        """Run until Ctrl-C or SIGTERM, then stop all."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self.request_stop()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, on_signal) for number in numbers}
        try:
            if self._thread.ident is None:
                self.start()
            # A join without timeout would keep Python from running the signal handler.
            while self._thread.is_alive():
                self._thread.join(0.2)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._failure is not None:
            raise self._failure

    def say(self, line: str) -> None:
        self.console.write(OWN_NAME, line=line)

    def states(self) -> dict[str, State]:
        return {name: child.state for name, child in self.children.items()}

    # -- the supervisor's thread ------------------------------------------------------------

    def _loop(self) -> None:
        try:
            while not self._stop_requested.is_set():
                self._read_output()
                for child in self.children.values():
                    self._advance(child)
                self._notice_readiness()
            self._stop_all()
        except Exception as error:  # raised again by `run`, in the thread where people see it
            self._failure = error
        finally:
            self._kill_the_rest()

    def _notice_readiness(self) -> None:
        if not self._ready.is_set() and all(child.is_up for child in self.children.values()):
            self.on_ready()
            self._ready.set()

    def _advance(self, child: Supervised) -> None:
        """Move one process on by at most one state."""
        code = child.exit_code() if child.is_alive else None
        if code is not None:
            self._after_exit(child, code=code)
        elif child.state is State.WAITING and self._dependencies_are_up(child):
            self._start(child)
        elif child.state is State.RESTING and child.seconds_in_state >= child.delay:
            child.move_to(State.WAITING)
        elif child.state is State.STOPPING:
            child.press_stop()
        elif child.has_become_ready():
            self._welcome(child)
        else:
            child.forget_old_failures()

    def _dependencies_are_up(self, child: Supervised) -> bool:
        needed = (self.children[name] for name in child.process.after if name in self.children)
        return all(other.is_up for other in needed)

    def _start(self, child: Supervised) -> None:
        try:
            descriptor = child.start()
        except (LocalError, OSError) as error:
            self._rest(child, reason=f"cannot start: {error}")
            return
        writer = LineWriter(name=child.name, var_dir=self.var_dir, console=self.console)
        self._selector.register(descriptor, selectors.EVENT_READ, (child, writer))

    def _welcome(self, child: Supervised) -> None:
        child.become_ready()
        if child.times_ready > 1:
            self.say(f"{child.name} is back")
            self._restart_dependents(child)

    def _restart_dependents(self, returned: Supervised) -> None:
        for child in self.children.values():
            is_running = child.state in (State.STARTING, State.READY)
            if returned.name in child.process.restart_after and is_running:
                self.say(f"{child.name} starts anew, since {returned.name} was away")
                child.begin_stop()

    def _after_exit(self, child: Supervised, *, code: int) -> None:
        if child.state is State.STOPPING:
            child.move_to(State.WAITING)
        elif child.process.is_one_shot and code == 0:
            child.move_to(State.DONE)
        else:
            self._rest(child, reason=f"stopped by itself ({describe_exit(code)})")

    def _rest(self, child: Supervised, *, reason: str) -> None:
        child.failures += 1
        child.move_to(State.RESTING)
        if child.failures < CRASH_LOOP:
            self.say(f"{child.name} {reason}; it starts again in {child.delay:g} s")
            return
        self.say(
            f"{child.name} {reason}: {child.failures} times in a row now. Its log: "
            f"{logs.path_of(self.var_dir, name=child.name)}. Next attempt in {child.delay:g} s"
        )

    def _read_output(self) -> None:
        for key, _events in self._selector.select(TICK_SECONDS):
            child, writer = key.data
            data = os.read(key.fd, 65_536)
            if not data:
                self._close_output(key)
                continue
            for line in writer.feed(data):
                child.see_line(line)

    def _close_output(self, key: selectors.SelectorKey) -> None:
        _child, writer = key.data
        self._selector.unregister(key.fd)
        os.close(key.fd)
        writer.close()

    def _stop_all(self) -> None:
        """Each process stops once nothing that depends on it is alive."""
        self.say("stopping")
        while alive := [child for child in self.children.values() if child.is_alive]:
            needed = {name for child in alive for name in child.process.after}
            for child in alive:
                self._advance_stop(child, is_needed=child.name in needed)
            self._read_output()
        self.say("stopped")

    def _advance_stop(self, child: Supervised, *, is_needed: bool) -> None:
        if child.exit_code() is not None:
            child.move_to(State.STOPPED)
        elif is_needed:
            return
        elif child.state is not State.STOPPING:
            child.begin_stop()
        elif self._hurry_requested.is_set():
            child.hurry()
        else:
            child.press_stop()

    def _kill_the_rest(self) -> None:
        """Only reached with anything alive when the loop itself failed."""
        for child in self.children.values():
            if child.child is not None:
                child.hurry()
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and self._selector.get_map():
            self._read_output()
            if not any(child.child and child.child.poll() is None for child in self.children.values()):
                break
        for key in list(self._selector.get_map().values()):
            self._close_output(key)
        self._selector.close()
