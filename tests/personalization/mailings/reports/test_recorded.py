"""Each kind of report in the shapes that the two providers document, and what follows from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Campaign, MailProvider, MailReport
from tests.personalization.mailings.conftest import CustomerFactory
from tests.personalization.mailings.reports import payloads
from tests.personalization.mailings.reports.payloads import MAILGUN_KEY, mailgun_failed, mailgun_rejected
from tests.personalization.mailings.reports.test_reports import (
    GUEST,
    agree,
    mailgun,
    post,
    post_mailgun,
    post_resend,
    resend,
    saved,
    suppressions,
)

pytestmark = pytest.mark.django_db
__all__ = ["mailgun", "resend"]  # fixtures
LINK = "https://tansu.example/p/1"


def failed(severity: str, reason: str, code: int, words: str, bounce_type: str = "") -> dict[str, Any]:
    return mailgun_failed(
        address=GUEST, severity=severity, reason=reason, code=code, words=words, bounce_type=bounce_type
    )


MAILGUN: dict[str, tuple[dict[str, Any], str, str]] = {
    "delivered": (payloads.mailgun("delivered", address=GUEST), "delivered", ""),
    "no such mailbox": (failed("permanent", "bounce", 550, "5.1.1 none", "hard"), "bounced", "hard_bounce"),
    "bounced before": (failed("permanent", "suppress-bounce", 605, "Not sent"), "bounced", "hard_bounce"),
    "complained before": (
        failed("permanent", "suppress-complaint", 607, "Not sent"), "complained", "complaint",
    ),
    "left before": (
        failed("permanent", "suppress-unsubscribe", 606, "Not sent"), "unsubscribed", "unsubscribed",
    ),
    "full for too long": (failed("permanent", "bounce", 552, "5.2.2 full", "soft"), "rejected", ""),
    "too old": (failed("permanent", "old", 602, "Too old"), "rejected", ""),
    "blocked by the provider": (failed("permanent", "espblock", 550, "5.7.1 blocked"), "rejected", ""),
    "greylisted": (failed("temporary", "greylisted", 450, "Greylisted"), "deferred", ""),
    "full": (failed("temporary", "bounce", 452, "4.2.2 full", "soft"), "deferred", ""),
    "rejected": (mailgun_rejected(address=GUEST), "rejected", ""),
    "complained": (payloads.mailgun("complained", address=GUEST), "complained", "complaint"),
    "unsubscribed": (payloads.mailgun("unsubscribed", address=GUEST), "unsubscribed", "unsubscribed"),
    "clicked": (payloads.mailgun("clicked", address=GUEST, url=LINK), "clicked", ""),
}  # fmt: skip


def own(name: str, **more: Any) -> dict[str, Any]:
    return payloads.resend(f"email.{name}", address=GUEST, **more)


def bounce(kind: str, detail: str) -> dict[str, Any]:
    return own("bounced", bounce={"type": kind, "subType": detail, "message": "The mailbox answered."})


SUPPRESSED = {"message": "It is on the suppression list.", "type": "OnAccountSuppressionList"}
RESEND: dict[str, tuple[dict[str, Any], str, str]] = {
    "delivered": (own("delivered"), "delivered", ""),
    "delayed": (own("delivery_delayed"), "deferred", ""),
    "no such mailbox": (bounce("Permanent", "General"), "bounced", "hard_bounce"),
    "suppressed there, as a bounce": (bounce("Permanent", "Suppressed"), "bounced", "hard_bounce"),
    "suppressed there": (own("suppressed", suppressed=SUPPRESSED), "bounced", "hard_bounce"),
    "full": (bounce("Transient", "MailboxFull"), "deferred", ""),
    "not known why": (bounce("Undetermined", "Undetermined"), "deferred", ""),
    "failed": (own("failed", failed={"reason": "reached_daily_quota"}), "rejected", ""),
    "complained": (own("complained"), "complained", "complaint"),
    "clicked": (own("clicked", click={"link": LINK, "ipAddress": "192.0.2.1"}), "clicked", ""),
}


def outcome(customer_factory: CustomerFactory, answer: Any) -> tuple[int, str, str, bool]:
    kind = MailReport.objects.get().kind
    reasons = [reason for address, reason in suppressions() if address == GUEST]
    return answer.status_code, kind, "".join(reasons), GUEST in agree()


@pytest.mark.parametrize("name", MAILGUN)
def test_mailguns_events_have_their_consequence(
    name: str, mailgun: MailProvider, customer_factory: CustomerFactory
) -> None:
    event, kind, reason = MAILGUN[name]
    customer_factory(email=GUEST)
    found = outcome(customer_factory, post_mailgun(mailgun, event))
    assert found == (200, kind, reason, reason not in ("complaint", "unsubscribed"))


@pytest.mark.parametrize("name", RESEND)
def test_resends_events_have_their_consequence(
    name: str, resend: MailProvider, customer_factory: CustomerFactory
) -> None:
    event, kind, reason = RESEND[name]
    customer_factory(email=GUEST)
    found = outcome(customer_factory, post_resend(resend, event))
    assert found == (200, kind, reason, reason != "complaint")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "contact.updated", "created_at": "2026-10-02T18:11:26.101Z", "data": {"email": GUEST}},
        {"type": "domain.updated", "created_at": "2026-10-02T18:11:26.101Z", "data": {"name": "x.example"}},
        {"type": "email.scheduled", "data": {}},
    ],
    ids=lambda event: str(event["type"]),
)
def test_reports_of_other_things_are_taken_so_that_they_do_not_come_again(
    event: dict[str, Any], resend: MailProvider
) -> None:
    answer = post_resend(resend, event)
    assert (answer.status_code, answer.json()) == (200, {"counted": False})


def test_what_is_signed_but_not_a_report_is_refused_with_its_lack(resend: MailProvider) -> None:
    for event in ({"type": "email.delivered"}, own("delivered") | {"data": {"to": []}}, {"data": []}):
        answer = post_resend(resend, event)
        assert answer.status_code == 400
        assert "lacks type, created_at, data or data.to" in answer.json()["detail"]


def test_the_providers_reason_is_kept_whatever_bytes_are_in_it(mailgun: MailProvider) -> None:
    event = mailgun_failed(
        address=GUEST, severity="permanent", reason="bounce", code=550, words="no \0such\ud800 box"
    )
    assert post_mailgun(mailgun, event).status_code == 200
    assert MailReport.objects.get().detail == "550 no such? box"


def test_the_message_is_found_by_the_id_that_resend_gives_back(
    resend: MailProvider, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    message = saved(campaign, customer=customer_factory(email=GUEST))
    post_resend(resend, own("clicked", message_id=f"<{message.message_id_header.strip('<>')}>"))
    assert MailReport.objects.get().message == message


def test_a_key_that_is_being_changed_is_known_by_either_signature(resend: MailProvider) -> None:
    """The header then holds one signature for each key; a later version of the scheme is not for us."""
    body = json.dumps(own("complained")).encode()
    signed = payloads.resend_headers(body)
    for number, value in enumerate((signed["HTTP_SVIX_SIGNATURE"], "v1a," + "A" * 86 + "==")):
        answer = post(resend, body, **signed | {"HTTP_SVIX_SIGNATURE": value, "HTTP_SVIX_ID": "msg_1"})
        assert answer.status_code == (200, 401)[number]


@pytest.mark.parametrize("missing", ["ID", "TIMESTAMP", "SIGNATURE"])
def test_resends_headers_are_all_needed(missing: str, resend: MailProvider) -> None:
    body = json.dumps(own("complained")).encode()
    headers = payloads.resend_headers(body)
    del headers[f"HTTP_SVIX_{missing}"]
    assert post(resend, body, **headers).status_code == 401


def test_one_workspaces_key_does_not_sign_for_another(
    mailgun: MailProvider, other_workspace: Workspace
) -> None:
    rival = MailProvider.objects.create(workspace=other_workspace, provider="mailgun", secret="another")
    event = payloads.mailgun("complained", address=GUEST)
    assert post(rival, payloads.mailgun_signed(event, key=MAILGUN_KEY)).status_code == 401
    assert suppressions() == []
