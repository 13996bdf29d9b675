"""Reports in the shapes that Mailgun and Resend send, signed as they sign."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

MAILGUN_KEY = "key-of-the-test"
RESEND_SECRET = "whsec_" + base64.b64encode(b"a secret of the test, 32 bytes!!").decode()


def mailgun(
    event: str, *, address: str, message_id: str = "20260101.1.DF59@elsewhere.example", **more: Any
) -> dict[str, Any]:
    return {
        "tags": [],
        "timestamp": time.time(),
        "storage": {"url": "https://sw.api.mailgun.net/v3/domains/shop.example/messages/e", "key": "e"},
        "recipient-domain": address.partition("@")[2],
        "id": uuid.uuid4().hex,
        "campaigns": [],
        "user-variables": {},
        "flags": {"is-routed": False, "is-authenticated": True, "is-test-mode": False},
        "log-level": "info",
        "envelope": {
            "sending-ip": "192.0.2.200", "sender": "hello@tansu.example", "transport": "smtp",
            "targets": address,
        },
        "message": {
            "headers": {"to": f"Guest <{address}>", "message-id": message_id, "from": "hello@tansu.example"},
            "attachments": [],
            "size": 809,
        },
        "recipient": address,
        "event": event,
        **more,
    }  # fmt: skip


def mailgun_failed(
    *, address: str, severity: str, reason: str, code: int, words: str, bounce_type: str = ""
) -> dict[str, Any]:
    status = {
        "tls": True, "mx-host": "mx.example", "attempt-no": 1, "description": "", "session-seconds": 2.95,
        "utf8": True, "code": code, "message": words, "certificate-verified": True,
    }  # fmt: skip
    return mailgun("failed", address=address) | {
        "severity": severity, "reason": reason, "log-level": "error",
        "delivery-status": status | ({"bounce-type": bounce_type} if bounce_type else {}),
    }  # fmt: skip


def mailgun_rejected(*, address: str) -> dict[str, Any]:
    """Refused by Mailgun itself: the one event without a recipient of its own."""
    event = mailgun("rejected", address=address) | {"reject": {"reason": "Sandbox", "description": ""}}
    del event["recipient"]
    return event


def mailgun_signed(
    event: dict[str, Any], *, key: str = MAILGUN_KEY, token: str = "", at: float | None = None
) -> bytes:
    timestamp, token = str(int(at or time.time())), token or uuid.uuid4().hex
    signature = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    block = {"timestamp": timestamp, "token": token, "signature": signature}
    return json.dumps({"signature": block, "event-data": event}).encode()


def resend(kind: str, *, address: str, **more: Any) -> dict[str, Any]:
    return {
        "created_at": "2026-10-02T18:11:26.101Z",
        "data": {
            "created_at": "2026-10-02T18:11:25.729Z",
            "email_id": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "message_id": "<0101-aaaa@eu-west-1.amazonses.example>",
            "from": "Tansu & Thyme <hello@tansu.example>",
            "subject": "Spring",
            "to": [f"Guest <{address}>"],
            **more,
        },
        "type": kind,
    }


def resend_headers(
    body: bytes, *, event_id: str = "msg_1", secret: str = RESEND_SECRET, at: float | None = None
) -> dict[str, str]:
    timestamp = str(int(at or time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = "v1,b2xkIHNpZ25hdHVyZQ== v1," + base64.b64encode(digest).decode()
    return {
        "HTTP_SVIX_ID": event_id, "HTTP_SVIX_TIMESTAMP": timestamp, "HTTP_SVIX_SIGNATURE": signature,
    }  # fmt: skip
