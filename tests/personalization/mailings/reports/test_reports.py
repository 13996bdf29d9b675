"""What providers report: believed only when signed, counted once, effective at once."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.states import MessageState
from personalization.mailings.models import Campaign, MailProvider, MailReport, Message, Suppression
from personalization.mailings.rows import new_message
from personalization.models import Customer
from tests.personalization.mailings.conftest import CustomerFactory
from tests.personalization.mailings.reports import payloads

pytestmark = pytest.mark.django_db
GUEST = "guest@mail.example"


@pytest.fixture
def mailgun(workspace: Workspace) -> MailProvider:
    row: MailProvider = MailProvider.objects.create(
        workspace=workspace, provider="mailgun", secret=payloads.MAILGUN_KEY
    )
    return row


@pytest.fixture
def resend(workspace: Workspace) -> MailProvider:
    row: MailProvider = MailProvider.objects.create(
        workspace=workspace, provider="resend", secret=payloads.RESEND_SECRET
    )
    return row


def post(provider: MailProvider, body: bytes, **headers: str) -> Any:
    client = Client(raise_request_exception=False)
    return client.post(
        f"/v1/mail-reports/{provider.pk}", data=body, content_type="application/json", **headers
    )


def post_mailgun(provider: MailProvider, event: dict[str, Any]) -> Any:
    return post(provider, payloads.mailgun_signed(event))


def post_resend(provider: MailProvider, event: dict[str, Any], *, event_id: str = "msg_1") -> Any:
    body = json.dumps(event).encode()
    return post(provider, body, **payloads.resend_headers(body, event_id=event_id))


def suppressions() -> list[tuple[str, str]]:
    return list(Suppression.objects.order_by("id").values_list("address_normalized", "reason"))


def agree() -> set[str]:
    return set(Customer.objects.all().consented().values_list("email_normalized", flat=True))


def hard_bounce() -> dict[str, Any]:
    return payloads.mailgun_failed(
        address=GUEST, severity="permanent", reason="bounce", code=550, words="5.1.1 no such mailbox"
    )


def test_a_permanent_failure_suppresses_the_address(mailgun: MailProvider) -> None:
    answer = post_mailgun(mailgun, hard_bounce())
    assert (answer.status_code, answer.json()) == (200, {"counted": True})
    assert suppressions() == [(GUEST, "hard_bounce")]
    assert "5.1.1" in Suppression.objects.get().source


def test_a_temporary_failure_suppresses_nobody(mailgun: MailProvider) -> None:
    event = payloads.mailgun_failed(
        address=GUEST, severity="temporary", reason="generic", code=450, words="greylisted"
    )
    assert post_mailgun(mailgun, event).json() == {"counted": True}
    assert (suppressions(), MailReport.objects.get().kind) == ([], "deferred")


def test_a_mail_given_up_for_its_content_says_nothing_about_the_address(mailgun: MailProvider) -> None:
    event = payloads.mailgun_failed(
        address=GUEST, severity="permanent", reason="generic", code=554, words="5.7.1 content refused"
    )
    post_mailgun(mailgun, event)
    assert (suppressions(), MailReport.objects.get().kind) == ([], "rejected")


@pytest.mark.parametrize(
    ("bounce", "expected"),
    [
        ({"type": "Permanent", "subType": "General", "message": "no such user"}, [(GUEST, "hard_bounce")]),
        ({"message": "The provider sent a hard bounce message, but no reason."}, [(GUEST, "hard_bounce")]),
        ({"type": "Transient", "subType": "MailboxFull", "message": "inbox was full"}, []),
    ],
)
def test_resends_permanent_and_temporary_bounces_are_told_apart(
    bounce: dict[str, str], expected: list[Any], resend: MailProvider
) -> None:
    post_resend(resend, payloads.resend("email.bounced", address=GUEST, bounce=bounce))
    assert suppressions() == expected


def test_a_complaint_suppresses_and_withdraws_consent(
    resend: MailProvider, customer_factory: CustomerFactory
) -> None:
    customer_factory(email=GUEST)
    customer_factory(email="other@mail.example")
    assert post_resend(resend, payloads.resend("email.complained", address=GUEST.upper())).status_code == 200
    assert suppressions() == [(GUEST, "complaint")]
    assert agree() == {"other@mail.example"}


def test_the_same_report_twice_counts_once(mailgun: MailProvider, resend: MailProvider) -> None:
    event, body = (
        hard_bounce(),
        payloads.resend("email.clicked", address=GUEST, click={"link": "https://x.example"}),
    )
    counted = [post_mailgun(mailgun, event).json()["counted"] for _ in range(2)]
    counted += [post_resend(resend, body).json()["counted"] for _ in range(2)]
    assert counted == [True, False, True, False]
    assert (MailReport.objects.count(), len(suppressions())) == (2, 1)


@pytest.mark.parametrize("key", ["another key", ""])
def test_mailguns_wrong_signature_is_refused(key: str, mailgun: MailProvider) -> None:
    answer = post(mailgun, payloads.mailgun_signed(hard_bounce(), key=key))
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert (answer.json()["code"], suppressions()) == ("unauthenticated", [])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event-data": {}}', b'{"signature": {"token": "x"}}'])
def test_an_unsigned_report_is_refused(body: bytes, mailgun: MailProvider, resend: MailProvider) -> None:
    assert [post(one, body).status_code for one in (mailgun, resend)] == [401, 401]


def test_resends_changed_body_is_refused(resend: MailProvider) -> None:
    body = json.dumps(payloads.resend("email.complained", address=GUEST)).encode()
    answer = post(resend, body.replace(b"guest", b"rival"), **payloads.resend_headers(body))
    assert (answer.status_code, suppressions()) == (401, [])


def test_an_old_signature_is_refused(mailgun: MailProvider, resend: MailProvider) -> None:
    yesterday = time.time() - 86_400
    body = json.dumps(payloads.resend("email.complained", address=GUEST)).encode()
    old = [
        post(mailgun, payloads.mailgun_signed(hard_bounce(), at=yesterday)),
        post(resend, body, **payloads.resend_headers(body, at=yesterday)),
    ]
    assert ([answer.status_code for answer in old], suppressions()) == ([401, 401], [])


def test_one_mailgun_signature_does_not_vouch_for_a_second_report(mailgun: MailProvider) -> None:
    """It covers no body: who reads one report could otherwise write others."""
    first = payloads.mailgun_signed(payloads.mailgun("delivered", address=GUEST), token="t" * 50)
    forged = payloads.mailgun_signed(hard_bounce(), token="t" * 50)
    assert [post(mailgun, body).status_code for body in (first, forged)] == [200, 401]
    assert suppressions() == []


def test_opens_are_not_kept_unless_asked_for(mailgun: MailProvider) -> None:
    event = payloads.mailgun("opened", address=GUEST)
    assert post_mailgun(mailgun, event).json() == {"counted": False}
    assert not MailReport.objects.exists()
    MailProvider.objects.update(counts_opens=True)
    assert post_mailgun(mailgun, event).json() == {"counted": True}


def test_a_click_is_kept_with_its_message(
    mailgun: MailProvider, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    message = saved(campaign, customer=customer_factory(email=GUEST))
    event = payloads.mailgun(
        "clicked", address=GUEST, message_id=message.message_id_header, url="https://tansu.example/p/1"
    )
    post_mailgun(mailgun, event)
    row = MailReport.objects.get()
    assert (row.message, row.kind, row.url) == (message, "clicked", "https://tansu.example/p/1")


def test_a_delivery_settles_a_doubt(
    resend: MailProvider, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    message = saved(campaign, customer=customer_factory(email=GUEST))
    for state in (MessageState.CLAIMED, MessageState.IN_DOUBT):
        Message.objects.filter(pk=message.pk).update(state=state)
    headers = [{"name": "X-Entity-Ref-ID", "value": message.pk.hex}]
    post_resend(resend, payloads.resend("email.delivered", address=GUEST, headers=headers))
    message.refresh_from_db()
    assert message.state == MessageState.SENT


def test_another_workspaces_message_is_not_touched(
    other_workspace: Workspace, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    message = saved(campaign, customer=customer_factory(email=GUEST))
    rival = MailProvider.objects.create(
        workspace=other_workspace, provider="mailgun", secret=payloads.MAILGUN_KEY
    )
    event = payloads.mailgun("complained", address=GUEST, message_id=message.message_id_header)
    post_mailgun(rival, event)
    assert MailReport.objects.get().message is None
    assert (Suppression.objects.get().workspace, agree()) == (other_workspace, {GUEST})


def test_an_unknown_kind_is_taken_and_not_kept(mailgun: MailProvider, resend: MailProvider) -> None:
    answers = [
        post_mailgun(mailgun, payloads.mailgun("list_member_uploaded", address=GUEST)),
        post_resend(resend, payloads.resend("email.scheduled", address=GUEST)),
    ]
    assert [answer.json() for answer in answers] == [{"counted": False}] * 2


def test_an_unknown_address_of_ours_is_not_found(mailgun: MailProvider) -> None:
    mailgun.delete()
    mailgun.pk = "0190a000-0000-7000-8000-000000000000"
    assert post_mailgun(mailgun, hard_bounce()).status_code == 404


def test_a_suppression_is_never_changed(mailgun: MailProvider) -> None:
    post_mailgun(mailgun, hard_bounce())
    with pytest.raises(DatabaseError), transaction.atomic():
        Suppression.objects.update(address_normalized="someone@else.example")


def saved(campaign: Campaign, *, customer: Customer) -> Message:
    message = new_message(campaign, customer=customer)
    assert message is not None
    message.save()
    return message
