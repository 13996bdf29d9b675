"""Django's ASGI application behind granian's RSGI, the quickest of its interfaces.

A response that ends with its first piece leaves at once; an event stream leaves piece by piece.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Message = dict[str, Any]
AsgiApplication = Callable[..., Awaitable[None]]


class Headers(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...
    def items(self) -> list[tuple[str, str]]: ...


class Scope(Protocol):
    """What granian says of a request."""

    proto: str
    http_version: str
    server: str
    client: str
    scheme: str
    method: str
    path: str
    query_string: str
    headers: Headers


class Exchange(Protocol):
    """granian's side of one request."""

    async def __call__(self) -> bytes: ...
    async def client_disconnect(self) -> None: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_stream(self, status: int, headers: list[tuple[str, str]]) -> Any: ...


async def forward(
    application: AsgiApplication, scope: Scope, exchange: Exchange, *, body: bytes | None
) -> None:
    """`body`: what was read already."""
    conversation = _Conversation(exchange, body=body)
    await application(_asgi_scope(scope), conversation.receive, conversation.send)


class _Conversation:
    def __init__(self, exchange: Exchange, *, body: bytes | None) -> None:
        self._exchange = exchange
        self._body = body
        self._is_read = False
        self._status = 500
        self._headers: list[tuple[str, str]] = []
        self._stream: Any = None

    async def receive(self) -> Message:
        if self._is_read:
            await self._exchange.client_disconnect()
            return {"type": "http.disconnect"}
        self._is_read = True
        body = await self._exchange() if self._body is None else self._body
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = [
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
            ]
            return
        body, is_last = message.get("body", b""), not message.get("more_body", False)
        if self._stream is None and is_last:
            self._exchange.response_bytes(self._status, self._headers, body)
            return
        if self._stream is None:
            self._stream = self._exchange.response_stream(self._status, self._headers)
        if body:
            await self._send_piece(body)

    async def _send_piece(self, body: bytes) -> None:
        try:
            await self._stream.send_bytes(body)
        except RuntimeError as error:  # granian's word for a client that has gone
            raise asyncio.CancelledError from error


def _asgi_scope(scope: Scope) -> Message:
    host, _, port = scope.server.rpartition(":")
    client_host, _, client_port = scope.client.rpartition(":")
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in scope.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": scope.http_version,
        "method": scope.method,
        "scheme": scope.scheme,
        "path": scope.path,
        "raw_path": scope.path.encode(),
        "query_string": scope.query_string.encode("latin-1"),
        "root_path": "",
        "headers": headers,
        "server": (host, int(port or 0)),
        "client": (client_host, int(client_port or 0)),
        "state": {},
    }
