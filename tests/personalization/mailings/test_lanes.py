"""What becomes of mails when workers, the database or the relay go away, and what limits and waves hold
back.
"""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from omotenashi.catalog.models import Product
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.lane import Lane
from personalization.mailings.services.ledger import Intent, Ledger, return_dead_claims
from personalization.mailings.services.send import new_lane, run_lane
from tests.personalization.mailings.conftest import CustomerFactory, Relay, run_mailings, send

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=10)


def prepared(campaign: Campaign) -> Campaign:
    services.schedule(campaign)
    services.tick()
    run_queued("mailings.prepare_campaign")
    return Campaign.objects.select_related("workspace").get(pk=campaign.pk)


def states(campaign: Campaign) -> list[str]:
    return sorted(Message.objects.filter(campaign=campaign).values_list("state", flat=True))


def dead(*, may_repeat: bool = False, **given: Any) -> dict[str, int]:
    return return_dead_claims(now=timezone.now(), may_repeat=may_repeat, **given)


# -- workers that die ------------------------------------------------------------------------


def test_claims_of_a_session_that_is_gone_go_back_at_once(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    assert Ledger().claim(campaign, size=9, now=timezone.now())  # nobody holds this token's lock
    assert dead() == {"returned": 1}
    message = Message.objects.get()
    assert (message.state, message.attempts, message.deaths) == ("pending", 0, 1)


def test_claims_of_a_session_that_lives_stay(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    ledger = Ledger()
    ledger.hold()
    assert ledger.claim(campaign, size=9, now=timezone.now())
    assert dead() == {"returned": 0}
    ledger.let_go()
    assert dead(sessions_are_ours=False) == {"returned": 0}  # behind a pooler only the lease counts
    Message.objects.update(lease_expires_at=timezone.now() - SOON)
    assert dead(sessions_are_ours=False) == {"returned": 1}


def test_a_mail_that_kills_its_workers_fails_in_the_end(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    for _ in range(20):
        Ledger().claim(campaign, size=9, now=timezone.now())
        dead()
    message = Message.objects.get()
    assert message.state == "failed"
    assert "died" in message.reason


def test_what_is_in_doubt_is_repeated_only_where_the_relay_drops_what_it_has_seen(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: Any
) -> None:
    customer_factory()
    relay.answers["dot"] = "cut"
    send(campaign)
    key = Message.objects.get().idempotency_key
    relay.answers.clear()
    run_mailings()
    assert states(campaign) == ["in_doubt"]
    settings.EMAIL_IDEMPOTENCY_HEADER = "Resend-Idempotency-Key"
    Campaign.objects.update(state="sending")
    run_mailings()
    assert states(campaign) == ["sent"]
    assert [relay.mail(number)["Resend-Idempotency-Key"] for number in (1,)] == [key]


# -- the database goes away ------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_committed", [False, True], ids=["before the commit", "after the commit"])
def test_a_database_that_goes_away_at_the_intent_leaves_nothing_in_doubt(
    campaign: Campaign,
    relay: Relay,
    customer_factory: CustomerFactory,
    monkeypatch: pytest.MonkeyPatch,
    is_committed: bool,
) -> None:
    customer_factory()
    campaign = prepared(campaign)
    commit = Ledger.commit_wave

    def fail(self: Ledger, *args: Any, **kwargs: Any) -> Any:
        if is_committed:
            commit(self, *args, **kwargs)
        connection.close()
        raise OperationalError("the server closed the connection unexpectedly")

    lane = new_lane()
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "commit_wave", fail)
        with pytest.raises(OperationalError):
            lane.send_chunk(campaign)
    assert relay.received == []  # the line was cut before the dot
    assert states(campaign) == (["in_doubt"] if is_committed else ["pending"])
    lane.recover()
    assert states(campaign) == ["pending"]
    lane.send_chunk(campaign)
    assert states(campaign) == ["sent"]
    lane.lines.close()


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_could_not_be_written_down_is_written_when_the_database_is_back(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_factory()
    campaign = prepared(campaign)

    def fail(self: Ledger, results: Any, **kwargs: Any) -> None:
        if results:
            raise OperationalError("the database system is in recovery mode")

    lane = new_lane()
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", fail)
        with pytest.raises(OperationalError):
            lane.send_chunk(campaign)
    assert (len(relay.received), states(campaign)) == (1, ["in_doubt"])
    lane.recover()
    assert states(campaign) == ["sent"]
    lane.lines.close()


# -- before the dot --------------------------------------------------------------------------


def test_a_product_that_sells_out_while_the_mail_is_on_its_way_is_not_sent(
    workspace: Any, relay: Relay, customer_factory: CustomerFactory, product_factory: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    customer_factory()
    products = [product_factory(url=f"https://tansu.example/{number}") for number in range(3)]
    campaign = create_sample_campaign(workspace, name="Three", product_count=2)
    commit, shown = Lane._commit, []

    def sell_out_first(self: Lane, letters: Any) -> Any:
        shown.append([slot.product_id for slot in letters[0].slots.products])
        if len(shown) == 1:
            Product.objects.filter(external_id=shown[0][0]).update(stock=0)
        return commit(self, letters)

    monkeypatch.setattr(Lane, "_commit", sell_out_first)
    send(campaign)
    assert products
    assert (states(campaign), relay.received) == (["pending"], [])
    Message.objects.update(not_before=timezone.now())
    run_mailings()
    assert states(campaign) == ["sent"]
    assert len(relay.received) == 1
    assert shown[0][0] not in shown[-1]


def test_an_intent_needs_the_claim_the_lease_and_the_campaign(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    ledger = Ledger()
    [own] = ledger.claim(campaign, size=9, now=timezone.now())

    def intend(token: uuid.UUID, *, later: timedelta = timedelta()) -> set[uuid.UUID]:
        return Ledger(token).commit_wave(
            [Intent(own.id, None)], results=[], now=timezone.now() + later, answer_within=SOON
        )

    assert intend(uuid.uuid4()) == set()
    assert intend(ledger.token, later=timedelta(minutes=1)) == set()
    services.pause(campaign)
    assert intend(ledger.token) == set()
    services.resume(campaign)
    assert intend(ledger.token) == {own.id}
    assert intend(ledger.token) == set()  # once


def test_a_paused_campaign_stops_within_a_wave(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings.MAIL_CONNECTIONS = 2
    for _ in range(12):
        customer_factory()
    campaign = prepared(campaign)
    commit, waves = Lane._commit, []

    def pause_before_the_third(self: Lane, letters: Any) -> Any:
        waves.append(len(letters))
        if len(waves) == 3:
            services.pause(campaign)
        return commit(self, letters)

    monkeypatch.setattr(Lane, "_commit", pause_before_the_third)
    services.send_due()
    assert waves == [2, 2, 2]
    assert len(relay.received) == 4
    assert states(campaign) == ["pending"] * 8 + ["sent"] * 4


def test_what_a_lane_held_when_its_campaign_was_canceled_says_so(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    prepared(campaign)
    assert Ledger().claim(campaign, size=9, now=timezone.now())
    services.cancel(campaign)
    services.tick()  # the claim goes back …
    services.tick()
    assert relay.received == []
    assert [own.reason for own in Message.objects.filter(state="skipped")] == ["The campaign was canceled."]


def test_a_worker_that_is_told_to_stop_stops_before_the_next_wave(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: Any
) -> None:
    settings.MAIL_CONNECTIONS = 2
    for _ in range(8):
        customer_factory()
    lane = new_lane(may_go_on=lambda: len(relay.received) < 4)
    lane.send_chunk(prepared(campaign))
    lane.lines.close()
    assert states(campaign) == ["pending"] * 4 + ["sent"] * 4


# -- limits, waves and stops -----------------------------------------------------------------


def test_a_providers_limit_is_kept_and_the_others_are_not_held_up(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: Any
) -> None:
    settings.MAIL_RATE_LIMITS = "google=3"
    for number in range(10):
        customer_factory(email=f"g{number}@{'gmail.com' if number % 2 else 'googlemail.com'}")
        customer_factory(email=f"o{number}@other.example")
    lane = new_lane()
    lane.send_chunk(prepared(campaign))
    lane.lines.close()
    sent = Message.objects.filter(state="sent").values_list("address_normalized", flat=True)
    assert sum("g" in address.split("@")[0] for address in sent) == 3
    assert sum(address.endswith("@other.example") for address in sent) == 10
    waits = Message.objects.filter(state="pending").values_list("not_before", flat=True)
    assert len(waits) == 7
    assert max(waits) <= timezone.now() + timedelta(seconds=3)
    assert set(Message.objects.filter(state="pending").values_list("attempts", flat=True)) == {0}


def test_waves_wait_for_their_turn_and_keep_their_distance_over_a_pause(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(5):
        customer_factory()
    Campaign.objects.update(wave_size=2, wave_minutes=30)
    campaign.refresh_from_db()
    prepared(campaign)
    services.send_due()
    assert states(campaign) == ["pending"] * 3 + ["sent"] * 2
    services.pause(campaign)
    before = sorted(Message.objects.filter(state="pending").values_list("not_before", flat=True))
    Campaign.objects.update(paused_at=timezone.now() - timedelta(hours=5))
    services.resume(campaign)
    after = sorted(Message.objects.filter(state="pending").values_list("not_before", flat=True))
    assert all(timedelta(hours=5) <= late - early < timedelta(hours=5, minutes=1)
               for late, early in zip(after, before, strict=True))  # fmt: skip


def test_a_campaign_whose_mails_bounce_stops_by_itself(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services.send, "CHUNK", 40)
    for number in range(160):
        customer_factory(email=f"{'gone' if number % 10 == 0 else 'guest'}{number}@mail.example")
    relay.answers |= {f"gone{number}@mail.example": "550 5.1.1 no such user" for number in range(0, 160, 10)}
    prepared(campaign)
    real, looks = services.send._send_some, []

    def look_after_each_chunk(*args: Any, **kwargs: Any) -> int:
        claimed = real(*args, **kwargs)
        looks.append(services.send.look_after())
        return claimed

    monkeypatch.setattr(services.send, "_send_some", look_after_each_chunk)
    services.send_due()
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert "bounced, more than 5 %" in campaign.notice
    assert 100 <= len(relay.received) + Suppression.objects.count() < 160


def test_a_campaign_that_people_complain_about_stops_by_itself(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for _ in range(120):
        customer_factory()
    prepared(campaign)
    services.send_due()
    Campaign.objects.update(state="sending")
    Message.objects.filter(pk=Message.objects.values("pk")[:1]).update(complained_at=timezone.now())
    services.tick()
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    assert "complained, more than 0.3 %" in campaign.notice


def test_few_mails_say_nothing_about_a_list(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    customer_factory()
    relay.answers["guest1@mail.example"] = "550 5.1.1 no such user"
    assert send(campaign).state == "sent"


# -- a relay that takes few lines --------------------------------------------------------------


def test_it_sends_over_as_many_lines_as_the_relay_takes(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, settings: Any
) -> None:
    settings.MAIL_CONNECTIONS = 5
    for _ in range(23):
        customer_factory()
    assert send(campaign).state == "sent"
    assert len(relay.received) == len(set(relay.recipients)) == 23


def test_a_line_with_a_mail_half_said_is_never_used_again(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next mail's dot would else deliver the last one, of which nobody knows."""
    customer_factory()
    customer_factory()
    campaign = prepared(campaign)

    def fail(self: Lane, letters: Any) -> Any:
        raise RuntimeError("a mistake of ours, between the bytes and the dot")

    lane = new_lane()
    with monkeypatch.context() as patched:
        patched.setattr(Lane, "_commit", fail)
        with pytest.raises(RuntimeError):
            lane.send_chunk(campaign)
    assert states(campaign) == ["pending", "pending"]
    lane.send_chunk(campaign)
    lane.lines.close()
    assert relay.recipients == ["guest1@mail.example", "guest2@mail.example"]


@pytest.mark.django_db(transaction=True)
def test_a_lane_survives_whatever_happens_and_stops_when_told(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer_factory()
    prepared(campaign)
    failures = iter([OperationalError("gone"), ValueError("a mistake of ours")])
    real = services.send.send_with

    def fail_first(*args: Any, **kwargs: Any) -> int:
        for failure in failures:
            raise failure
        return real(*args, **kwargs)

    monkeypatch.setattr(services.send, "send_with", fail_first)
    monkeypatch.setattr(services.send, "LOOK_EVERY_SECONDS", 0.05)
    stop = threading.Event()
    lane = threading.Thread(target=run_lane, kwargs={"stop": stop})
    lane.start()
    for _ in range(200):
        if relay.received:
            break
        threading.Event().wait(0.05)
    stop.set()
    lane.join(10)
    assert not lane.is_alive()
    assert len(relay.received) == 1
