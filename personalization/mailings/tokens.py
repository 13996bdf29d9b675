"""Links in mails: whoever holds one may unsubscribe that address, choose its mail, or read that mail."""

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.core import signing

from omotenashi.accounts.models import Workspace
from omotenashi.errors import NotFound
from personalization.mailings.engine.seals import Seals
from personalization.mailings.models import Message

# Without an expiry: a mail is kept for years and its unsubscribe link must work as long.
_UNSUBSCRIBE = "mailings.unsubscribe"
_BROWSER = "mailings.browser"
_ID = 16
"""Bytes of an id."""


@dataclass(frozen=True)
class Recipient:
    """Whom an unsubscribe link is about."""

    workspace: Workspace
    message: Message | None
    address: str
    locale: str


class Links(NamedTuple):
    """The links of one mail."""

    unsubscribe: str
    preferences: str
    """The same token: whoever may leave the list may also ask for less."""
    browser: str


def links_for(message: Message) -> Links:
    return links_of(message.pk, workspace_id=message.workspace_id, locale=message.locale,
                    address=message.address_normalized)  # fmt: skip


def links_of(message_id: uuid.UUID, *, workspace_id: uuid.UUID, locale: str, address: str) -> Links:
    seals, key = _seals(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS), message_id.bytes
    # message id | workspace id | locale, a zero byte, address
    content = key + workspace_id.bytes + f"{locale}\0{address}".encode()
    token = seals.close(content, purpose=_UNSUBSCRIBE.encode())
    return Links(
        f"{settings.PUBLIC_URL}/u/{token}",
        f"{settings.PUBLIC_URL}/p/{token}",
        f"{settings.PUBLIC_URL}/m/{seals.close(key, purpose=_BROWSER.encode())}",
    )


def recipient_of(token: str) -> Recipient:
    """The address is in the token itself: the link works even after the message's row is gone."""
    message_id, workspace_id, locale, address = _read_unsubscribe(token)
    message = Message.objects.filter(pk=message_id).select_related("workspace", "customer").first()
    workspace = message.workspace if message else Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound("This link leads nowhere any more: the shop has left.")
    return Recipient(workspace=workspace, message=message, address=address, locale=locale)


def message_of(token: str) -> Message:
    message_id = _read_browser(token)
    rows = Message.objects.filter(pk=message_id).select_related("campaign", "workspace", "customer")
    message: Message | None = rows.first()
    if message is None:
        raise NotFound("This letter is no longer kept.")
    return message


def _read_unsubscribe(token: str) -> tuple[uuid.UUID, uuid.UUID, str, str]:
    if _is_signed(token):
        values = _unsign(token, salt=_UNSUBSCRIBE)
        return uuid.UUID(values["m"]), uuid.UUID(values["w"]), values["l"], values["a"]
    content = _open(token, purpose=_UNSUBSCRIBE)
    locale, _, address = content[2 * _ID :].decode().partition("\0")
    return uuid.UUID(bytes=content[:_ID]), uuid.UUID(bytes=content[_ID : 2 * _ID]), locale, address


def _read_browser(token: str) -> uuid.UUID:
    if _is_signed(token):
        return uuid.UUID(_unsign(token, salt=_BROWSER)["m"])
    return uuid.UUID(bytes=_open(token, purpose=_BROWSER))


def _open(token: str, *, purpose: str) -> bytes:
    seals = _seals(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    content = seals.open(token, purpose=purpose.encode())
    if content is None:
        raise _incomplete()
    return content


@lru_cache(maxsize=8)
def _seals(secret: str, *older: str) -> Seals:
    return Seals(secret, older=older)


def _is_signed(token: str) -> bool:
    """Mails sent before links were closed carry Django's signed ones: value, time and signature."""
    return ":" in token


def _unsign(token: str, *, salt: str) -> dict[str, str]:
    try:
        values: dict[str, str] = signing.loads(token, salt=salt)
        uuid.UUID(values["m"]), uuid.UUID(values["w"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise _incomplete() from error
    return values


def _incomplete() -> NotFound:
    return NotFound("This link is not complete. Copy it whole from the mail.")
