"""Signed links in mails: whoever holds one may unsubscribe that address or read that mail, nothing else."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound
from personalization.mailings.models import Message

# Without an expiry: a mail is kept for years and its unsubscribe link must work as long.
_UNSUBSCRIBE = "mailings.unsubscribe"
_BROWSER = "mailings.browser"


@dataclass(frozen=True)
class Recipient:
    """Whom an unsubscribe link is about."""

    workspace: Workspace
    message: Message | None
    address: str
    locale: str


def unsubscribe_url(message: Message) -> str:
    return links_of(message.pk, workspace_id=message.workspace_id, locale=message.locale,
                    address=message.address_normalized).unsubscribe  # fmt: skip


def browser_url(message: Message) -> str:
    return links_of(message.pk, workspace_id=message.workspace_id, locale=message.locale,
                    address=message.address_normalized).browser  # fmt: skip


class Links(NamedTuple):
    """The signed links of one mail."""

    unsubscribe: str
    browser: str


def links_of(message_id: uuid.UUID, *, workspace_id: uuid.UUID, locale: str, address: str) -> Links:
    values = {"m": message_id.hex, "w": workspace_id.hex, "l": locale}
    return Links(
        f"{settings.PUBLIC_URL}/u/{_sign(values | {'a': address}, salt=_UNSUBSCRIBE)}",
        f"{settings.PUBLIC_URL}/m/{_sign(values, salt=_BROWSER)}",
    )


def recipient_of(token: str) -> Recipient:
    """The address is in the token itself: the link works even after the message's row is gone."""
    values = _unsign(token, salt=_UNSUBSCRIBE)
    message = Message.objects.filter(pk=values["m"]).select_related("workspace", "customer").first()
    workspace = message.workspace if message else Workspace.objects.filter(pk=values["w"]).first()
    if workspace is None:
        raise NotFound("This link leads nowhere any more: the shop has left.")
    return Recipient(workspace=workspace, message=message, address=values["a"], locale=values["l"])


def message_of(token: str) -> Message:
    values = _unsign(token, salt=_BROWSER)
    message = (
        Message.objects.filter(pk=values["m"]).select_related("campaign", "workspace", "customer").first()
    )
    if message is None:
        raise NotFound("This letter is no longer kept.")
    return message


def _sign(values: dict[str, str], *, salt: str) -> str:
    """What `signing.dumps` makes, with the key derived once and not for each mail."""
    body = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=")
    stamped = body + b":" + signing.b62_encode(int(time.time())).encode()
    seal = _seal(settings.SECRET_KEY, salt).copy()
    seal.update(stamped)
    return (stamped + b":" + base64.urlsafe_b64encode(seal.digest()).rstrip(b"=")).decode("ascii")


@lru_cache(maxsize=8)
def _seal(secret: str, salt: str) -> "hmac.HMAC":
    """As `signing.dumps` keys it: a test reads ours with `signing.loads`."""
    key = hashlib.sha256((salt + "signer" + secret).encode()).digest()
    return hmac.new(key, digestmod=hashlib.sha256)


def _unsign(token: str, *, salt: str) -> dict[str, str]:
    try:
        values: dict[str, str] = signing.loads(token, salt=salt)
        uuid.UUID(values["m"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise NotFound("This link is not complete. Copy it whole from the mail.") from error
    return values
