"""Servers a benchmark starts: on one core, with the processor time they have used."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from omotenashi.local.ports import pick_free_port

ROOT = Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    name: str
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds_of(pid) for pid in tree_of(self.pid))


@contextmanager
def serving(
    name: str, arguments: Sequence[str], *, environment: Mapping[str, str], cores: str, ready: str = "/livez"
) -> Iterator[Served]:
    """`{port}` in the arguments becomes a free one."""
    port = pick_free_port((), avoid=set())
    words = [word.replace("{port}", str(port)) for word in arguments]
    child = subprocess.Popen(
        ["taskset", "-c", cores, sys.executable, *words],
        cwd=ROOT, env=os.environ | dict(environment), stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        _wait(port, ready)
        yield Served(name, port, child.pid)
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)


def tree_of(pid: int) -> list[int]:
    """The process and everything below it."""
    found = [pid]
    for own in found:
        for task in Path(f"/proc/{own}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def pin(pid: int, *, cores: str) -> None:
    """The process and all its children, with all their threads."""
    for own in tree_of(pid):
        subprocess.run(["taskset", "-acp", cores, str(own)], stdout=subprocess.DEVNULL, check=False)


def _wait(port: int, path: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        conversation = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            conversation.request("GET", path)
            conversation.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        else:
            return
        finally:
            conversation.close()
    raise RuntimeError(f"Nothing answers on port {port}.")
