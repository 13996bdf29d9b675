"""A list of which no other source has anything to say: the short way gives the answer of the long one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from personalization.engine.choosing import Shaping, Wanted, choose, ordered, pooled_candidates
from personalization.engine.diversity import Kind
from personalization.engine.evidence import Bought, Evidence, Listed
from personalization.engine.placements import settings_for
from personalization.engine.settling import SOURCE, Shown, settled, shown_of

NOW = datetime(2026, 11, 26, tzinfo=UTC)
groups = st.sampled_from(["", "pot"])
rows = st.tuples(st.integers(0, 60), st.sampled_from("abcdef"), st.booleans(), st.integers(0, 9), groups)


def listed_from(drawn: list[tuple[int, str, bool, int, str]]) -> tuple[Listed, ...]:
    unique = {number: row for number, *row in drawn}
    return tuple(
        Listed(UUID(int=number), place, UUID(int=99) if has_seed else None, buyers, NOW, category, group)
        for place, (number, (category, has_seed, buyers, group)) in enumerate(unique.items(), start=1)
    )


@given(st.lists(rows, min_size=6, max_size=50), st.sets(st.integers(0, 60), max_size=5))
def test_it_chooses_as_the_whole_recommender_would(
    drawn: list[tuple[int, str, bool, int, str]], bought: set[int]
) -> None:
    settings = settings_for("email", own={})
    assert settings is not None
    wanted = Wanted(settings, count=4, per_category=settings.max_per_category)
    listed = listed_from(drawn)
    evidence = Evidence(now=NOW, bought={UUID(int=number): Bought(2, NOW) for number in bought})
    shown = settled(
        listed, evidence=evidence, settings=settings, count=wanted.count, per_category=wanted.per_category
    )
    evidence = replace(evidence, listed=tuple(shown))
    order = ordered(pooled_candidates(evidence, settings=settings), settings=settings, shaping=Shaping())
    kinds = {row.product_id: Kind(row.product_id, row.category, row.group) for row in shown}
    long_way = choose(order, (), wanted=wanted, kinds=kinds, shaping=Shaping())
    short_way = shown_of(shown, evidence=evidence, settings=settings)
    assert short_way == [
        Shown(own.product_id, own.score, own.relevance, *own.reasons) for own in long_way.items
    ]
    for own in long_way.items:  # what an answer says besides is the same for all of a settled list
        assert (own.source, own.contributions) == (SOURCE, {SOURCE: own.score})
        assert (own.stage, own.weights, own.rule, own.is_fallback) == ("ranked", {}, "", False)
