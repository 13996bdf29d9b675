"""An HTTP connection that is kept open over many requests, with the point of no return exposed.

    connect ─▶ look ─▶ the request's bytes ─▶ its answer
    └ nothing has left ┘ └───── in doubt ─────────┘

A library's session connects, sends and waits in one call, and when that fails nobody knows how far it came.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any

_MAX_ANSWER_BYTES = 1_000_000
_HEAD_BYTES = 64
"""Of a request, sent ahead: as long as these have not left, there is nothing that a server could act on."""
_SEND_BUFFER_BYTES = 400_000
"""Room in the kernel for a whole mail: a server that is slow to read keeps no other mail waiting."""


@dataclass(frozen=True)
class HttpServer:
    """Where requests go."""

    host: str
    port: int
    use_tls: bool = True
    timeout_seconds: float = 30.0
    """For the connection, for sending the request, and again for the whole of its answer."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpLineLost(Exception):
    """The connection is gone, silent for too long, or speaks no HTTP."""


class HttpLine:
    """One connection, one request at a time."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._socket: socket.socket | None = None
        self._deadline = 0.0

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def open(self) -> None:
        """Connect, unless the connection of the last request still stands. Raises HttpLineLost."""
        if self._socket is not None and not self.is_quiet():
            self.drop()
        if self._socket is not None:
            return
        connection = self._connection()
        try:
            connection.connect()
        except (OSError, HTTPException) as error:
            connection.close()
            raise HttpLineLost(_words(error)) from error
        self._socket = connection.sock
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def is_quiet(self) -> bool:
        """Between two requests a server has nothing to say but goodbye.

        Read, and not only looked for: over TLS bytes may come that are none of the conversation.
        """
        if self._socket is None:
            return False
        try:
            self._socket.settimeout(0)
            self._socket.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False  # its end, or something that nobody asked for

    def send(self, request: bytes) -> None:
        """Raises HttpLineLost only when nothing left that a server could act on."""
        if self._socket is None:
            raise HttpLineLost("it was hung up")
        self._deadline = time.monotonic() + self._server.timeout_seconds
        try:
            self._socket.settimeout(self._server.timeout_seconds)
            self._socket.sendall(request[:_HEAD_BYTES])
        except OSError as error:
            self.drop()
            raise HttpLineLost(_words(error)) from error
        try:
            self._socket.sendall(request[_HEAD_BYTES:])
        except OSError:
            self.drop()  # and `reply` finds it gone

    def reply(self) -> HttpReply:
        """Raises HttpLineLost when no whole answer came in time."""
        if self._socket is None:
            raise HttpLineLost("cut while the request was sent")
        hearing: Any = _Hearing(self._socket, until=self._deadline)
        response = HTTPResponse(hearing, method="POST")
        try:
            response.begin()
            body = response.read(_MAX_ANSWER_BYTES)
        except (OSError, HTTPException, ValueError) as error:
            self.drop()
            raise HttpLineLost(_words(error)) from error
        if response.will_close or not response.isclosed():
            self.drop()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpReply(response.status, headers, body)

    def _connection(self) -> HTTPConnection:
        server = self._server
        if not server.use_tls:
            return HTTPConnection(server.host, server.port, timeout=server.timeout_seconds)
        context = ssl.create_default_context()
        return HTTPSConnection(server.host, server.port, timeout=server.timeout_seconds, context=context)


class _Hearing(io.RawIOBase):
    """A socket that is read until a moment in time, however slowly it drips; the socket stays open."""

    def __init__(self, connection: socket.socket, *, until: float) -> None:
        self._socket = connection
        self._until = until

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # After the deadline, too, what is there is read: on a busy machine it is we who come late.
        self._socket.settimeout(max(0.01, self._until - time.monotonic()))
        return self._socket.recv_into(buffer)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
