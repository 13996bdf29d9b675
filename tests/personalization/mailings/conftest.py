"""A real SMTP server that can be told to misbehave, and customers to write to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import Client
from django.utils import timezone

from content import services as content
from content import transitions
from content.actors import Actor
from content.models import Brand, Publication
from content.services.writing import store_version
from omotenashi.accounts.models import User, Workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs.testing import run_queued
from omotenashi.local.ports import pick_free_port
from personalization.mailings import services
from personalization.mailings.engine.line import Unreachable
from personalization.mailings.models import Campaign, Message
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.campaigns import begin_preparing
from personalization.mailings.services.prepare import prepare_chunk
from personalization.models import Consent, Customer


@dataclass
class Relay:
    """Answers per stage: `relay.answers["rcpt"] = "550 5.1.1 no such mailbox"`; "cut" drops the line."""

    answers: dict[str, str] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    """What was accepted, or might have been: everything whose final dot arrived."""
    before_answer: Callable[[], None] = lambda: None
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get("mail"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get("rcpt") or self.answers.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.get("dot", "250 2.0.0 taken")
        await asyncio.get_running_loop().run_in_executor(None, self.before_answer)
        if answer.startswith(("250", "cut")):
            self.received.append((envelope.rcpt_tos[0], envelope.original_content or b""))
        if answer == "cut":
            assert server.transport is not None
            server.transport.abort()
        return answer

    @property
    def recipients(self) -> list[str]:
        return sorted(address for address, _ in self.received)

    def mail(self, number: int = 0) -> EmailMessage:
        return message_from_bytes(self.received[number][1], EmailMessage, policy=policy.default)


@pytest.fixture
def relay(settings: Any) -> Iterator[Relay]:
    relay = Relay()
    relay.port = pick_free_port((), avoid=set())
    controller = Controller(relay, hostname="127.0.0.1", port=relay.port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", relay.port, 5
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield relay
    controller.stop()


CustomerFactory = Callable[..., Customer]
MANY = 40
"""Ids are drawn anew in each run, and arms by their hash: of fewer people an arm may once have none."""


@pytest.fixture
def customer_factory(workspace: Workspace) -> CustomerFactory:
    """Customers who agree to mail, unless told otherwise."""
    made = iter(range(1, 1_000_000))

    def build(*, agrees: bool = True, **overrides: Any) -> Customer:
        number = next(made)
        email = overrides.pop("email", f"guest{number}@mail.example")
        fields: dict[str, Any] = {
            "workspace": workspace, "external_id": f"c-{number}", "email": email,
            "email_normalized": email.strip().lower(), "first_name": f"Guest {number}", "locale": "en",
        }  # fmt: skip
        customer: Customer = Customer.objects.create(**(fields | overrides))
        if agrees:
            set_consent(customer, granted=True)
        return customer

    return build


def set_consent(customer: Customer, *, granted: bool) -> None:
    Consent.objects.create(
        workspace=customer.workspace,
        customer=customer,
        channel="email",
        granted=granted,
        source="test",
        at=timezone.now(),
    )


@pytest.fixture
def campaign(workspace: Workspace) -> Campaign:
    return create_sample_campaign(workspace, name="Spring letter", product_count=0)


def run_mailings(rounds: int = 3) -> None:
    """What scheduler and workers do in half a minute."""
    for _ in range(rounds):
        services.tick()
        run_queued("mailings.prepare_campaign")
        with suppress(Unreachable):
            services.send_due()
        services.tick()


def send(campaign: Campaign) -> Campaign:
    services.schedule(campaign)
    run_mailings()
    campaign.refresh_from_db()
    return campaign


def another(campaign: Campaign, **fields: Any) -> Campaign:
    return services.create_campaign(
        campaign.workspace,
        name="Next",
        template_version=campaign.template_version,
        product_count=0,
        **fields,
    )


def prepared(campaign: Campaign) -> list[Message]:
    """Its rows, before anything is sent."""
    services.schedule(campaign)
    assert begin_preparing(campaign, now=timezone.now())
    campaign.refresh_from_db()
    while prepare_chunk(campaign):
        pass
    return list(Message.objects.filter(campaign=campaign).order_by("address_normalized"))


Publish = Callable[..., Publication]


@pytest.fixture
def approver(member: Callable[[str], User]) -> Actor:
    return Actor(user=member("approver"))


@pytest.fixture
def publish_copy(workspace: Workspace, product_factory: Callable[..., Product], approver: Actor) -> Publish:
    """An approved text in one language, on the way that a marketer's takes."""
    brand = Brand.objects.create(workspace=workspace, name="Tansu & Thyme")
    content.save_guideline(brand, rules={"voice": "Plain."})
    product_factory(external_id="written-about", stock=0)

    def build(title: str, *, locale: str = "en") -> Publication:
        brief = content.BriefInput(
            content_type="newsletter", product_ids=["written-about"], locales=[locale], keyphrases={},
            length="short",
        )  # fmt: skip
        draft = content.create_brief(workspace, brief=brief, by=approver).drafts.get()
        transitions.start(draft.pk)
        version = store_version(
            draft, fields={"title": title, "body": f"{title} for you."}, findings=[], claims=[],
            manifest={}, guideline=brand.guideline,
        )  # fmt: skip
        transitions.finish(draft.pk, has_errors=False)
        draft.refresh_from_db()
        content.approve(draft, number=version.number, by=approver)
        return content.publish(draft, by=approver)

    return build


@pytest.fixture
def message(campaign: Campaign, relay: Relay, customer_factory: CustomerFactory) -> Message:
    customer_factory(locale="de", first_name="Jörg")
    send(campaign)
    return Message.objects.get()


@pytest.fixture
def stranger() -> Client:
    """No cookie, and CSRF checked as in production: what a mail provider's machine looks like."""
    return Client(enforce_csrf_checks=True)
