"""Blocks of a campaign for another mailer: what our own mail to that customer would carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

import content.services as content
from content.actors import Actor
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.mailings import services
from personalization.mailings.models import Campaign, MailPreference, Message
from personalization.mailings.rows import DECLINED, HELD_OUT, NO_CONSENT
from personalization.models import Recommendation
from tests.personalization.mailings.conftest import MANY, CustomerFactory, Publish, another, prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def compared(campaign: Campaign, publish_copy: Publish, product_factory: Callable[..., Product]) -> Campaign:
    for number in range(3):
        product_factory(external_id=f"p-{number}", url=f"https://tansu.example/p/{number}")
    own = another(
        campaign,
        copies={"en": publish_copy("Long words"), "de": publish_copy("Lange Worte", locale="de")},
        variants=[
            {"name": "long"},
            {"name": "short", "placement": "home", "copies": {"en": publish_copy("Few words")}},
        ],
        hold_out_percent=20,
    )
    services.change_campaign(own, product_count=2)
    return own


@pytest.fixture
def blocks(api: APIClient, compared: Campaign) -> Callable[..., dict[str, Any]]:
    def ask(customer_id: str, **more: str) -> dict[str, Any]:
        found = api.get(f"/v1/customers/{customer_id}/email-blocks", {"campaign": str(compared.pk), **more})
        assert found.status_code == 200, found.json()
        answer: dict[str, Any] = found.json()
        return answer

    return ask


def test_they_are_those_of_the_variant_that_our_own_mail_would_carry(
    blocks: Callable[..., dict[str, Any]], compared: Campaign, customer_factory: CustomerFactory
) -> None:
    for number in range(MANY):
        customer_factory(locale="de" if number % 4 == 0 else "en")
    answers = {f"c-{number}": blocks(f"c-{number}") for number in range(1, MANY + 1)}
    rows = {own.customer.external_id: own for own in prepared(compared) if own.customer}
    assert {own.variant for own in rows.values()} == {"long", "short", "hold-out"}
    titles = {"long": "Long words", "short": "Few words"}
    for name, own in rows.items():
        told = answers[name]
        assert (told["variant"], told["locale"]) == (own.variant, own.locale)
        assert (told["may_be_mailed"], told["reason"]) == (own.state == "pending", own.reason)
        if own.variant == "hold-out":
            continue
        title = "Lange Worte" if own.locale == "de" else titles[own.variant]
        assert told["copy"]["title"] == title
        shown = Recommendation.objects.get(pk=told["recommendation_id"])
        assert shown.placement == ("home" if own.variant == "short" else "email")
        assert len(told["products"]) == 2


def test_who_would_get_no_mail_is_told_why_and_shown_nothing(
    blocks: Callable[..., dict[str, Any]], compared: Campaign, workspace: Workspace,
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    Campaign.objects.filter(pk=compared.pk).update(hold_out_percent=0)
    customer_factory(external_id="no", agrees=False)
    customer_factory(external_id="gone", email="gone@mail.example")
    customer_factory(external_id="less", email="less@mail.example")
    services.suppress(workspace, address="gone@mail.example", reason="complaint", source="test")
    MailPreference.objects.create(
        workspace=workspace, address_normalized="less@mail.example", declined_kinds=["news"]
    )
    reasons = {"no": NO_CONSENT, "gone": "suppressed: complaint", "less": DECLINED}
    for name, reason in reasons.items():
        told = blocks(name)
        assert (told["may_be_mailed"], told["reason"]) == (False, reason)
        assert (told["products"], told["copy"], told["recommendation_id"]) == ([], {}, None)
    assert not Recommendation.objects.exists()


def test_the_held_out_are_named_so_that_outcomes_can_be_told_apart(
    blocks: Callable[..., dict[str, Any]], compared: Campaign, customer_factory: CustomerFactory
) -> None:
    Campaign.objects.filter(pk=compared.pk).update(hold_out_percent=90)
    for _ in range(MANY):
        customer_factory()
    told = [blocks(f"c-{number}") for number in range(1, MANY + 1)]
    held = [own for own in told if own["variant"] == "hold-out"]
    assert held
    assert {(own["may_be_mailed"], own["reason"]) for own in held} == {(False, HELD_OUT)}


def test_the_readers_own_language_counts_unless_another_is_asked_for(
    blocks: Callable[..., dict[str, Any]], compared: Campaign, customer_factory: CustomerFactory
) -> None:
    Campaign.objects.filter(pk=compared.pk).update(hold_out_percent=0)
    customer = customer_factory(external_id="c-1", locale="en")
    MailPreference.objects.create(
        workspace=compared.workspace, address_normalized=customer.email_normalized, locale="de"
    )
    assert blocks("c-1")["copy"]["title"] == "Lange Worte"
    assert blocks("c-1", locale="en")["locale"] == "en"


def test_a_text_that_was_withdrawn_is_handed_to_no_other_mailer(
    api: APIClient, compared: Campaign, customer_factory: CustomerFactory, approver: Actor
) -> None:
    customer_factory(external_id="c-1")
    content.withdraw(compared.copies.get(variant="short").publication.draft, by=approver)
    for path in (
        f"/v1/customers/c-1/email-blocks?campaign={compared.pk}",
        f"/v1/campaigns/{compared.pk}/export",
    ):
        answer = api.get(path)
        assert answer.status_code == 409
        assert "The en copy of variant short, “Few words”, was withdrawn." in answer.json()["detail"]
    assert not Message.objects.exists()


def test_they_cost_the_same_few_queries_however_many_customers_there_are(
    api: APIClient, compared: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    api.get(f"/v1/customers/c-1/email-blocks?campaign={compared.pk}")  # what a process reads once
    counts = []
    for people in (1, MANY):
        for _ in range(people):
            customer_factory()
        with CaptureQueriesContext(connection) as queries:
            api.get(f"/v1/customers/c-1/email-blocks?campaign={compared.pk}")
        counts.append(len(queries))
    assert counts[0] == counts[1]
