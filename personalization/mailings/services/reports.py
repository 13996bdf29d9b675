"""Takes in what a mail provider reports, and lets it count at once and once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from omotenashi.errors import Conflict, InvalidInput, MalformedRequest, Unauthenticated
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.providers import PROVIDERS
from personalization.mailings.engine.reports import BadSignature, Report, ReportKind, UnreadableReport
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import MailProvider, MailReport, Message, Suppression
from personalization.mailings.services.doubt import confirm_delivered
from personalization.mailings.services.suppression import suppress, unsubscribe
from personalization.mailings.tokens import Recipient


def receive_report(provider: MailProvider, *, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Whether it was new and of use.

    1. The signature, before anything else is looked at.
    2. The row: its unique key decides whether it is new; a repetition ends here.
    3. What follows from it (suppression, consent, a doubt settled), in the same transaction.
    """
    report = _read(provider, body=body, headers=headers, now=now)
    if report is None or (report.kind is ReportKind.OPENED and not provider.counts_opens):
        return False
    with transaction.atomic():
        row = _record(report, provider=provider)
        if row is None:
            return False
        _apply(report, row=row)
    return True


def _read(provider: MailProvider, *, body: bytes, headers: Mapping[str, str], now: datetime) -> Report | None:
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        return PROVIDERS[provider.provider](body, headers=lower, secret=provider.secret, now=now)
    except BadSignature as error:
        remedy = "Copy the provider's signing key into the studio under Mail providers."
        raise Unauthenticated(f"{error} {remedy}") from error
    except UnreadableReport as error:
        raise MalformedRequest(str(error)) from error


def _record(report: Report, *, provider: MailProvider) -> MailReport | None:
    """None where it was counted before."""
    message = _message(report, provider=provider)
    address = message.address_normalized if message else normalize_address(report.address)
    if address is None:
        raise InvalidInput(f"{report.address[:254]!r} is not a mail address.")
    row, is_new = MailReport.objects.get_or_create(
        provider=provider,
        key=report.key[:200],
        defaults={
            "workspace_id": provider.workspace_id, "message": message, "address_normalized": address,
            "kind": report.kind.value, "at": report.at, "url": _storable(report.url),
            "detail": _storable(report.detail), "nonce": _unused(report, provider=provider),
        },
    )  # fmt: skip
    return row if is_new else None


def _storable(text: str) -> str:
    """What other mail servers say, as far as PostgreSQL can hold it: else one odd answer comes for ever."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:2_000]


def _unused(report: Report, *, provider: MailProvider) -> str | None:
    """A signature that covers no body must not vouch for a second one."""
    nonce = report.nonce[:200] or None
    if nonce is None:
        return None
    used = MailReport.objects.filter(provider=provider, nonce=nonce).exclude(key=report.key[:200])
    if used.exists():
        raise Unauthenticated("This signature was used for another report.")
    return nonce


def _message(report: Report, *, provider: MailProvider) -> Message | None:
    if report.message_id is None:
        return None
    rows = Message.objects.filter(workspace_id=provider.workspace_id, pk=report.message_id)
    found: Message | None = rows.select_related("workspace").first()
    return found


def _apply(report: Report, *, row: MailReport) -> None:
    source = f"{row.provider}: {row.detail}".removesuffix(": ")
    match report.kind:
        case ReportKind.BOUNCED:
            reason = Suppression.Reason.HARD_BOUNCE
            suppress(row.workspace, address=row.address_normalized, reason=reason, source=source)
            _own_message(row, bounced_at=None).update(bounced_at=report.at)
        case ReportKind.COMPLAINED:
            unsubscribe(_recipient(row), source=source, reason=Suppression.Reason.COMPLAINT)
            _own_message(row, complained_at=None).update(complained_at=report.at)
        case ReportKind.UNSUBSCRIBED:
            unsubscribe(_recipient(row), source=source)
        case ReportKind.DELIVERED:
            _settle_doubt(row)


def _recipient(row: MailReport) -> Recipient:
    locale = row.message.locale if row.message else row.workspace.default_locale
    return Recipient(
        workspace=row.workspace, message=row.message, address=row.address_normalized, locale=locale
    )


def _own_message(row: MailReport, **wanted: None) -> QuerySet[Message]:
    """The mail it speaks of, where that has not been said before: the automatic stop counts each once."""
    return Message.objects.filter(reports=row, **wanted)


def _settle_doubt(row: MailReport) -> None:
    """The provider's word is as good as its log. While the attempt still runs, its own answer comes first."""
    if row.message is None or row.message.state != MessageState.IN_DOUBT:
        return
    try:
        confirm_delivered(row.message, by=str(row.provider))
    except Conflict:
        return
