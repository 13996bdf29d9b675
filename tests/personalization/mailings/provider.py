"""A mail provider's HTTP API on this machine: real requests, answered in the shapes that providers document.

`provider.faults["guest1@mail.example"] = "cut"`: of requests for this address, or for any with "*".
A list is used up fault by fault, and then the mail is taken.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from omotenashi import mail_providers

KEY = "key-of-the-shop"
Answer = tuple[int, Any]


@dataclass(frozen=True)
class Asked:
    """One request, as the provider understands it."""

    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    recipient: str


class Mailgun:
    url = f"anymail+mailgun://{KEY}@mg.tansu.example"
    base = "/v3"
    denied: Answer = (401, "Forbidden")
    too_fast: Answer = (429, {"message": "Too many requests"})
    invalid: Answer = (400, {"message": "'to' parameter is not a valid address. please check documentation"})
    wrong_sender: Answer = (
        400,
        {"message": "'from' parameter is not a valid address. please check documentation"},
    )
    failed: Answer = (500, {"message": "Internal Server Error"})

    def is_known(self, headers: Mapping[str, str]) -> bool:
        return headers["Authorization"] == f"Basic {b64encode(f'api:{KEY}'.encode()).decode()}"

    def read(self, body: bytes) -> tuple[Mapping[str, Any], str]:
        fields = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        return fields, fields["to"]

    def taken(self, asked: Asked) -> Answer:
        return 200, {"id": f"<{uuid4()}@mg.tansu.example>", "message": "Queued. Thank you."}

    def header(self, asked: Asked, name: str) -> str:
        return str(asked.fields.get(f"h:{name.title()}", ""))


class Resend:
    url = f"anymail+resend://{KEY}@"
    base = ""
    denied: Answer = (
        401, {"statusCode": 401, "name": "restricted_api_key", "message": "This API key is not valid"},
    )  # fmt: skip
    too_fast: Answer = (
        429,
        {
            "statusCode": 429,
            "name": "rate_limit_exceeded",
            "message": "Two requests per second.",
        },
    )
    invalid: Answer = (
        422, {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."},
    )  # fmt: skip
    wrong_sender: Answer = (
        403, {"statusCode": 403, "name": "validation_error", "message": "The domain is not verified."},
    )  # fmt: skip
    failed: Answer = (
        500, {"statusCode": 500, "name": "internal_server_error", "message": "Something went wrong."},
    )  # fmt: skip

    def is_known(self, headers: Mapping[str, str]) -> bool:
        return headers["Authorization"] == f"Bearer {KEY}"

    def read(self, body: bytes) -> tuple[Mapping[str, Any], str]:
        fields = json.loads(body)
        return fields, fields["to"][0]

    def taken(self, asked: Asked) -> Answer:
        return 200, {"id": str(uuid4())}

    def header(self, asked: Asked, name: str) -> str:
        return str(asked.fields["headers"].get(name, ""))


class Postmark:
    url = f"anymail+postmark://{KEY}@"
    base = ""
    denied: Answer = (401, {"ErrorCode": 10, "Message": "Request does not contain a valid Server token."})
    too_fast: Answer = (429, {"ErrorCode": 429, "Message": "Rate limit exceeded."})
    invalid: Answer = (422, {"ErrorCode": 300, "Message": "Invalid 'To' address: 'guest1@mail.example'."})
    wrong_sender: Answer = (
        422, {"ErrorCode": 400, "Message": "The 'From' address you supplied is not a Sender Signature."},
    )  # fmt: skip
    failed: Answer = (500, {"ErrorCode": 0, "Message": "Internal Server Error"})

    def is_known(self, headers: Mapping[str, str]) -> bool:
        return headers["X-Postmark-Server-Token"] == KEY

    def read(self, body: bytes) -> tuple[Mapping[str, Any], str]:
        fields = json.loads(body)
        return fields, fields["To"]

    def taken(self, asked: Asked) -> Answer:
        own = {
            "SubmittedAt": "2026-11-27T08:00:00Z",
            "MessageID": str(uuid4()),
            "ErrorCode": 0,
            "Message": "OK",
        }
        return 200, {"To": asked.recipient, **own}

    def header(self, asked: Asked, name: str) -> str:
        return next((str(own["Value"]) for own in asked.fields["Headers"] if own["Name"] == name), "")


OTHER_CONTENT: Answer = (
    409, {"statusCode": 409, "name": "invalid_idempotent_request", "message": "Same key, different payload."},
)  # fmt: skip
"""Resend, of a key under which it has had another mail."""


def inactive(address: str) -> Answer:
    """Postmark, of an address that it will not write to any more."""
    said = "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: "
    why = "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
    return 422, {"ErrorCode": 406, "Message": f"{said}{address}.\n{why}"}


Shape = Mailgun | Resend | Postmark


@dataclass
class Provider:
    """`accepted` is what would be delivered; `requests` all that was asked."""

    shape: Shape
    faults: dict[str, str | list[str]] = field(default_factory=dict)
    requests: list[Asked] = field(default_factory=list)
    accepted: list[Asked] = field(default_factory=list)
    retry_after: str = "1"
    certificate: Path | None = None
    """With its key: it speaks TLS, as `localhost`."""
    released: threading.Event = field(default_factory=threading.Event)
    """Ends the silences, so that no thread outlives its test."""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.sockets: list[socket.socket] = []
        self._seen: dict[str, tuple[Mapping[str, Any], Answer]] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.http.daemon_threads = True
        if self.certificate:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self) -> str:
        """As EMAIL_URL has it."""
        port = self.http.server_address[1]
        origin = f"https://localhost:{port}" if self.certificate else f"http://127.0.0.1:{port}"
        return f"{self.shape.url}?api_url={origin}{self.shape.base}"

    @property
    def recipients(self) -> list[str]:
        return sorted(asked.recipient for asked in self.accepted)

    def cut_lines(self) -> None:
        for line in self.sockets:
            line.shutdown(socket.SHUT_RDWR)

    def stop_listening(self) -> None:
        self.http.shutdown()
        self.http.server_close()

    def close(self) -> None:
        self.released.set()
        self.stop_listening()

    def fault_of(self, address: str) -> str:
        fault = self.faults.get(address) or self.faults.get("*", "")
        with self._lock:
            return (fault.pop(0) if fault else "") if isinstance(fault, list) else fault

    def take(self, asked: Asked) -> Answer:
        """Once for each key, where this provider drops what it has seen."""
        key = asked.headers.get("Idempotency-Key", "") if isinstance(self.shape, Resend) else ""
        with self._lock:
            if key and key in self._seen:
                fields, answer = self._seen[key]
                return answer if fields == asked.fields else OTHER_CONTENT
            answer = self.shape.taken(asked)
            self.accepted.append(asked)
            if key:
                self._seen[key] = asked.fields, answer
            return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    provider: Provider

    def setup(self) -> None:
        super().setup()
        self.provider.sockets.append(self.connection)

    def do_POST(self) -> None:
        own = self.provider
        fields, to = own.shape.read(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(self.path, dict(self.headers), fields, parseaddr(to)[1])
        own.requests.append(asked)
        fault = own.fault_of(asked.recipient)
        if not own.shape.is_known(self.headers) or fault == "denied":
            self._say(own.shape.denied)
        elif fault == "cut":
            own.take(asked)
            self._hang_up()
        elif fault == "silent":
            own.released.wait(60)
            self._hang_up()
        elif fault == "drip":
            self._drip(own.take(asked))
        elif fault == "unreadable":
            self._say((200, "<html>It works!</html>"))
        elif fault == "not_now":
            self._say((408, "Request Timeout"))
        elif fault == "inactive":
            self._say(inactive(asked.recipient))
        elif fault:
            self._say(getattr(own.shape, fault))
        else:
            self._say(own.take(asked))

    def _say(self, answer: Answer) -> None:
        status, said = answer
        content = (said if isinstance(said, str) else json.dumps(said)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(said, str) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", self.provider.retry_after)
        self.end_headers()
        self.wfile.write(content)

    def _drip(self, answer: Answer) -> None:
        """The right answer, byte by byte."""
        content = json.dumps(answer[1]).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n"
        for byte in head.encode() + content:
            if self.provider.released.wait(0.3):
                break
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                break
        self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The test says what matters."""


def _handler_of(provider: Provider) -> type[_Handler]:
    return type("Handler", (_Handler,), {"provider": provider})


@contextmanager
def serving(shape: type[Shape], settings: Any, *, certificate: Path | None = None) -> Iterator[Provider]:
    """Up, and named by the settings."""
    provider = Provider(shape(), certificate=certificate)
    settings.EMAIL_TIMEOUT = 1
    settings.EMAIL_PROVIDER, settings.ANYMAIL = mail_providers.anymail_settings("EMAIL_URL", provider.url)
    settings.EMAIL_BACKEND = mail_providers.backend_path(settings.EMAIL_PROVIDER)
    yield provider
    provider.close()


@pytest.fixture
def resend(settings: Any) -> Iterator[Provider]:
    with serving(Resend, settings) as provider:
        yield provider


@pytest.fixture
def postmark(settings: Any) -> Iterator[Provider]:
    with serving(Postmark, settings) as provider:
        yield provider
