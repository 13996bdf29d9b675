"""The ledger under any order of events: no message is handed over again unless the relay said it did not
take it.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omotenashi.accounts.models import Workspace
from personalization.mailings import services
from personalization.mailings.engine.states import MESSAGE_TRANSITIONS, MessageState
from personalization.mailings.models import Campaign, Message
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.ledger import Intent, Ledger, Recipient, Result, return_dead_claims
from personalization.models import Consent, Customer

pytestmark = pytest.mark.django_db
PEOPLE = 4
NOW = timezone.now()
ANSWERS = {"taken": MessageState.SENT, "refused": MessageState.FAILED, "not now": MessageState.PENDING}
events = st.one_of(
    st.tuples(st.just("claim"), st.integers(0, 1)),
    st.tuples(st.just("intend"), st.integers(0, 1)),
    st.tuples(st.sampled_from(sorted(ANSWERS)), st.integers(0, 1)),
    st.tuples(
        st.sampled_from(["give back", "die", "time passes", "pause", "resume", "withdraw", "return"]),
        st.integers(0, 1),
    ),
)


class World:
    """Two lanes, a clock, and what the relay has: everything for which the final dot went out."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign, self.now = campaign, NOW
        self.lanes = [Ledger(), Ledger()]
        self.claimed: list[list[Recipient]] = [[], []]
        self.open: list[set[uuid.UUID]] = [set(), set()]
        self.with_relay: set[uuid.UUID] = set()

    def claim(self, lane: int) -> None:
        self.claimed[lane] += self.lanes[lane].claim(self.campaign, size=2, now=self.now)

    def intend(self, lane: int) -> None:
        intents = [Intent(own.id, None) for own in self.claimed[lane]]
        allowed = self.lanes[lane].commit_wave(
            intents, results=[], now=self.now, answer_within=timedelta(seconds=30)
        )
        assert not allowed & self.with_relay, "handed over a second time"
        self.with_relay |= allowed
        self.open[lane] |= allowed
        self.claimed[lane] = [own for own in self.claimed[lane] if own.id not in allowed]

    def answer(self, lane: int, said: str) -> None:
        for own in list(self.open[lane])[:1]:
            self.open[lane].discard(own)
            sent_at = self.now if said == "taken" else None
            result = Result(own, MessageState.IN_DOUBT, ANSWERS[said], reason=said, sent_at=sent_at)
            self.lanes[lane].record([result], now=self.now)
            if said != "taken":
                self.with_relay.discard(own)

    def give_back(self, lane: int) -> None:
        back = [Result(own.id, MessageState.CLAIMED, MessageState.PENDING) for own in self.claimed[lane]]
        self.lanes[lane].record(back, now=self.now)
        self.claimed[lane] = []

    def die(self, lane: int) -> None:
        self.lanes[lane], self.claimed[lane], self.open[lane] = Ledger(), [], set()

    def step(self, event: str, lane: int) -> None:
        if event in ANSWERS:
            self.answer(lane, event)
        elif event == "time passes":
            self.now += timedelta(seconds=25)
        elif event == "return":
            return_dead_claims(now=self.now, may_repeat=False, sessions_are_ours=False)
        elif event in ("pause", "resume"):
            wanted = "paused" if event == "pause" else "sending"
            Campaign.objects.filter(pk=self.campaign.pk).update(state=wanted)
        elif event == "withdraw":
            Consent.objects.create(
                workspace=self.campaign.workspace, granted=False, source="test", at=self.now,
                customer=Customer.objects.order_by("?")[0],
            )  # fmt: skip
        else:
            getattr(self, event.replace(" ", "_"))(lane)


@pytest.fixture
def campaign(workspace: Workspace) -> Campaign:
    for number in range(PEOPLE):
        address = f"g{number}@mail.example"
        customer = Customer.objects.create(
            workspace=workspace, external_id=str(number), email=address, email_normalized=address
        )
        Consent.objects.create(workspace=workspace, customer=customer, granted=True, source="test", at=NOW)
    campaign = create_sample_campaign(workspace, product_count=0)
    Campaign.objects.filter(pk=campaign.pk).update(state="preparing", started_at=NOW)
    campaign.refresh_from_db()
    services.prepare.prepare_chunk(campaign)
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    Message.objects.update(not_before=NOW)
    return campaign


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(events, max_size=30))
def test_nothing_is_handed_over_twice(campaign: Campaign, history: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        world = World(campaign)
        before = _states()
        for event, lane in history:
            world.step(event, lane)
            after = _states()
            for own, state in after.items():
                assert state == before[own] or state in _reachable(before[own])
            before = after
        sent_or_doubt = {own for own, state in before.items() if state in ("sent", "in_doubt")}
        assert sent_or_doubt == world.with_relay
        assert len(before) == PEOPLE
        transaction.set_rollback(True)


def _states() -> dict[uuid.UUID, str]:
    return dict(Message.objects.values_list("pk", "state"))


def _reachable(state: str) -> set[str]:
    return {own.value for own in MESSAGE_TRANSITIONS[MessageState(state)]}


def test_an_attempt_is_counted_only_when_it_was_made(campaign: Campaign) -> None:
    ledger = Ledger()
    claimed = ledger.claim(campaign, size=PEOPLE, now=NOW)
    results: list[Any] = [
        Result(own.id, MessageState.CLAIMED, MessageState.PENDING, is_uncounted=number % 2 == 0)
        for number, own in enumerate(claimed)
    ]
    ledger.record(results, now=NOW)
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1, 1]
