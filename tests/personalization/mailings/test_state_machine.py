"""A campaign and its messages under any order of events: real services, real database, and the drawn arrows.

Whoever acts may come at the wrong moment and is then refused; what must hold holds after each step.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from omotenashi.errors import Conflict
from personalization.mailings import services
from personalization.mailings.engine.states import (
    CAMPAIGN_TRANSITIONS,
    MESSAGE_TRANSITIONS,
    CampaignState,
    MessageState,
)
from personalization.mailings.models import Campaign, Message
from personalization.mailings.services.campaigns import begin_preparing, begin_sending, finish_if_done
from personalization.mailings.services.ledger import Intent, Ledger, Result, return_dead_claims
from personalization.mailings.services.prepare import prepare_chunk
from personalization.models import Customer
from tests.personalization.mailings.conftest import CustomerFactory, set_consent

pytestmark = pytest.mark.django_db
PEOPLE = 3
ANSWERS = {"taken": MessageState.SENT, "refused": MessageState.FAILED, "not now": MessageState.PENDING}
STEPS: dict[str, Callable[[Campaign], Any]] = {
    "schedule": services.schedule,
    "unschedule": services.unschedule,
    "pause": services.pause,
    "resume": services.resume,
    "cancel": services.cancel,
}
lanes = st.integers(0, 1)
Arrow = tuple[str, str]


class Mailing(RuleBasedStateMachine):
    """Two lanes of mail workers, a scheduler, an impatient person, and what the relay has."""

    campaign_id: uuid.UUID

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.lanes = [Ledger(), Ledger()]
        self.claimed: list[list[uuid.UUID]] = [[], []]
        self.open: list[set[uuid.UUID]] = [set(), set()]
        self.with_relay: set[uuid.UUID] = set()
        self.left: set[uuid.UUID | None] = set()
        self.campaign_was, self.messages_were = self.campaign.state, self.states()
        self.campaign_arrows: set[Arrow] = set()
        self.message_arrows: set[Arrow] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @property
    def campaign(self) -> Campaign:
        found: Campaign = Campaign.objects.select_related("workspace").get(pk=self.campaign_id)
        return found

    @staticmethod
    def states() -> dict[uuid.UUID, str]:
        return dict(Message.objects.values_list("pk", "state"))

    @rule(name=st.sampled_from(sorted(STEPS)))
    def a_person_acts(self, name: str) -> None:
        before = self.campaign
        try:
            STEPS[name](before)
        except Conflict:
            assert self.campaign.state == self.campaign_was, "refused, and yet changed"

    @rule(in_time=st.booleans())
    def the_scheduler_looks(self, in_time: bool) -> None:
        """A second scheduler comes with what it read before, and is too late."""
        seen = self.campaign
        begun = begin_preparing(seen, now=timezone.now())
        assert begun == (self.campaign_was == CampaignState.SCHEDULED)
        if not in_time:
            assert not begin_preparing(seen, now=timezone.now())

    @rule(size=st.integers(1, PEOPLE))
    def rows_are_made(self, size: int) -> None:
        own = self.campaign
        if own.state == CampaignState.PREPARING and prepare_chunk(own, size=size) == 0:
            begin_sending(own)

    @rule(lane=lanes, size=st.integers(1, PEOPLE))
    def a_lane_claims(self, lane: int, size: int) -> None:
        found = self.lanes[lane].claim(self.campaign, size=size, now=timezone.now())
        assert not found or self.campaign_was == CampaignState.SENDING
        self.claimed[lane] += [own.id for own in found]

    @rule(lane=lanes)
    def it_hands_over(self, lane: int) -> None:
        intents = [Intent(own, None) for own in self.claimed[lane]]
        wait = timedelta(seconds=30)
        allowed = self.lanes[lane].commit_wave(intents, results=[], now=timezone.now(), answer_within=wait)
        assert not allowed & self.with_relay, "handed over a second time"
        assert not allowed or self.campaign_was == CampaignState.SENDING, "handed over while it does not send"
        readers = set(Message.objects.filter(pk__in=allowed).values_list("customer_id", flat=True))
        assert not readers & self.left, "sent to someone who left"
        self.with_relay |= allowed
        self.open[lane] |= allowed
        self.claimed[lane] = [own for own in self.claimed[lane] if own not in allowed]

    @rule(lane=lanes, said=st.sampled_from(sorted(ANSWERS)))
    def the_relay_answers(self, lane: int, said: str) -> None:
        for own in sorted(self.open[lane])[:1]:
            self.open[lane].discard(own)
            is_taken, now = said == "taken", timezone.now()
            result = Result(
                own, MessageState.IN_DOUBT, ANSWERS[said], reason=said, sent_at=now if is_taken else None
            )
            self.lanes[lane].record([result], now=now)
            if not is_taken and self.states()[own] == ANSWERS[said]:
                self.with_relay.discard(own)

    @rule(lane=lanes)
    def a_lane_gives_up(self, lane: int) -> None:
        """Claimed rows go back, are skipped, or fail: what a lane writes of a mail it could not write."""
        ends = [MessageState.PENDING, MessageState.SKIPPED, MessageState.FAILED]
        results = [
            Result(own, MessageState.CLAIMED, ends[number % 3], reason="given up")
            for number, own in enumerate(self.claimed[lane])
        ]
        self.lanes[lane].record(results, now=timezone.now())
        self.claimed[lane] = []

    @rule(lane=lanes)
    def a_worker_dies(self, lane: int) -> None:
        self.lanes[lane], self.claimed[lane], self.open[lane] = Ledger(), [], set()

    @rule()
    def leases_run_out_and_dead_claims_return(self) -> None:
        past = timezone.now() - timedelta(seconds=1)
        self.open = [set(), set()]  # a line gives up before its lease does
        Message.objects.filter(lease_expires_at__isnull=False).update(lease_expires_at=past)
        return_dead_claims(now=timezone.now(), may_repeat=False, sessions_are_ours=False)

    @rule(was_taken=st.booleans())
    def a_person_settles_a_doubt(self, was_taken: bool) -> None:
        """From the relay's log. While the answer may still come, nobody may."""
        doubtful = Message.objects.filter(state=MessageState.IN_DOUBT).order_by("id").first()
        if doubtful is None:
            return
        runs = doubtful.lease_expires_at and doubtful.lease_expires_at > timezone.now()
        step = services.confirm_delivered if was_taken else services.send_again
        try:
            step(doubtful, by="operator")
        except Conflict:
            assert runs
            return
        assert not runs
        if not was_taken:
            self.with_relay.discard(doubtful.pk)

    @rule()
    def it_may_be_done(self) -> None:
        waits = Message.objects.filter(state__in=["pending", "claimed"]).exists()
        if finish_if_done(self.campaign):
            assert not waits

    @precondition(lambda self: len(self.left) < PEOPLE - 1)
    @rule()
    def someone_leaves(self) -> None:
        person = Customer.objects.exclude(pk__in=self.left).order_by("id").first()
        assert person is not None
        set_consent(person, granted=False)
        self.left.add(person.pk)

    @invariant()
    def every_step_is_an_arrow(self) -> None:
        state, states = self.campaign.state, self.states()
        self.campaign_arrows |= {(self.campaign_was, state)}
        self.message_arrows |= {(was, states[own]) for own, was in self.messages_were.items()}
        assert drawn(self.campaign_arrows) <= drawn_in(CAMPAIGN_TRANSITIONS)
        assert drawn(self.message_arrows) <= drawn_in(MESSAGE_TRANSITIONS)
        self.campaign_was, self.messages_were = state, states

    @invariant()
    def the_ledger_says_what_the_relay_has(self) -> None:
        known = {own for own, state in self.messages_were.items() if state in ("sent", "in_doubt")}
        assert known == self.with_relay
        addresses = Message.objects.values_list("address_normalized", flat=True)
        assert len(addresses) == len(set(addresses)) <= PEOPLE

    @invariant()
    def what_ended_waits_for_nothing(self) -> None:
        if self.campaign_was == CampaignState.SENT:
            assert not Message.objects.filter(state__in=["pending", "claimed"]).exists()


def drawn(steps: set[Arrow]) -> set[Arrow]:
    """Without the steps that left everything as it was."""
    return {step for step in steps if step[0] != step[1]}


def drawn_in(table: Mapping[Any, frozenset[Any]]) -> set[Arrow]:  # Any: states of either kind
    return {(state.value, to.value) for state, targets in table.items() for to in targets}


@pytest.fixture
def machine(campaign: Campaign, customer_factory: CustomerFactory) -> type[Mailing]:
    for _ in range(PEOPLE):
        customer_factory()
    return type("OneMailing", (Mailing,), {"campaign_id": campaign.pk})


def test_whatever_happens_in_whatever_order_each_is_sent_at_most_once(machine: type[Mailing]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip


SENDING = "schedule look rows rows pause resume"
WALKS = (
    "cancel",
    "schedule unschedule schedule cancel",
    "schedule look cancel",
    "schedule look pause resume pause cancel",
    f"{SENDING} claim give-up",
    f"{SENDING} claim hand-over taken refused die late done release claim hand-over not-now cancel",
)


def test_every_arrow_can_be_walked(machine: type[Mailing]) -> None:
    reached: tuple[set[Arrow], set[Arrow]] = (set(), set())
    for walk in WALKS:
        own = machine()
        for word in walk.split():
            take(own, word)
            own.every_step_is_an_arrow()
            own.the_ledger_says_what_the_relay_has()
        reached = (reached[0] | own.campaign_arrows, reached[1] | own.message_arrows)
        own.teardown()
    assert drawn(reached[0]) == drawn_in(CAMPAIGN_TRANSITIONS)
    assert drawn(reached[1]) == drawn_in(MESSAGE_TRANSITIONS)


def take(own: Mailing, word: str) -> None:
    if word in STEPS:
        own.a_person_acts(name=word)
    elif (said := word.replace("-", " ")) in ANSWERS:
        own.the_relay_answers(lane=0, said=said)
    else:
        {
            "look": lambda: own.the_scheduler_looks(in_time=False),
            "rows": lambda: own.rows_are_made(size=PEOPLE),
            "claim": lambda: own.a_lane_claims(lane=0, size=PEOPLE),
            "give-up": lambda: own.a_lane_gives_up(lane=0),
            "hand-over": lambda: own.it_hands_over(lane=0),
            "die": lambda: own.a_worker_dies(lane=0),
            "late": own.leases_run_out_and_dead_claims_return,
            "done": own.it_may_be_done,
            "release": lambda: own.a_person_settles_a_doubt(was_taken=False),
        }[word]()


def test_the_database_itself_refuses_what_is_not_drawn(campaign: Campaign) -> None:
    """For each pair of states the guard is asked by raw SQL; another test reads its text."""
    for state, to in product(MessageState, MessageState):
        row = Message.objects.create(
            workspace=campaign.workspace, campaign=campaign, locale="en", state=state,
            address_normalized=f"{state}-{to}@mail.example", message_id_header="x", idempotency_key="x",
            sent_at=timezone.now(),
        )  # fmt: skip
        assert _may(row, to=to) == (state == to or to in MESSAGE_TRANSITIONS[state])


def _may(row: Message, *, to: MessageState) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE mailings_message SET state = %s WHERE id = %s", [to.value, row.pk])
    except IntegrityError:
        return False
    return True
