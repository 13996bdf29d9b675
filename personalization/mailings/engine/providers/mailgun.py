"""Mailgun's webhooks: JSON with a signature block, HMAC-SHA256 over timestamp and token.

The signature does not cover the body, so a token is good for one event only: it goes along as the nonce.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any

from personalization.mailings.engine.reports import (
    BadSignature,
    Report,
    ReportKind,
    UnreadableReport,
    row_in_header,
)

# Mailgun goes on trying for eight hours.
OLDEST = timedelta(hours=12)
_KINDS = {
    "delivered": ReportKind.DELIVERED,
    "complained": ReportKind.COMPLAINED,
    "unsubscribed": ReportKind.UNSUBSCRIBED,
    "opened": ReportKind.OPENED,
    "clicked": ReportKind.CLICKED,
    "rejected": ReportKind.REJECTED,
}
# Why a mail failed for good. Anything else, such as content that was refused, is not about the address.
_FAILED_FOR_GOOD = {
    "bounce": ReportKind.BOUNCED,
    "suppress-bounce": ReportKind.BOUNCED,
    "suppress-complaint": ReportKind.COMPLAINED,
    "suppress-unsubscribe": ReportKind.UNSUBSCRIBED,
}


def read_report(body: bytes, *, headers: Mapping[str, str], secret: str, now: datetime) -> Report | None:
    payload = _payload(body)
    token = _verified_token(payload.get("signature"), secret=secret, now=now)
    event = payload.get("event-data")
    if not isinstance(event, dict):
        raise UnreadableReport("The report has no event-data.")
    kind = _kind(event)
    return _report(event, kind=kind, token=token) if kind else None


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise BadSignature("The body is not JSON, so it carries no signature.") from error
    if not isinstance(payload, dict):
        raise BadSignature("The body is not an object, so it carries no signature.")
    return payload


def _verified_token(block: object, *, secret: str, now: datetime) -> str:
    if not isinstance(block, dict):
        raise BadSignature("The report carries no signature.")
    timestamp, token, given = (str(block.get(name, "")) for name in ("timestamp", "token", "signature"))
    expected = hmac.new(secret.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise BadSignature("The signature is not made with this provider's signing key.")
    if not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > OLDEST.total_seconds():
        raise BadSignature("The signature is too old.")
    return token


def _kind(event: Mapping[str, Any]) -> ReportKind | None:
    name = event.get("event")
    if name != "failed":
        return _KINDS.get(str(name))
    if event.get("severity") == "temporary":
        return ReportKind.DEFERRED
    if _object(event.get("delivery-status")).get("bounce-type") == "soft":
        return ReportKind.REJECTED  # a full mailbox that was tried for long enough
    return _FAILED_FOR_GOOD.get(str(event.get("reason")), ReportKind.REJECTED)


def _report(event: Mapping[str, Any], *, kind: ReportKind, token: str) -> Report:
    headers = _object(_object(event.get("message")).get("headers"))
    try:
        at = datetime.fromtimestamp(float(event["timestamp"]), tz=UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UnreadableReport("event-data.timestamp is not a time in seconds.") from error
    # An event's id is unique within a day only.
    own_id = str(event.get("id") or token)
    return Report(
        kind=kind,
        key=f"{own_id} {at:%Y-%m-%d}",
        address=str(event.get("recipient") or parseaddr(str(headers.get("to") or ""))[1]),
        at=at,
        message_id=row_in_header(str(headers.get("message-id") or "")),
        url=str(event.get("url") or ""),
        detail=_detail(event),
        nonce=token,
    )


def _detail(event: Mapping[str, Any]) -> str:
    status = _object(event.get("delivery-status"))
    code, words = status.get("code"), status.get("message") or status.get("description")
    words = words or _object(event.get("reject")).get("reason")
    return " ".join(str(part) for part in (code, words) if part)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
