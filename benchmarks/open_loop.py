"""An open-loop client: requests leave by a fixed schedule, and latency counts from the scheduled moment.

Plain sockets and epoll in one thread: it must cost less than what it measures.
"""

import gc
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Latencies:
    seconds: list[float] = field(default_factory=list)
    errors: int = 0

    def at(self, quantile: float) -> float:
        """Milliseconds."""
        return float(np.quantile(self.seconds, quantile)) * 1000 if self.seconds else float("nan")

    def line(self) -> str:
        return (
            f"p50 {self.at(0.5):.2f} ms, p99 {self.at(0.99):.2f} ms, worst {self.at(1.0):.2f} ms, "
            f"{len(self.seconds)} answers, {self.errors} errors"
        )


class _Line:
    """One connection: at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.due = 0.0
        self.received = bytearray()
        self.expected = 0

    def send(self, request: bytes, *, due: float) -> None:
        self.due, self.expected = due, 0
        self.received.clear()
        self.socket.send(request)

    def take(self) -> int | None:
        """The status once the whole answer is there."""
        piece = self.socket.recv(65_536)
        if not piece:
            raise ConnectionError("The server closed a connection in the middle of the run.")
        self.received += piece
        if not self.expected:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return None
            head = bytes(self.received[:end]).lower()
            self.expected = end + 4 + int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        return int(self.received[9:12]) if len(self.received) >= self.expected else None


def run_open_loop(
    port: int, *, requests: Sequence[bytes], due: Sequence[float], connections: int = 64,
    before: Callable[[float], None] | None = None,
) -> Latencies:  # fmt: skip
    """`due`: seconds from the start, ascending. `before` is called with the time in each turn."""
    lines = [_Line(port) for _ in range(connections)]
    by_number = {line.socket.fileno(): line for line in lines}
    poll = select.epoll()
    for number in by_number:
        poll.register(number, select.EPOLLIN)
    free, found = deque(lines), Latencies()
    gc.disable()
    try:
        _exchange(requests, due, free, by_number, poll, found, before)
    finally:
        gc.enable()
        poll.close()
        for line in lines:
            line.socket.close()
    return found


def _exchange(
    requests: Sequence[bytes],
    due: Sequence[float],
    free: "deque[_Line]",
    by_number: dict[int, _Line],
    poll: select.epoll,
    found: Latencies,
    before: Callable[[float], None] | None,
) -> None:
    started = time.perf_counter()
    sent = answered = 0
    while answered < len(requests):
        now = time.perf_counter() - started
        if before is not None:
            before(now)
        while sent < len(requests) and due[sent] <= now and free:
            free.popleft().send(requests[sent], due=due[sent])
            sent += 1
        wait = max(0.0, min(due[sent] - now, 0.05)) if sent < len(requests) and free else 0.05
        for number, _ in poll.poll(wait):
            line = by_number[number]
            status = line.take()
            if status is not None:
                found.seconds.append(time.perf_counter() - started - line.due)
                found.errors += status != 200
                free.append(line)
                answered += 1
