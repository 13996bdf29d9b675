"""One connection to Valkey for all requests of a process: what one turn of the loop asks leaves together.

A client library spends more time on a question than the hot path has for the whole answer.
"""

import asyncio
import ssl
from collections import deque
from typing import Any

import hiredis
import structlog
from redis.connection import SSLConnection, parse_url

log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 0.5
"""Without a reply for this long the connection counts as lost, and answers are computed without it."""
RETRY_SECONDS = 1.0


class PipeDown(Exception):
    """Valkey cannot be asked at the moment."""


def packed(*words: Any) -> bytes:
    command: bytes = hiredis.pack_command(tuple(words))
    return command


class Pipe(asyncio.Protocol):
    def __init__(self, url: str) -> None:
        self._given: dict[str, Any] = parse_url(url)  # type: ignore[no-untyped-call]
        self._transport: asyncio.Transport | None = None
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._unsent: list[bytes] = []
        self._last_reply = 0.0

    async def keep_open(self) -> None:
        """Runs for the life of the process: connects, and again whenever the connection is lost."""
        loop = asyncio.get_running_loop()
        while True:
            if self._transport is None:
                await self._connect(loop)
            elif self._waiting and loop.time() - self._last_reply > PATIENCE_SECONDS:
                log.warning("valkey_is_silent", seconds=PATIENCE_SECONDS)
                self._transport.abort()
            await asyncio.sleep(PATIENCE_SECONDS / 2 if self._transport else RETRY_SECONDS)

    def ask(self, command: bytes) -> "asyncio.Future[Any]":
        if self._transport is None:
            raise PipeDown
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._last_reply = loop.time()
        if not self._unsent:
            loop.call_soon(self._flush)
        self._unsent.append(command)
        reply = loop.create_future()
        self._waiting.append(reply)
        return reply

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        self._last_reply = asyncio.get_running_loop().time()
        while (reply := self._reader.gets()) is not False:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._unsent.clear()
        lost, self._waiting = self._waiting, deque()
        for waiting in lost:
            if not waiting.done():
                waiting.set_exception(PipeDown())

    def _flush(self) -> None:
        if self._transport is not None and self._unsent:
            self._transport.write(b"".join(self._unsent))
            self._unsent.clear()

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> None:
        self._reader = hiredis.Reader()
        try:
            transport = await self._open(loop)
            await self._introduce(transport)
        except (OSError, TimeoutError, PipeDown, hiredis.HiredisError) as error:
            log.warning("valkey_unavailable", error=type(error).__name__)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        if "path" in self._given:
            return (await loop.create_unix_connection(lambda: self, self._given["path"]))[0]
        is_secure = self._given.get("connection_class") is SSLConnection
        secure = ssl.create_default_context() if is_secure else None
        host, port = self._given.get("host", "localhost"), self._given.get("port", 6379)
        opening = loop.create_connection(lambda: self, host, port, ssl=secure)
        return (await asyncio.wait_for(opening, timeout=2))[0]

    async def _introduce(self, transport: Any) -> None:
        """Password and database first; only then may others ask."""
        self._transport = transport
        words = []
        if self._given.get("password"):
            names = [self._given["username"]] if self._given.get("username") else []
            words.append(packed("AUTH", *names, self._given["password"]))
        words.append(packed("SELECT", str(self._given.get("db", 0))))
        replies = [self.ask(word) for word in words]
        for reply in replies:
            answer = await asyncio.wait_for(reply, timeout=2)
            if isinstance(answer, Exception):
                transport.abort()
                raise answer
