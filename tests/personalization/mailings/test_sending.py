"""Campaigns over a real SMTP conversation: who gets mail, and what each answer of the relay leads to."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.selectors import message_counts
from personalization.mailings.services.lane import Lane
from personalization.mailings.services.ledger import Ledger
from personalization.mailings.services.send import new_lane
from tests.personalization.mailings.conftest import CustomerFactory, Relay, run_mailings, send, set_consent

pytestmark = pytest.mark.django_db


def campaign_of(campaign: Campaign) -> Campaign:
    return Campaign.objects.select_related("workspace").get(pk=campaign.pk)


def states(campaign: Campaign) -> dict[str, str]:
    return dict(Message.objects.filter(campaign=campaign).values_list("address_normalized", "state"))


def test_it_sends_each_consenting_customer_one_mail(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(3):
        customer_factory()
    customer_factory(agrees=False)
    assert send(campaign).state == "sent"
    assert relay.recipients == ["guest1@mail.example", "guest2@mail.example", "guest3@mail.example"]


def test_it_writes_once_to_an_address_that_two_customers_share(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory(email="Anna@Mail.example")
    customer_factory(email="anna@mail.example ")
    send(campaign)
    assert relay.recipients == ["anna@mail.example"]


def test_it_refuses_a_second_row_for_an_address_in_the_database(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    row = Message.objects.get(campaign=campaign)
    row.pk, row.idempotency_key, row._state.adding = None, "another", True
    with pytest.raises(IntegrityError, match="message_once_per_address"), transaction.atomic():
        row.save(force_insert=True)


def test_it_sends_nothing_when_the_jobs_run_again(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="preparing", prepare_cursor=None)
    run_mailings()
    assert len(relay.received) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_message_once(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.send, "CHUNK", 2)
    for _ in range(12):
        customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        services.send_due()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(relay.received) == 12
    assert len(set(relay.recipients)) == 12
    assert set(states(campaign).values()) == {"sent"}


class QuietJob:
    """What a handler asks of its job, where a test runs the handler in a thread of its own."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def report(self, **progress: object) -> None:
        """Nobody watches."""


def test_a_line_cut_after_the_final_dot_leaves_the_message_in_doubt_for_good(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["dot"] = "cut"
    send(campaign)
    relay.answers.clear()
    run_mailings()
    message = Message.objects.get(campaign=campaign)
    assert (message.state, len(relay.received)) == ("in_doubt", 1)
    assert message.message_id_header in message.reason


def test_a_worker_killed_before_the_dot_loses_nothing(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    assert Ledger().claim(campaign, size=9, now=timezone.now())  # and here the worker dies
    Message.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    run_mailings()
    assert relay.recipients == ["guest1@mail.example"]


def test_a_worker_killed_after_the_dot_is_not_repeated(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    Ledger().claim(campaign, size=9, now=timezone.now())
    past = timezone.now() - timedelta(seconds=1)
    Message.objects.update(state="in_doubt", lease_expires_at=past)  # intent written, then the worker died
    run_mailings()
    assert relay.received == []
    assert message_counts(campaign)["in_doubt"] == 1


def test_a_worker_whose_lease_ran_out_cannot_finish_what_another_has_taken(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_factory()

    def time_passes() -> None:
        Message.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    commit = Lane._commit

    def commit_too_late(self: Lane, letters: object) -> object:
        time_passes()
        services.tick()  # returns the claim, and another worker may have it
        return commit(self, letters)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Lane, "_commit", commit_too_late)
        new_lane().send_chunk(campaign_of(campaign))
    assert relay.received == []
    run_mailings()
    assert len(relay.received) == 1


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
def test_not_now_is_tried_again_later(
    stage: str, campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers[stage] = "451 4.7.1 try again later"
    send(campaign)
    message = Message.objects.get(campaign=campaign)
    assert message.state == "pending"
    assert message.not_before is not None
    assert message.not_before > timezone.now()
    relay.answers.clear()
    Message.objects.update(not_before=timezone.now())
    run_mailings()
    assert relay.recipients == ["guest1@mail.example"]


def test_it_reconnects_after_the_server_says_goodbye(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    customer_factory()
    relay.answers["guest1@mail.example"] = "421 4.3.2 closing"
    send(campaign)
    assert states(campaign) == {"guest1@mail.example": "pending", "guest2@mail.example": "sent"}


def test_it_gives_up_after_the_last_attempt(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["rcpt"] = "450 4.2.2 mailbox busy"
    services.schedule(campaign)
    for _ in range(10):
        run_mailings(rounds=2)
        Message.objects.filter(state="pending").update(not_before=timezone.now())
    message = Message.objects.get(campaign=campaign)
    assert (message.state, message.attempts) == ("failed", 8)


def test_a_mailbox_that_does_not_exist_is_suppressed(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["rcpt"] = "550 5.1.1 no such user"
    send(campaign)
    assert states(campaign) == {"guest1@mail.example": "failed"}
    assert Suppression.objects.get().reason == "hard_bounce"


def test_a_refusal_for_policy_is_no_bounce(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["rcpt"] = "550 5.7.1 blocked by policy"
    send(campaign)
    assert states(campaign) == {"guest1@mail.example": "failed"}
    assert not Suppression.objects.exists()


def test_a_refused_sender_pauses_the_campaign_and_costs_no_message(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["mail"] = "553 5.7.1 sender not allowed"
    assert send(campaign).state == "paused"
    assert "hello@tansu.example" in campaign.notice
    relay.answers.clear()
    services.resume(campaign)
    run_mailings()
    assert states(campaign) == {"guest1@mail.example": "sent"}


def test_an_unreachable_relay_costs_no_message(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: object
) -> None:
    customer_factory()
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
    send(campaign)
    message = Message.objects.get(campaign=campaign)
    assert (message.state, message.attempts) == ("pending", 0)
    assert "EMAIL_URL" in campaign.notice


def test_an_unsubscribe_between_prepare_and_send_means_no_mail(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer = customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    set_consent(customer, granted=False)
    run_mailings()
    assert relay.received == []
    assert states(campaign) == {"guest1@mail.example": "skipped"}


def test_a_withdrawal_in_the_middle_of_data_still_stops_the_mail(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment that counts: the body is on the wire, the final dot is not."""
    customer = customer_factory()
    commit = Lane._commit

    def withdraw_first(self: Lane, letters: object) -> object:
        set_consent(customer, granted=False)
        return commit(self, letters)  # type: ignore[arg-type]

    monkeypatch.setattr(Lane, "_commit", withdraw_first)
    send(campaign)
    assert relay.received == []
    assert Message.objects.get().reason == "consent: withdrawn"


def test_a_suppressed_address_gets_no_row_to_send(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, workspace: Workspace
) -> None:
    customer_factory()
    customer_factory()
    services.suppress(workspace, address="GUEST1@mail.example", reason="complaint", source="test")
    send(campaign)
    assert relay.recipients == ["guest2@mail.example"]
    assert states(campaign)["guest1@mail.example"] == "skipped"


def test_an_address_that_mail_cannot_carry_is_reported_and_the_others_are_sent(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory(email="no at sign")
    customer_factory(email="a@b.example\r\nRCPT TO:<victim@x.example>")
    customer_factory()
    send(campaign)
    assert relay.recipients == ["guest3@mail.example"]
    assert sorted(states(campaign).values()) == ["sent", "skipped", "skipped"]


def test_a_paused_campaign_sends_nothing_until_it_is_resumed(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    services.schedule(campaign)
    services.tick()
    services.pause(campaign)
    run_mailings()
    assert relay.received == []
    services.resume(campaign)
    run_mailings()
    assert len(relay.received) == 1


def test_a_canceled_campaign_says_what_it_did_not_send(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare_campaign(QuietJob(campaign.workspace), campaign_id=str(campaign.pk))
    services.cancel(campaign)
    run_mailings()
    assert relay.received == []
    assert states(campaign) == {"guest1@mail.example": "skipped"}


def test_it_is_not_sent_before_its_time(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    services.schedule(campaign, at=timezone.now() + timedelta(hours=1))
    run_mailings()
    assert relay.received == []


def test_a_person_may_release_a_message_in_doubt_and_the_campaign_goes_on(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    relay.answers["dot"] = "cut"
    assert send(campaign).state == "sent"
    relay.answers.clear()
    services.send_again(Message.objects.get(), by="mina")
    run_mailings()
    campaign.refresh_from_db()
    assert (campaign.state, len(relay.received)) == ("sent", 2)


def test_the_database_refuses_a_step_that_is_not_drawn(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    send(campaign)
    with pytest.raises(IntegrityError, match="does not go from sent to pending"), transaction.atomic():
        Message.objects.update(state="pending")


def test_preparation_goes_on_where_it_was_killed(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.prepare, "CHUNK", 2)
    for _ in range(5):
        customer_factory()
    services.schedule(campaign)
    services.tick()
    services.prepare.prepare_chunk(campaign_of(campaign))  # and here the worker dies
    assert Message.objects.count() == 2
    run_mailings()
    assert len(relay.received) == len(set(relay.recipients)) == 5
