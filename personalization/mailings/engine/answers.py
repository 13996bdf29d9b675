"""What a mail provider's answer over HTTP means for the mail: one outcome for each.

2xx and "queued"     ACCEPTED         429                DEFERRED, and slower
2xx and "rejected"   REFUSED          408, 409, 425      DEFERRED
401, 403, 404, 3xx   SENDER_REFUSED   other 4xx          REFUSED, or about us when it names the sender
5xx, or unreadable   IN_DOUBT: the mail may have been taken before it went wrong
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from personalization.mailings.engine.attempt import Attempt, Outcome
from personalization.mailings.engine.http_line import HttpReply

_STAGE = "answer"
_ABOUT_US = frozenset({401, 402, 403, 404, 405, 410})
"""The key, the account, its money or the address that EMAIL_URL names; no mail would fare better."""
_NOT_NOW = frozenset({408, 409, 425, 429})
_TAKEN = frozenset({"sent", "queued"})
_NOT_TAKEN = frozenset({"invalid", "rejected", "failed"})
_OF_SENDER = re.compile(
    r"""['"`]from['"`]|\bfrom[ .](address|email)|\bsender\b|invalid-sender"""
    r"|api ?key|invalid_key|payment|access ?denied|suspended|unauthenticatedfrom",
    re.I,
)
_OF_RECIPIENT = re.compile(r"""['"`](to|recipient)['"`]|\bto address|\brecipients?\b|\.to\.""", re.I)
_BOUNCED = re.compile(r"hard[-_ ]?bounce", re.I)
_ITS_OWN_FAULT = re.compile(r"general ?error|service ?unavailable|internal ?(server ?)?error", re.I)
_KEY_WITH_OTHER_CONTENT = "invalid_idempotent_request"
"""Resend's words: under this key it has had a mail, but not quite this one."""


def judged_status(reply: HttpReply, *, status: str, provider_id: str) -> Attempt:
    """A `2xx` whose body was understood: what the provider says of the one recipient."""
    if status in _TAKEN:
        text = f"{status} as {provider_id}" if provider_id else status
        return Attempt(Outcome.ACCEPTED, stage=_STAGE, code=reply.status, text=text)
    if status in _NOT_TAKEN:
        return _refusal(reply)
    return in_doubt(reply)


def judged_refusal(reply: HttpReply) -> Attempt:
    """Any answer that is no `2xx`."""
    if reply.status in _ABOUT_US or reply.status // 100 == 3:
        return Attempt(Outcome.SENDER_REFUSED, stage=_STAGE, code=reply.status, text=_words(reply))
    if reply.status in _NOT_NOW:
        return _not_now(reply)
    if reply.status // 100 == 4:
        return _refusal(reply)
    return in_doubt(reply)


def is_refused_in_body(reply: HttpReply) -> bool:
    """For providers that answer 200 or 500 to what they refuse, and say in the body that it is an error."""
    try:
        said = json.loads(reply.body)
    except ValueError:
        return False
    if not isinstance(said, dict) or said.get("status") not in {"error", "parameter-error"}:
        return False
    return not _ITS_OWN_FAULT.search(reply.body.decode("utf-8", "replace"))


def judged_body(reply: HttpReply) -> Attempt:
    """Of an answer that `is_refused_in_body`."""
    return _refusal(reply)


def in_doubt(reply: HttpReply) -> Attempt:
    return Attempt(
        Outcome.IN_DOUBT, stage=_STAGE, code=reply.status, text=f"no clear answer: {_words(reply)}"
    )


def _not_now(reply: HttpReply) -> Attempt:
    words = _words(reply)
    if _KEY_WITH_OTHER_CONTENT in words:
        return in_doubt(reply)
    return Attempt(
        Outcome.DEFERRED, stage=_STAGE, code=reply.status, text=words, is_too_fast=reply.status == 429,
        retry_after_seconds=retry_after_seconds(reply.headers),
    )  # fmt: skip


def _refusal(reply: HttpReply) -> Attempt:
    words = _words(reply)
    is_about_us = bool(_OF_SENDER.search(words)) and not _OF_RECIPIENT.search(words)
    outcome = Outcome.SENDER_REFUSED if is_about_us else Outcome.REFUSED
    has_bounced = not is_about_us and bool(_BOUNCED.search(words))
    return Attempt(outcome, stage=_STAGE, code=reply.status, text=words, has_bounced=has_bounced)


def retry_after_seconds(headers: Mapping[str, str]) -> float:
    """Seconds, or a date, which is read against the server's own clock; 0 where nothing is said."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _words(reply: HttpReply) -> str:
    """The values of a JSON answer, or its text as it is; one line, short enough to be kept."""
    text = reply.body.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):  # no JSON: shown as it came
        text = " ".join(_leaves(json.loads(text)))
    return " ".join(text.replace("\0", "").split())[:400]


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for own in value.values() for leaf in _leaves(own)]
    if isinstance(value, list):
        return [leaf for own in value for leaf in _leaves(own)]
    return [str(value)] if value not in (None, "") else []
