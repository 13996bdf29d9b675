"""Which of several waiting mails come too near to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.preferences import crowded

START = datetime(2026, 3, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def test_the_earlier_stays_and_what_was_sent_counts() -> None:
    waiting = {"a": day(8), "b": day(9), "c": day(15), "d": day(3)}
    assert crowded(waiting, taken=[day(0)], gap=WEEK) == ["d", "b"]


def test_the_gap_itself_is_far_enough() -> None:
    assert crowded({"a": day(7)}, taken=[day(0)], gap=WEEK) == []


HOURS = st.lists(st.integers(0, 60 * 24), max_size=8)


@given(HOURS, HOURS)
def test_what_stays_keeps_its_distance_and_nothing_else_goes(waiting: list[int], taken: list[int]) -> None:
    hours = {key: day(own / 24) for key, own in enumerate(waiting)}
    sent = [day(own / 24) for own in taken]
    gone = set(crowded(hours, taken=sent, gap=WEEK))
    kept = [at for key, at in hours.items() if key not in gone]
    for place, at in enumerate(kept):
        assert all(abs(at - other) >= WEEK for other in [*kept[:place], *kept[place + 1 :], *sent])
    for key in gone:
        assert any(abs(hours[key] - other) < WEEK for other in [*kept, *sent])
