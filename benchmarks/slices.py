"""Throughput in alternating slices: each server in turn, again and again, so that noise hits all alike."""

import re
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.processes import Served

_DONE = re.compile(r"(\d+) requests in ([\d.]+)s")
_REFUSED = re.compile(r"Non-2xx or 3xx responses: (\d+)")


@dataclass
class Throughput:
    per_second: list[float] = field(default_factory=list)
    per_cpu_second: list[float] = field(default_factory=list)
    errors: int = 0

    def line(self) -> str:
        return (
            f"{statistics.median(self.per_second):8,.0f} requests/s, "
            f"{statistics.median(self.per_cpu_second):8,.0f} per CPU-second of the server"
        )


@dataclass(frozen=True)
class Ratio:
    """Of pairs of slices that stood side by side."""

    values: Sequence[float]

    def __str__(self) -> str:
        middle = statistics.median(self.values)
        return f"{middle:.2f} (lowest {min(self.values):.2f}, highest {max(self.values):.2f})"


def wrk_is_here() -> bool:
    return shutil.which("wrk") is not None


def alternate(
    servers: Sequence[Served], *, script: Path, seconds: float, pairs: int, connections: int = 32
) -> dict[str, Throughput]:
    found = {server.name: Throughput() for server in servers}
    for _ in range(pairs):
        for server in servers:
            _slice(server, found[server.name], script=script, seconds=seconds, connections=connections)
    return found


def ratio(of: Throughput, to: Throughput, *, by_cpu: bool) -> Ratio:
    own, other = (side.per_cpu_second if by_cpu else side.per_second for side in (of, to))
    return Ratio([left / right for left, right in zip(own, other, strict=True)])


def is_steady(peer: Throughput) -> bool:
    """A run whose peer's own slices differ by more than two times says nothing."""
    return max(peer.per_second) <= 2 * min(peer.per_second)


def write_script(path: Path, *, key: str, customers: Sequence[str]) -> None:
    """wrk asks for the customers in turn, in a scattered order."""
    names = ", ".join(f'"{name}"' for name in customers)
    path.write_text(
        f'local names = {{{names}}}\nlocal turn = 0\nlocal headers = {{["Authorization"] = "Bearer {key}"}}\n'
        "function request()\n"
        "  turn = (turn + 7919) % #names\n"
        '  return wrk.format("GET", "/v1/recommendations?customer_id=" .. names[turn + 1] .. '
        '"&placement=home", headers)\nend\n'
    )
    path.chmod(0o600)


def _slice(server: Served, found: Throughput, *, script: Path, seconds: float, connections: int) -> None:
    before = server.cpu_seconds()
    address = f"http://127.0.0.1:{server.port}/"
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), address]
    said = subprocess.run(["taskset", "-c", "1", *words], capture_output=True, text=True, check=True).stdout
    used = server.cpu_seconds() - before
    done = _DONE.search(said)
    refused = _REFUSED.search(said)
    assert done is not None, said
    count = int(done[1])
    found.per_second.append(count / float(done[2]))
    found.per_cpu_second.append(count / used)
    found.errors += int(refused[1]) if refused else 0
