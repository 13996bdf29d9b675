"""The processes of a fault run: started, watched, killed, started anew."""

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from omotenashi.local import logs
from omotenashi.local.children import spawn
from omotenashi.local.servers import LocalServers, Server
from personalization.mailings.boundaries import BOUNDARIES

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Crew:
    """Everything but the two servers. `environment` is what all of them share."""

    folder: Path
    environment: Mapping[str, str]
    _children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *words: str, pipe: bool = False, **more: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=os.environ | dict(self.environment) | more,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._children[name] = child
        return child

    def kill(self, name: str) -> None:
        """With all it has started, at once and without a word."""
        child = self._children.get(name)
        if child is not None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def has_ended(self, name: str) -> bool:
        return self._children[name].poll() is not None

    def said(self, name: str, text: bytes) -> bool:
        path = self.folder / f"{name}.log"
        return path.exists() and text in path.read_bytes()

    def stop(self) -> None:
        for name in self._children:
            self.kill(name)


def _die_with_parent() -> None:
    """Linux's PR_SET_PDEATHSIG: a run that is stopped leaves nobody behind."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


@dataclass(frozen=True)
class Death:
    """How a mail worker will die: at a boundary, or after so many seconds at work."""

    boundary: str = ""
    passes: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"at {self.boundary}" if self.boundary else "at random"


def deaths(count: int, *, draw: random.Random) -> list[Death]:
    """Each boundary in turn, as often as half the deaths allow; the rest at random moments."""
    named = [Death(boundary, passes=draw.randint(0, 2)) for boundary in BOUNDARIES]
    rounds = max(1, count // 2 // len(named))
    planned = (named * rounds)[:count]
    planned += [Death(seconds=draw.uniform(0.3, 3.0)) for _ in range(count - len(planned))]
    draw.shuffle(planned)
    return planned


class Workers:
    """Mail workers that die as planned and are replaced at once."""

    def __init__(self, crew: Crew, *, count: int, planned: Sequence[Death]) -> None:
        self._crew, self._planned = crew, list(planned)
        self._names = [f"mail-{number}" for number in range(count)]
        self._fate: dict[str, Death | None] = {}
        self._since: dict[str, float] = {}
        self.died: list[Death] = []
        for name in self._names:
            self._start(name)

    @property
    def left(self) -> int:
        return len(self._planned) + sum(1 for fate in self._fate.values() if fate)

    def watch(self) -> None:
        """Call often."""
        for name in self._names:
            fate = self._fate[name]
            if self._crew.has_ended(name):
                self._ended(name, fate)
            elif fate and fate.seconds and self._seconds_ready(name) > fate.seconds:
                self._crew.kill(name)
                self._ended(name, fate)

    def spare(self) -> None:
        """No more deaths: those that still have one before them are exchanged."""
        self._planned.clear()
        for name in self._names:
            if self._fate[name]:
                self._crew.kill(name)
                self._start(name)

    def _ended(self, name: str, fate: Death | None) -> None:
        if fate is None:
            raise SystemExit(f"{name} ended by itself; see {self._crew.folder / name}.log")
        self.died.append(fate)
        self._start(name)

    def _start(self, name: str) -> None:
        fate = self._planned.pop() if self._planned else None
        self._fate[name], self._since[name] = fate, 0.0
        (self._crew.folder / f"{name}.log").unlink(missing_ok=True)
        dies_at = f"{fate.boundary}:{fate.passes}" if fate and fate.boundary else ""
        self._crew.start(name, "manage.py", "mail_worker", MAIL_DIES_AT=dies_at)

    def _seconds_ready(self, name: str) -> float:
        if not self._since[name] and self._crew.said(name, b"ready"):
            self._since[name] = time.monotonic()
        return time.monotonic() - self._since[name] if self._since[name] else 0.0


def kill_server(servers: LocalServers, *, name: str) -> None:
    pid = _server(servers, name).running_pid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)


def revive_server(servers: LocalServers, *, name: str) -> None:
    """As a supervisor would. PostgreSQL refuses to start until the last of its old processes is gone."""
    server = _server(servers, name)
    for attempt in range(20):
        server.prepare()
        with logs.open_for(servers.var_dir, name=server.name) as output:
            child = spawn(server.command(), output=output)
        while child.poll() is None:
            if server.is_ready():
                return
            time.sleep(0.05)
        time.sleep(0.1 * (attempt + 1))
    raise SystemExit(f"{name} did not come back")


def _server(servers: LocalServers, name: str) -> Server:
    return next(server for server in servers.all_servers() if server.name == name)
