"""A campaign that leaves through a mail provider's API: real lanes, a real database, a real HTTP server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.send import new_lane, send_with
from personalization.mailings.services.tick import look_after
from tests.personalization.mailings.conftest import CustomerFactory, run_mailings, send
from tests.personalization.mailings.provider import Mailgun, Provider, postmark, resend, serving

__all__ = ["postmark", "resend"]

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


@pytest.fixture
def mailgun(settings: Any) -> Iterator[Provider]:
    settings.MAIL_CONNECTIONS = 4
    with serving(Mailgun, settings) as provider:
        yield provider


def guest(number: int) -> str:
    return f"guest{number}@mail.example"


def states(campaign: Campaign) -> dict[str, str]:
    return dict(Message.objects.filter(campaign=campaign).values_list("address_normalized", "state"))


def ready_to_send(campaign: Campaign) -> None:
    services.schedule(campaign)
    services.tick()
    run_queued("mailings.prepare_campaign")


def test_each_mail_ends_as_its_answer_says_and_none_is_taken_twice(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    for _ in range(30):
        customer_factory()
    expected = {guest(number): "sent" for number in range(1, 31)}
    spread: dict[int, tuple[str | list[str], str]] = {
        2: ("cut", "in_doubt"), 5: ("failed", "in_doubt"), 9: ("silent", "in_doubt"),
        14: ("unreadable", "in_doubt"), 17: ("invalid", "failed"), 18: ("invalid", "failed"),
        21: ("not_now", "pending"), 26: (["too_fast"], "sent"), 30: (["too_fast", "too_fast"], "sent"),
    }  # fmt: skip
    for number, (fault, state) in spread.items():
        mailgun.faults[guest(number)] = fault
        expected[guest(number)] = state
    send(campaign)
    until = time.monotonic() + 20
    while states(campaign) != expected and time.monotonic() < until:
        time.sleep(0.2)  # "too fast" names a second
        run_mailings(rounds=1)
    assert states(campaign) == expected
    asked = Counter(asked.recipient for asked in mailgun.requests)
    assert asked == dict.fromkeys(expected, 1) | {guest(26): 2, guest(30): 3}
    assert set(Counter(mailgun.recipients).values()) == {1}
    assert not Suppression.objects.exists()
    assert set(Message.objects.filter(state="sent").values_list("attempts", flat=True)) == {1}
    assert campaign.state == "sending"


def test_every_mail_carries_the_id_of_its_row(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    message, [asked] = Message.objects.get(), mailgun.accepted
    assert asked.fields["h:X-Entity-Ref-Id"] == asked.fields["v:message"] == message.pk.hex
    assert asked.fields["h:Message-Id"] == f"<{message.message_id_header}>"
    assert "List-Unsubscribe=One-Click" in asked.fields["h:List-Unsubscribe-Post"]
    assert f"queued as {'<'}" in message.reason


def test_a_key_that_is_refused_pauses_the_campaign_and_costs_no_message(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    for _ in range(6):
        customer_factory()
    mailgun.faults["*"] = "denied"
    assert send(campaign).state == "paused"
    assert "EMAIL_URL" in campaign.notice
    assert len(mailgun.requests) == 4  # one wave
    assert set(Message.objects.values_list("state", "attempts")) == {("pending", 0)}
    mailgun.faults.clear()
    services.resume(campaign)
    run_mailings()
    assert set(states(campaign).values()) == {"sent"}


def test_a_provider_that_fails_does_not_leave_a_whole_audience_in_doubt(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    for _ in range(30):
        customer_factory()
    mailgun.faults["*"] = "failed"
    mailgun.retry_after = "0"
    assert send(campaign).state == "paused"
    assert "no clear answer" in campaign.notice
    assert Counter(states(campaign).values()) == {"in_doubt": 20, "pending": 10}


@pytest.mark.slow
def test_a_provider_that_stays_silent_is_left_alone_as_well(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence takes so long that the products of a chunk are old after one wave, and a new chunk begins."""
    monkeypatch.setattr("personalization.mailings.services.lane._FRESH", timedelta(seconds=0.5))
    for _ in range(30):
        customer_factory()
    mailgun.faults["*"] = "silent"
    assert send(campaign).state == "paused"
    assert Counter(states(campaign).values()) == {"in_doubt": 20, "pending": 10}


def test_a_provider_that_cannot_be_reached_costs_no_message(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    mailgun.stop_listening()
    send(campaign)
    assert set(Message.objects.values_list("state", "attempts")) == {("pending", 0)}
    assert "EMAIL_URL" in campaign.notice


def test_an_address_that_has_bounced_is_suppressed(
    campaign: Campaign, postmark: Provider, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    postmark.faults[guest(1)] = "inactive"
    send(campaign)
    assert states(campaign) == {guest(1): "failed"}
    assert Suppression.objects.get().reason == "hard_bounce"


def test_what_is_in_doubt_is_sent_again_where_the_provider_drops_what_it_has_seen(
    workspace: Workspace, resend: Provider, customer_factory: CustomerFactory, product_factory: Any
) -> None:
    """The mail is written anew and must come out the same, products and all."""
    for number in range(4):
        product_factory(external_id=f"p-{number}", stock=9)
    campaign = create_sample_campaign(workspace, name="Spring letter", product_count=2)
    customer_factory()
    resend.faults[guest(1)] = ["cut"]
    send(campaign)
    assert states(campaign) == {guest(1): "sent"}
    assert (len(resend.requests), len(resend.accepted)) == (2, 1)


def test_what_is_no_longer_the_same_mail_is_not_sent_again_but_stays_in_doubt(
    campaign: Campaign, resend: Provider, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory()
    resend.faults[guest(1)] = ["cut"]
    ready_to_send(campaign)
    send_with(new_lane())
    assert states(campaign) == {guest(1): "in_doubt"}
    customer.first_name = "Someone Else"
    customer.save()
    run_mailings(rounds=25)
    assert states(campaign) == {guest(1): "in_doubt"}
    assert (len(resend.requests), len(resend.accepted)) == (20, 1)
    assert "invalid_idempotent_request" in Message.objects.get().reason


def test_a_withdrawn_consent_still_stops_the_mail(
    campaign: Campaign, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    ready_to_send(campaign)
    services.suppress(campaign.workspace, address=guest(1), reason="complaint", source="test")
    send_with(new_lane())
    assert states(campaign) == {guest(1): "skipped"}
    assert mailgun.requests == []


def test_django_s_own_mails_leave_by_the_same_provider(postmark: Provider) -> None:
    send_mail("Your password", "Follow this link.", "hello@tansu.example", [guest(1)])
    assert postmark.recipients == [guest(1)]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_request_and_answer_leaves_it_in_doubt(
    workspace: Workspace, mailgun: Provider, customer_factory: CustomerFactory
) -> None:
    campaign = create_sample_campaign(workspace, name="Spring letter", product_count=0)
    for _ in range(6):
        customer_factory()
    ready_to_send(campaign)
    own = connection.settings_dict
    database = f"{own['USER']}:{own['PASSWORD']}@{own['HOST']}:{own['PORT']}/{own['NAME']}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{database}", "EMAIL_URL": mailgun.url, "MAIL_DIES_AT": "dots_out",
        "MAIL_CONNECTIONS": "4", "MAIL_LANES": "1",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "mail_worker"]
    died = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert died.returncode == -9
    assert look_after()["returned"] == 2
    assert Counter(states(campaign).values()) == {"in_doubt": 4, "pending": 2}
    run_mailings()
    assert Counter(states(campaign).values()) == {"in_doubt": 4, "sent": 2}
    assert set(Counter(mailgun.recipients).values()) == {1}
