"""Signed links in mails: whoever holds one may unsubscribe that address or read that mail, nothing else."""

import uuid
from dataclasses import dataclass

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
    return f"{settings.PUBLIC_URL}/u/{_sign(message, salt=_UNSUBSCRIBE)}"


def browser_url(message: Message) -> str:
    return f"{settings.PUBLIC_URL}/m/{_sign(message, salt=_BROWSER)}"


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


def _sign(message: Message, *, salt: str) -> str:
    values = {"m": message.pk.hex, "w": message.workspace_id.hex, "l": message.locale}
    if salt == _UNSUBSCRIBE:
        values["a"] = message.address_normalized
    return signing.dumps(values, salt=salt)


def _unsign(token: str, *, salt: str) -> dict[str, str]:
    try:
        values: dict[str, str] = signing.loads(token, salt=salt)
        uuid.UUID(values["m"])
    except (signing.BadSignature, ValueError, KeyError, TypeError) as error:
        raise NotFound("This link is not complete. Copy it whole from the mail.") from error
    return values
