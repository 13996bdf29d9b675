"""The drawn transitions, walked at random and compared with the database's own guard."""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.audience import Audience, parse_audience
from personalization.mailings.engine.backoff import wait_after
from personalization.mailings.engine.states import (
    CAMPAIGN_TRANSITIONS,
    MESSAGE_TRANSITIONS,
    CampaignState,
    MessageState,
    campaign_may,
    message_may,
)


@given(st.lists(st.sampled_from(MessageState), max_size=40))
def test_no_walk_reaches_sent_twice_or_leaves_it(wishes: list[MessageState]) -> None:
    state, sent = MessageState.PENDING, 0
    for wish in wishes:
        if message_may(state, become=wish):
            assert state is not MessageState.SENT
            sent += wish is MessageState.SENT
            state = wish
    assert sent <= 1


@given(st.lists(st.sampled_from(MessageState), max_size=40))
def test_no_walk_reaches_sent_without_having_been_in_doubt(wishes: list[MessageState]) -> None:
    path = [MessageState.PENDING]
    for wish in wishes:
        if message_may(path[-1], become=wish):
            path.append(wish)
    if path[-1] is MessageState.SENT:
        assert path[-2] is MessageState.IN_DOUBT


@given(st.lists(st.sampled_from(CampaignState), max_size=40))
def test_a_canceled_campaign_stays_canceled(wishes: list[CampaignState]) -> None:
    state, canceled = CampaignState.DRAFT, False
    for wish in wishes:
        if campaign_may(state, become=wish):
            state = wish
        canceled = canceled or state is CampaignState.CANCELED
    assert not canceled or state is CampaignState.CANCELED


def test_every_state_has_a_row_in_its_table() -> None:
    assert set(CAMPAIGN_TRANSITIONS) == set(CampaignState)
    assert set(MESSAGE_TRANSITIONS) == set(MessageState)


def test_the_database_guards_the_same_arrows() -> None:
    guards = import_module("personalization.mailings.migrations.0002_guard_promises").GUARDS
    drawn = {(state.value, to.value) for state, targets in MESSAGE_TRANSITIONS.items() for to in targets}
    assert set(re.findall(r"\('(\w+)', '(\w+)'\)", guards)) == drawn


def test_waits_grow_and_stay_below_two_hours() -> None:
    waits = [wait_after(attempt) for attempt in range(1, 9)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (timedelta(seconds=30), timedelta(hours=2))


def test_an_audience_is_read() -> None:
    data = {"locales": ["de", "ja-JP"], "countries": ["AT"], "bought_since": "2026-01-31"}
    wanted = Audience(locales=("de", "ja-JP"), countries=("AT",), bought_since=date(2026, 1, 31))
    assert parse_audience(data) == (wanted, [])


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], ""),
        ({"lang": 1}, "/lang"),
        ({"locales": "de"}, "/locales"),
        ({"locales": ["d e"]}, "/locales/0"),
        ({"countries": ["DE", "Germany"]}, "/countries/1"),
        ({"bought_since": "yesterday"}, "/bought_since"),
    ],
)
def test_what_an_audience_gets_wrong_is_named_with_its_place(data: object, path: str) -> None:
    _, problems = parse_audience(data)
    assert [problem.path for problem in problems] == [path]
