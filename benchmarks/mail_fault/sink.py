"""A mail relay that delivers nothing and writes down, durably, each mail it has taken, before it says so.

    python -m benchmarks.mail_fault.sink PORT LOG [--deduplicates]

A line of LOG: when DATA began, when the mail was taken, its Message-ID, its idempotency key, `taken` or
`dropped` (one that repeats a key, with --deduplicates: the sender is told 250 all the same). `rate N` on
standard input makes it take N mails a second; `rate 0` as fast as it can. Plain asyncio: nothing of the
product.
"""

import asyncio
import os
import re
import sys
import time
from collections import deque
from pathlib import Path

_ID = re.compile(rb"(?im)^Message-ID:\s*<([^>]+)>")
_KEY = re.compile(rb"(?im)^X-Idempotency-Key:\s*(\S+)")


class Log:
    """Takes mails at a rate, many with one flush to the disk, and tells each sender afterwards."""

    def __init__(self, path: Path, *, deduplicates: bool) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._deduplicates = deduplicates
        self._seen: set[bytes] = set()
        self._waiting: deque[tuple[Line, float, bytes]] = deque()
        self.rate = 0.0

    def add(self, line: "Line", began: float, mail: bytes) -> None:
        self._waiting.append((line, began, mail))

    async def run(self) -> None:
        allowance, last = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(0.004)
            now = time.monotonic()
            allowance = min(self.rate / 4 + 1, allowance + (now - last) * self.rate)
            last = now
            count = len(self._waiting) if not self.rate else min(int(allowance), len(self._waiting))
            if count:
                allowance -= count
                self._take([self._waiting.popleft() for _ in range(count)])

    def _take(self, batch: list[tuple["Line", float, bytes]]) -> None:
        lines = [self._entry(began, mail) for _, began, mail in batch]
        os.write(self._file, b"".join(lines))
        os.fdatasync(self._file)
        for line, _, _ in batch:
            line.say("250 2.0.0 taken")

    def _entry(self, began: float, mail: bytes) -> bytes:
        head = mail[:4000]
        own, key = _ID.search(head), _KEY.search(head)
        name, seal = own[1] if own else b"?", key[1] if key else b"?"
        verdict = b"dropped" if self._deduplicates and seal in self._seen else b"taken"
        self._seen.add(seal)
        return b"%.6f %.6f %s %s %s\n" % (began, time.time(), name, seal, verdict)


class Line(asyncio.Protocol):
    """One conversation."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._buffer = b""
        self._began: float | None = None
        self._has_recipient = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.say("220 sink")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def say(self, text: str) -> None:
        if not self._transport.is_closing():
            self._transport.write(text.encode() + b"\r\n")

    def _step(self) -> bool:
        end = b"\r\n" if self._began is None else b"\r\n.\r\n"
        piece, found, rest = self._buffer.partition(end)
        if not found:
            return False
        self._buffer = rest
        if self._began is not None:
            self._log.add(self, self._began, piece)
            self._began, self._has_recipient = None, False
        else:
            self._command(piece.decode("ascii", "replace").upper())
        return True

    def _command(self, command: str) -> None:
        word = command[:4]
        if word == "EHLO":
            self.say("250-sink\r\n250-PIPELINING\r\n250 8BITMIME")
        elif word == "DATA" and self._has_recipient:
            self._began = time.time()
            self.say("354 go on")
        elif word == "DATA":
            self.say("503 5.5.1 no recipient")
        elif word == "QUIT":
            self.say("221 bye")
            self._transport.close()
        else:
            self._has_recipient = word == "RCPT" or (self._has_recipient and word != "RSET")
            self.say("250 2.0.0 ok")


async def main(port: int, path: Path, *, deduplicates: bool) -> None:
    loop = asyncio.get_running_loop()
    log = Log(path, deduplicates=deduplicates)

    def hear() -> None:
        words = sys.stdin.readline().split()
        if not words:
            loop.remove_reader(sys.stdin)
        elif words[0] == "rate":
            log.rate = float(words[1])

    loop.add_reader(sys.stdin, hear)
    await loop.create_server(lambda: Line(log), "127.0.0.1", port)
    await log.run()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), deduplicates="--deduplicates" in sys.argv))
