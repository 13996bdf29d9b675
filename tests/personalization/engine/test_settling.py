"""When a learned list settles what is shown: then nothing outside of it may be, whatever speaks for that."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from personalization.engine.choosing import Shaping, Wanted, choose, ordered, pooled_candidates
from personalization.engine.diversity import Kind
from personalization.engine.evidence import (
    Evidence,
    Listed,
    NeighborLink,
    PopularProduct,
    Seed,
    SimilarProduct,
    View,
)
from personalization.engine.placements import DEFAULTS
from personalization.engine.settling import can_settle, settles

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SEED = UUID(int=999)
LISTED = [UUID(int=number) for number in range(1, 31)]
OTHERS = [UUID(int=number) for number in range(101, 121)]
CATEGORIES = {own: f"c{own.int % 4}" for own in [*LISTED, *OTHERS]}
HOME = DEFAULTS["home"]
either = st.sampled_from([*LISTED, *OTHERS])
scores = st.floats(0.5, 1.0)


def listed(places: list[int]) -> tuple[Listed, ...]:
    return tuple(
        Listed(LISTED[place - 1], place, None, 9, NOW, CATEGORIES[LISTED[place - 1]]) for place in places
    )


evidences = st.builds(
    Evidence,
    now=st.just(NOW),
    seeds=st.just((Seed(SEED, "viewed", 1.0),)),
    listed=st.lists(st.integers(1, 30), unique=True, min_size=12).map(listed),
    links=st.lists(st.builds(NeighborLink, st.just(SEED), either, scores, st.just(9))).map(tuple),
    similar=st.lists(
        st.builds(SimilarProduct, either, scores, st.just(SEED), scores), unique_by=lambda row: row.product_id
    ).map(tuple),
    popular=st.lists(
        st.builds(PopularProduct, either, scores, st.just(9), st.just(30), st.just(""), st.just(NOW)),
        unique_by=lambda row: row.product_id,
    ).map(tuple),
    views=st.lists(st.builds(View, either, st.just(NOW - timedelta(hours=1)))).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(evidence=evidences, count=st.integers(1, 12), per_category=st.integers(1, 4))
def test_it_never_shows_what_a_settled_list_does_not_have(
    evidence: Evidence, count: int, per_category: int
) -> None:
    assume(settles(evidence, settings=HOME, count=count, per_category=per_category))
    order = ordered(pooled_candidates(evidence, settings=HOME), settings=HOME, shaping=Shaping())
    kinds = {own: Kind(own, category, "") for own, category in CATEGORIES.items()}
    wanted = Wanted(HOME, count, per_category)
    shown = {
        item.product_id for item in choose(order, (), wanted=wanted, kinds=kinds, shaping=Shaping()).items
    }
    assert len(shown) == count
    assert shown <= {row.product_id for row in evidence.listed}


def test_it_settles_a_list_that_is_long_and_varied_enough() -> None:
    evidence = Evidence(now=NOW, listed=listed(list(range(1, 31))))
    assert settles(evidence, settings=HOME, count=10, per_category=4)
    assert settles(evidence, settings=HOME, count=16, per_category=4)
    assert not settles(evidence, settings=HOME, count=17, per_category=4)  # 4 categories of 4
    assert settles(evidence, settings=HOME, count=30, per_category=50)
    assert not settles(evidence, settings=HOME, count=31, per_category=50)
    weak = replace(HOME, mix={**HOME.mix, "learned": 5.0})
    assert settles(evidence, settings=weak, count=22, per_category=50)
    assert not settles(evidence, settings=weak, count=24, per_category=50)  # place 24 may be overtaken


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"repeat_share": 0}, True),
        ({"repeat_share": 0.5}, False),
        ({"minimum_relevance": 0.2}, False),
        ({"mix": {"learned": 1, "text": 1}}, False),
        ({"mix": {"text": 1}}, False),
    ],
)
def test_it_knows_which_placements_a_list_can_settle(changes: dict[str, object], can: bool) -> None:
    assert can_settle(HOME.with_changes(changes)) is can
