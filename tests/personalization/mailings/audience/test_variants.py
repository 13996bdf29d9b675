"""Variants of a campaign: who gets which, what came of each, and what the mailing added."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.errors import Conflict, InvalidInput
from personalization.mailings import services
from personalization.mailings.models import Campaign, MailProvider, MailReport, Message
from personalization.mailings.outcomes import added_by, arms_of, leading
from personalization.mailings.services.campaigns import begin_sending
from personalization.mailings.services.deciding import choose_by_rule
from personalization.mailings.services.prepare import prepare_chunk
from personalization.models import Customer, Order
from tests.personalization.mailings.conftest import CustomerFactory, Relay, send

pytestmark = pytest.mark.django_db


def with_variants(campaign: Campaign, **fields: Any) -> Campaign:
    variants = [
        {"name": "plain", "subject": {"en": "Our spring letter"}},
        {"name": "question", "subject": {"en": "Tea, {{ customer.first_name }}?"}},
    ]
    return services.create_campaign(
        campaign.workspace, name="Test", template_version=campaign.template_version, product_count=0,
        variants=variants, **fields,
    )  # fmt: skip


def buys(customer: Customer, *, at: Any, revenue: int = 10) -> None:
    Order.objects.create(
        workspace=customer.workspace, external_id=f"o-{Order.objects.count()}", customer=customer,
        placed_at=at,
        currency="EUR", revenue=revenue, source="test",
    )  # fmt: skip


def test_each_variants_subject_arrives(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(12):
        customer_factory()
    own = send(with_variants(campaign))
    drawn = dict(Message.objects.filter(campaign=own).values_list("address_normalized", "variant"))
    assert set(drawn.values()) == {"plain", "question"}
    for number, (address, _) in enumerate(relay.received):
        guest = address.removesuffix("@mail.example").removeprefix("guest")
        asked = {"plain": "Our spring letter", "question": f"Tea, Guest {guest}?"}
        assert relay.mail(number)["Subject"] == asked[drawn[address]]


def test_an_order_counts_for_the_last_mail_before_it(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory()
    first, second = send(with_variants(campaign)), send(with_variants(campaign))
    now = timezone.now()
    Message.objects.filter(campaign=first).update(sent_at=now - timedelta(days=5))
    Message.objects.filter(campaign=second).update(sent_at=now - timedelta(days=2))
    buys(customer, at=now - timedelta(days=4), revenue=3)
    buys(customer, at=now - timedelta(days=1), revenue=7)
    buys(customer, at=now - timedelta(days=6), revenue=100)
    assert [(arm.orders, arm.revenue) for arm in arms_of(first, now=now)] == [(1, Decimal(3))]
    assert [(arm.orders, arm.revenue) for arm in arms_of(second, now=now)] == [(1, Decimal(7))]
    assert [arm.by_orders.people for arm in arms_of(second, now=now)] == [0]
    assert [arm.by_orders.people for arm in arms_of(second, now=now + timedelta(days=6))] == [1]


def test_a_click_counts_within_a_day(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    own = send(with_variants(campaign))
    message = Message.objects.get(campaign=own)
    provider = MailProvider.objects.create(workspace=own.workspace, provider="resend", secret="whsec_x")
    for hours in (1, 30):
        MailReport.objects.create(
            workspace=own.workspace, provider=provider, message=message, kind="clicked", key=str(hours),
            at=message.sent_at + timedelta(hours=hours), address_normalized=message.address_normalized,
        )  # fmt: skip
    later = timezone.now() + timedelta(days=2)
    (arm,) = arms_of(own, now=later)
    assert (arm.clicks, arm.by_clicks.people, arm.by_clicks.successes) == (1, 1, 1)
    MailReport.objects.filter(key="1").delete()
    assert arms_of(own, now=later)[0].clicks == 0


def state_of(number: int) -> str:
    """Every second one is held out, and one mail still waits."""
    return "skipped" if number % 2 == 0 else "pending" if number == 1 else "sent"


@pytest.fixture
def long_sent(campaign: Campaign, customer_factory: CustomerFactory) -> Campaign:
    """A campaign of long ago to 600: of those mailed half bought, of the held out every tenth."""
    own = with_variants(campaign, hold_out_percent=50)
    customers = [customer_factory(agrees=False) for _ in range(600)]
    began = timezone.now() - timedelta(days=30)
    Message.objects.bulk_create(
        Message(
            workspace=own.workspace, campaign=own, customer=one, address_normalized=one.email, locale="en",
            variant=("hold-out", "plain", "hold-out", "question")[n % 4], message_id_header="x",
            state=state_of(n), sent_at=began if state_of(n) == "sent" else None,
            idempotency_key=str(n),
        )
        for n, one in enumerate(customers)
    )  # fmt: skip
    Order.objects.bulk_create(
        Order(
            workspace=own.workspace, external_id=f"o-{n}", customer=one, currency="EUR", revenue=10,
            placed_at=began + timedelta(days=1), source="test",
        )
        for n, one in enumerate(customers)
        if (n % 4 == 3 or n % 20 == 0)
    )  # fmt: skip
    Campaign.objects.filter(pk=own.pk).update(
        started_at=began, finished_at=began, prepared_at=began, state="sent"
    )
    own.refresh_from_db()
    return own


def test_it_says_what_the_mailing_added(long_sent: Campaign) -> None:
    now = timezone.now()
    added = added_by(long_sent, now=now)
    assert added is not None
    assert (added.mailed.people, added.mailed.successes) == (300, 150)
    assert (added.held_out.people, added.held_out.successes) == (300, 30)
    estimate, low, high = added.orders
    assert estimate == pytest.approx(120)
    assert 0 < low < 120 < high
    assert added.is_final
    assert leading(arms_of(long_sent, now=now), rule="orders") == "question"
    assert leading(arms_of(long_sent, now=now), rule="clicks") is None


def test_the_api_and_the_page_report_it(long_sent: Campaign, api: APIClient, viewer_client: Client) -> None:
    report = api.get(f"/v1/campaigns/{long_sent.pk}/outcome").json()
    assert report["hold_out"]["is_conclusive"] is True
    assert {arm["name"]: arm["orders"] for arm in report["variants"]} == {"plain": 0, "question": 150}
    page = viewer_client.get(reverse("admin:mailings_campaign_change", args=[long_sent.pk])).content.decode()
    assert "The mailing added about <strong>120</strong> buyers" in page


def test_waiting_mails_carry_the_winner(campaign: Campaign, customer_factory: CustomerFactory) -> None:
    for _ in range(20):
        customer_factory()
    own = with_variants(campaign, hold_out_percent=20)
    with pytest.raises(Conflict, match="after all mails were addressed"):
        services.choose_winner(own, name="plain")
    services.schedule(own)
    Campaign.objects.filter(pk=own.pk).update(state="preparing", started_at=timezone.now())
    own.refresh_from_db()
    while prepare_chunk(own):
        pass
    begin_sending(own)
    before = Message.objects.filter(campaign=own, variant="hold-out").count()
    with pytest.raises(InvalidInput, match="It has: plain, question"):
        services.choose_winner(own, name="bold")
    services.choose_winner(own, name="question")
    rows = Message.objects.filter(campaign=own)
    assert set(rows.filter(state="pending").values_list("variant", flat=True)) == {"question"}
    assert rows.filter(variant="hold-out").count() == before
    with pytest.raises(Conflict):
        services.choose_winner(own, name="plain")


def test_the_rule_ends_a_test_that_is_decided(long_sent: Campaign) -> None:
    Campaign.objects.filter(pk=long_sent.pk).update(state="sending", finished_at=None, winner_rule="orders")
    assert choose_by_rule(now=timezone.now()) == 1
    long_sent.refresh_from_db()
    assert long_sent.winner == "question"
    assert Message.objects.get(campaign=long_sent, state="pending").variant == "question"


def test_variants_that_cannot_be_written_are_refused(api: APIClient, campaign: Campaign) -> None:
    body = {
        "name": "Test", "template_version": str(campaign.template_version_id),
        "variants": [
            {"name": "main"},
            {"name": "a", "subject": {"en": "{% if %}"}},
            {"name": "a", "subject": {"xx": "Hm"}},
        ],
    }  # fmt: skip
    answer = api.post("/v1/campaigns", body, format="json", HTTP_IDEMPOTENCY_KEY="k-2")
    assert answer.status_code == 422, answer.json()
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "#/variants/0/name", "#/variants/1/subject", "#/variants/2/name", "#/variants/2/subject",
    ]  # fmt: skip
