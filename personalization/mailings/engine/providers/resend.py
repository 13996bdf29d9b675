"""Resend's webhooks: signed as in Standard Webhooks, HMAC-SHA256 over id, time and the raw body."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

from personalization.mailings.engine.reports import (
    BadSignature,
    Report,
    ReportKind,
    UnreadableReport,
    row_in_header,
)

# Each repetition is signed anew.
OLDEST = timedelta(minutes=5)
_KINDS = {
    "email.delivered": ReportKind.DELIVERED,
    "email.delivery_delayed": ReportKind.DEFERRED,
    "email.complained": ReportKind.COMPLAINED,
    "email.opened": ReportKind.OPENED,
    "email.clicked": ReportKind.CLICKED,
    "email.failed": ReportKind.REJECTED,
    "email.suppressed": ReportKind.BOUNCED,
}
# Payloads without a bounce type say it in these words.
_HARD_WORDS = ("hard bounce", "suppressed sending")
# Headers of ours that hold the message's id; `mime.py` writes them.
_OWN_HEADERS = ("message-id", "x-entity-ref-id")


def read_report(body: bytes, *, headers: Mapping[str, str], secret: str, now: datetime) -> Report | None:
    event_id = _verified_id(body, headers=headers, secret=secret, now=now)
    try:
        payload = json.loads(body)
        name, data = str(payload["type"]), payload["data"]
        kind = _bounce(_object(data.get("bounce"))) if name == "email.bounced" else _KINDS.get(name)
        # Asked before the rest is read: reports of contacts and domains have no recipient, and one that is
        # refused comes again until the provider gives up on our address.
        return _report(payload, kind=kind, event_id=event_id) if kind else None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise UnreadableReport("The report lacks type, created_at, data or data.to.") from error


def _report(payload: Mapping[str, Any], *, kind: ReportKind, event_id: str) -> Report:
    data, at = payload["data"], datetime.fromisoformat(payload["created_at"])
    if at.tzinfo is None:
        raise UnreadableReport("created_at has no time zone.")
    return Report(
        kind=kind,
        key=event_id,
        address=parseaddr(data["to"][0])[1],
        at=at,
        message_id=_own_id(data.get("headers")) or row_in_header(str(data.get("message_id") or "")),
        url=str(_object(data.get("click")).get("link") or ""),
        detail=_detail(data),
    )


def _detail(data: Mapping[str, Any]) -> str:
    told = (_object(data.get(name)) for name in ("bounce", "suppressed", "failed"))
    return next((str(own.get("message") or own.get("reason") or "") for own in told if own), "")


def _verified_id(body: bytes, *, headers: Mapping[str, str], secret: str, now: datetime) -> str:
    """Named `webhook-…` in the standard and `svix-…` by those who sent before there was one."""
    event_id, sent, given = (
        headers.get(f"svix-{name}") or headers.get(f"webhook-{name}") or ""
        for name in ("id", "timestamp", "signature")
    )
    signed = f"{event_id}.{sent}.".encode() + body
    expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest())
    # Several while a secret is changed.
    offered = [part.partition(",")[2].encode() for part in given.split() if part.startswith("v1,")]
    if not event_id or not any(hmac.compare_digest(one, expected) for one in offered):
        raise BadSignature("The signature is not made with this provider's signing secret.")
    if not sent.isdigit() or abs(now.timestamp() - int(sent)) > OLDEST.total_seconds():
        raise BadSignature("The signature is too old.")
    return event_id


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise BadSignature("The stored signing secret is not of the form whsec_….") from error


def _bounce(bounce: Mapping[str, Any]) -> ReportKind:
    kind, words = str(bounce.get("type") or ""), str(bounce.get("message") or "")
    is_hard = kind == "Permanent" or (not kind and any(hint in words for hint in _HARD_WORDS))
    return ReportKind.BOUNCED if is_hard else ReportKind.DEFERRED


def _own_id(headers: object) -> UUID | None:
    rows = headers if isinstance(headers, list) else []
    named = {str(_object(row).get("name")).lower(): str(_object(row).get("value")) for row in rows}
    found = (row_in_header(named[name]) for name in _OWN_HEADERS if name in named)
    return next((own for own in found if own), None)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
