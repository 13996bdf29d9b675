"""A mail provider's API as the engine takes it: django-anymail writes the request and reads the answer.

Of django-anymail only that is used. Connecting, sending and waiting are the engine's: see `api_line.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, quote
from typing import Any
from urllib.parse import urlsplit

import requests
from anymail.exceptions import AnymailError
from anymail.message import AnymailMessage
from django.conf import settings
from django.utils.module_loading import import_string

from omotenashi.mail_providers import PROVIDERS, MailProvider
from personalization.mailings.engine.answers import (
    in_doubt,
    is_refused_in_body,
    judged_body,
    judged_refusal,
    judged_status,
)
from personalization.mailings.engine.api_line import ApiLines
from personalization.mailings.engine.attempt import Attempt
from personalization.mailings.engine.http_line import HttpReply, HttpServer
from personalization.mailings.engine.line import Parcel
from personalization.mailings.engine.mime import OWN_IDEMPOTENCY_HEADER

_FOLD = re.compile(r"\r?\n[ \t]+")
_OF_THE_PROVIDER = frozenset(
    {"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}
    | {OWN_IDEMPOTENCY_HEADER.lower()}
)
"""Said in other fields of the request, or written by the provider: the rest are headers of ours."""
_USER_AGENT = "Omotenashi"


def provider_lines(*, count: int) -> ApiLines:
    """Lines to the provider that the settings name; count of them, none opened yet."""
    return ApiLines(AnymailApi(PROVIDERS[settings.EMAIL_PROVIDER]), count=count)


class AnymailApi:
    """One provider, by django-anymail's backend of it."""

    def __init__(self, provider: MailProvider) -> None:
        self._provider = provider
        self._backend: Any = import_string(settings.EMAIL_BACKEND)()
        url = urlsplit(self._backend.api_url)
        use_tls = url.scheme == "https"
        port = url.port or (443 if use_tls else 80)
        self.server = HttpServer(url.hostname or "", port, use_tls, settings.EMAIL_TIMEOUT)

    def question(self, parcel: Parcel) -> "AnymailQuestion":
        """Raises ValueError for a mail that this provider cannot carry."""
        mail = message_from_bytes(parcel.content.replace(b"\r\n..", b"\r\n."))
        message = _message(mail, parcel=parcel, provider=self._provider)
        try:
            payload = self._backend.build_message_payload(message, self._backend.send_defaults)
            if self._provider.idempotency_header:
                payload.headers[self._provider.idempotency_header] = mail[OWN_IDEMPOTENCY_HEADER]
            prepared = requests.Request(**payload.get_request_params(self._backend.api_url)).prepare()
        except (AnymailError, requests.RequestException) as error:
            raise ValueError(f"{self._provider.label} cannot be asked to send it: {error}") from error
        return AnymailQuestion(
            self._backend, message, payload, prepared, parcel.recipient, self._provider.has_errors_in_body
        )


@dataclass(frozen=True, slots=True)
class AnymailQuestion:
    """One mail as its provider wants to be asked to send it."""

    backend: Any
    message: AnymailMessage
    payload: Any
    prepared: requests.PreparedRequest
    recipient: str
    has_errors_in_body: bool

    @property
    def request(self) -> bytes:
        """As it goes over the wire."""
        own = self.prepared
        headers = {"Host": urlsplit(own.url or "").netloc, "User-Agent": _USER_AGENT, **own.headers}
        lines = [f"{own.method} {own.path_url} HTTP/1.1"]
        lines += [f"{name}: {_text(value)}" for name, value in headers.items()]
        content = own.body.encode("utf-8") if isinstance(own.body, str) else own.body
        assert isinstance(content, bytes)  # a mail of ours has no files to stream
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + content

    def judged(self, reply: HttpReply) -> Attempt:
        """By the provider's own words where it has some for the recipient, else by the status."""
        response = self._response(reply)
        if self.has_errors_in_body and is_refused_in_body(reply):
            return judged_body(reply)
        try:
            self.backend.raise_for_status(response, self.payload, self.message)
            said = self.backend.parse_recipient_status(response, self.payload, self.message)
        except AnymailError:
            return in_doubt(reply) if reply.status // 100 == 2 else judged_refusal(reply)
        except (LookupError, TypeError, ValueError, AttributeError):
            return in_doubt(reply)  # JSON of a shape that its reader did not expect
        status = next((own for address, own in said.items() if address.lower() == self.recipient), None)
        if status is None or status.status is None:
            return in_doubt(reply)
        return judged_status(reply, status=status.status, provider_id=str(status.message_id or ""))

    def _response(self, reply: HttpReply) -> requests.Response:
        """As django-anymail reads one."""
        response = requests.Response()
        response.status_code, response._content = reply.status, reply.body
        response.headers.update(reply.headers)
        response.url, response.request = self.prepared.url or "", self.prepared
        response.encoding = "utf-8"
        return response


def _message(mail: Message, *, parcel: Parcel, provider: MailProvider) -> AnymailMessage:
    """The mail that was written, not rendered a second time."""
    _, text, html = mail.walk()
    more: dict[str, Any] = {"metadata": {"message": parcel.id.hex}} if provider.carries_metadata else {}
    if provider.switches_tracking:
        more |= {"track_clicks": False, "track_opens": False}
    message = AnymailMessage(
        subject=_decoded(mail["Subject"]),
        body=_part_text(text),
        from_email=_address(mail["From"]),
        to=[_address(mail["To"])],
        headers=dict(_own_headers(mail, provider=provider)),
        **more,
    )
    message.attach_alternative(_part_text(html), "text/html")
    return message


def _own_headers(mail: Message, *, provider: MailProvider) -> Iterator[tuple[str, str]]:
    """As they were written: encoded words stay encoded."""
    for name, value in mail.items():
        if name.lower() == "message-id":
            if not provider.keeps_message_id:
                continue
        elif name.lower() in _OF_THE_PROVIDER:
            continue
        yield name, _FOLD.sub(" ", value)
    yield from provider.more_headers


def _part_text(part: Message) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8").replace("\r\n", "\n") if isinstance(content, bytes) else ""


def _address(header: str) -> str:
    name, address = parseaddr(_FOLD.sub(" ", header))
    return f'"{quote(_decoded(name))}" <{address}>' if name else address


def _decoded(header: str) -> str:
    return str(make_header(decode_header(_FOLD.sub(" ", header))))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")
