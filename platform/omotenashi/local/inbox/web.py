"""The reading half: a page and some JSON answers. A mail's HTML stands in a sandbox and runs nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from email.message import EmailMessage
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from omotenashi.local.inbox.store import MailFolder, header

_PAGE = Path(__file__).with_name("page.html")
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Two locks: the sandbox keeps scripts, forms and this origin away from the mail even when it is
# opened in a tab of its own, and no source of scripts is allowed in the first place.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src http: https: data:; style-src 'unsafe-inline'; font-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_ROUTE = re.compile(r"/mails/([0-9a-f-]+)(?:/(html|raw))?")
_LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class InboxPage(BaseHTTPRequestHandler):
    """GET / · /page.css · /page.js · /mails?search= · /mails/ID · …/html · …/raw; DELETE /mails."""

    protocol_version = "HTTP/1.1"
    server_version = "OmotenashiInbox"
    sys_version = ""

    def __init__(self, *arguments: object, folder: MailFolder, loopback_only: bool) -> None:
        self._folder = folder
        self._loopback_only = loopback_only
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Route one request."""
        if not self._is_local():
            return
        url = urlsplit(self.path)
        route = _ROUTE.fullmatch(url.path)
        if route:
            self._answer_mail(route.group(1), view=route.group(2) or "")
        elif url.path == "/mails":
            self._answer_list(search=parse_qs(url.query).get("search", [""])[0])
        elif url.path in _FILES:
            self._answer_file(url.path)
        else:
            self._answer_not_found()

    def do_DELETE(self) -> None:
        """Empty the inbox. Another site's page cannot send this method without being asked first."""
        if not self._is_local():
            return
        if self.path == "/mails":
            self._answer_json({"deleted": self._folder.clear()})
        else:
            self._answer_not_found()

    def log_message(self, format: str, *arguments: object) -> None:
        """The page polls; its requests are no news."""

    def _is_local(self) -> bool:
        """A name that merely resolves to this machine is how other sites reach local servers."""
        host = self.headers.get("Host", "")
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if name in _LOCAL_HOSTS or not self._loopback_only:
            return True
        self._answer(
            b"Open this page as http://127.0.0.1.\n", kind="text/plain", status=HTTPStatus.MISDIRECTED_REQUEST
        )
        return False

    def _answer_list(self, *, search: str) -> None:
        mails, count = self._folder.latest(search=search)
        self._answer_json({"count": count, "mails": [asdict(mail) for mail in mails]})

    def _answer_mail(self, mail_id: str, *, view: str) -> None:
        message = self._folder.message(mail_id)
        if message is None:
            self._answer_not_found()
            return
        answers: dict[str, Callable[[EmailMessage, str], None]] = {
            "html": self._answer_html,
            "raw": self._answer_raw,
            "": self._answer_parts,
        }
        answers[view](message, mail_id)

    def _answer_html(self, message: EmailMessage, mail_id: str) -> None:
        html = part_text(message, kind="html")
        # Links open beside the inbox; anything the mail says about `base` comes later and is ignored.
        page = f'<!doctype html><base target="_blank"><meta name="referrer" content="no-referrer">{html}'
        self._answer(page.encode("utf-8", "replace"), kind="text/html; charset=utf-8", policy=_MAIL_POLICY)

    def _answer_raw(self, message: EmailMessage, mail_id: str) -> None:
        raw = self._folder.raw(mail_id) or b""
        self._answer(raw, kind="message/rfc822", download=f"{mail_id}.eml")

    def _answer_parts(self, message: EmailMessage, mail_id: str) -> None:
        headers = [[name, _readable(message, name=name, raw=value)] for name, value in message.raw_items()]
        html, text = part_text(message, kind="html"), part_text(message, kind="plain")
        body = {
            "id": mail_id,
            "subject": header(message, "Subject"),
            "from": header(message, "From"),
            "to": header(message, "To"),
            "headers": headers,
            "text": text,
            "has_html": bool(html),
            "html_bytes": len(html.encode("utf-8", "replace")),
        }
        self._answer_json(body)

    def _answer_file(self, path: str) -> None:
        name, kind = _FILES[path]
        self._answer(_PAGE.with_name(name).read_bytes(), kind=kind, policy=_PAGE_POLICY)

    def _answer_json(self, body: object) -> None:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        self._answer(content, kind="application/json")

    def _answer_not_found(self) -> None:
        self._answer(b"There is no such page or mail.\n", kind="text/plain", status=HTTPStatus.NOT_FOUND)

    def _answer(
        self,
        content: bytes,
        *,
        kind: str,
        status: HTTPStatus = HTTPStatus.OK,
        policy: str = "default-src 'none'; frame-ancestors 'none'",
        download: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        if download:
            self.send_header("Content-Disposition", f'attachment; filename="{download}"')
        self.end_headers()
        self.wfile.write(content)


_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
}


def part_text(message: EmailMessage, *, kind: str) -> str:
    """The first part of this kind as text; a broken charset costs a few characters, not the mail."""
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and not part.is_attachment():
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            try:
                return content.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                return content.decode("utf-8", "replace")
    return ""


def _readable(message: EmailMessage, *, name: str, raw: str) -> str:
    """Encoded words decoded where a header stands once; otherwise the lines as they came."""
    values = message.get_all(name) or []
    return header(message, name) if len(values) == 1 else " ".join(str(raw).split())


def make_server(folder: MailFolder, *, host: str, port: int) -> ThreadingHTTPServer:
    """A server ready for `serve_forever`."""
    page = partial(InboxPage, folder=folder, loopback_only=host in ("127.0.0.1", "::1"))
    server = ThreadingHTTPServer((host, port), page)
    server.daemon_threads = True
    return server
