"""A list of which other sources speak too: what is left out beforehand changes no answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from personalization.engine.choosing import (
    Choice,
    Shaping,
    Wanted,
    choose,
    is_filled,
    ordered,
    pooled_candidates,
)
from personalization.engine.diversity import Kind
from personalization.engine.evidence import Bought, DuePurchase, Evidence, Listed, Seed, SimilarProduct
from personalization.engine.placements import settings_for
from personalization.engine.settling import settled, worth_ranking
from tests.personalization.engine.test_settled_alone import NOW, listed_from, rows

SEED = UUID(int=98)
shares = st.floats(0.01, 1.0)


def chosen(evidence: Evidence, *, listed: tuple[Listed, ...], wanted: Wanted) -> tuple[Choice, bool]:
    kinds = {row.product_id: Kind(row.product_id, row.category, row.group) for row in listed}
    pooled = pooled_candidates(evidence, settings=wanted.settings)
    order = ordered(pooled, settings=wanted.settings, shaping=Shaping())
    filled = is_filled(order, wanted=wanted, kinds=kinds)
    return choose(order, (), wanted=wanted, kinds=kinds, shaping=Shaping()), filled


@given(
    st.lists(rows, min_size=6, max_size=50),
    st.dictionaries(st.integers(0, 60), shares, max_size=12),
    st.dictionaries(st.integers(0, 60), shares, max_size=4),
    st.sets(st.integers(0, 60), max_size=5),
)
def test_it_ranks_the_rest_as_it_would_have_ranked_all(
    drawn: list[tuple[int, str, bool, int, str]],
    alike: dict[int, float],
    due: dict[int, float],
    bought: set[int],
) -> None:
    settings = settings_for("email", own={})
    assert settings is not None
    wanted = Wanted(settings, count=4, per_category=settings.max_per_category)
    listed = listed_from(drawn)
    inside = {row.product_id for row in listed}
    evidence = Evidence(
        now=NOW,
        seeds=(Seed(SEED, "viewed", 1.0),),
        listed=listed,
        similar=tuple(
            SimilarProduct(own, s, SEED, 0.9) for n, s in alike.items() if (own := UUID(int=n)) in inside
        ),
        due=tuple(
            DuePurchase(own, 3, NOW, 30.0, 30.0, s) for n, s in due.items() if (own := UUID(int=n)) in inside
        ),
        bought={UUID(int=number): Bought(2, NOW) for number in bought},
    )
    shown = settled(
        listed, evidence=evidence, settings=settings, count=wanted.count, per_category=wanted.per_category
    )
    if len(shown) < wanted.count:
        return
    rest = worth_ranking(evidence, last=shown[-1].place)
    short_way, filled = chosen(rest, listed=listed, wanted=wanted)
    long_way, _ = chosen(evidence, listed=listed, wanted=wanted)
    if filled:  # else the whole list is asked
        assert short_way.items == long_way.items


def test_it_leaves_out_what_nobody_speaks_of() -> None:
    listed = listed_from([(n, "a", False, 5, "") for n in range(30)])
    spoken_of = SimilarProduct(listed[20].product_id, 0.9, SEED, 0.9)
    rest = worth_ranking(Evidence(now=NOW, listed=listed, similar=(spoken_of,)), last=4)
    assert [row.place for row in rest.listed] == [1, 2, 3, 4, 21]
    assert replace(rest, listed=listed) == Evidence(now=NOW, listed=listed, similar=(spoken_of,))
