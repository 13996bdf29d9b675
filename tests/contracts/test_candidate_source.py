"""One contract for all candidate sources. A new source is covered once it stands in the registry."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from math import isfinite
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.engine.candidates import CandidateSource
from personalization.engine.evidence import (
    AlsoBought,
    Bought,
    DuePurchase,
    Evidence,
    Listed,
    NeighborLink,
    NewProduct,
    PopularProduct,
    Seed,
    SimilarProduct,
    View,
)
from personalization.engine.reasons import CODES, TEXTS, reason_text
from personalization.engine.sources import SOURCES, source_named

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
IDS = [UUID(int=number) for number in range(1, 9)]
ids = st.sampled_from(IDS)
moments = st.integers(0, 400).map(lambda days: NOW - timedelta(days=days))
scores = st.floats(0.01, 1.0)
relations = st.sampled_from(["context", "cart", "bought", "viewed"])


def tuples(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(strategy, max_size=12).map(tuple)


seeds = st.dictionaries(ids, st.tuples(relations, scores), max_size=4).map(
    lambda found: tuple(
        Seed(product_id, relation, weight) for product_id, (relation, weight) in found.items()
    )
)
evidences = st.builds(
    Evidence,
    now=st.just(NOW),
    seeds=seeds,
    due=tuples(
        st.builds(DuePurchase, ids, st.integers(1, 20), moments, st.floats(1, 90), st.floats(0, 300))
    ).map(lambda rows: tuple({row.product_id: row for row in rows}.values())),
    links=tuples(st.builds(NeighborLink, ids, ids, scores, st.integers(2, 500))),
    similar=tuples(st.builds(SimilarProduct, ids, scores, ids, scores)).map(
        lambda rows: tuple({row.product_id: row for row in rows}.values())
    ),
    listed=tuples(
        st.builds(Listed, ids, st.integers(1, 50), st.none() | ids, st.integers(0, 99), moments)
    ).map(lambda rows: tuple({row.product_id: row for row in rows}.values())),
    bought=st.dictionaries(ids, st.builds(Bought, st.integers(1, 20), moments), max_size=4),
    also_bought=tuples(st.builds(AlsoBought, ids, scores, ids, st.integers(1, 99))),
    popular=tuples(
        st.builds(
            PopularProduct, ids, scores, st.integers(2, 99), st.just(30), st.sampled_from(["", "DE"]), moments
        )
    ),
    views=tuples(st.builds(View, ids, moments)),
    newest=tuples(st.builds(NewProduct, ids, moments)).map(
        lambda rows: tuple({row.product_id: row for row in rows}.values())
    ),
    similarity_floor=st.just(0.5),
)


@pytest.fixture(params=sorted(SOURCES))
def source(request: pytest.FixtureRequest) -> CandidateSource:
    return source_named(request.param)


def named_products(evidence: Evidence) -> set[UUID]:
    """Products in the lists a source may take from; seeds alone are no offer."""
    lists = [getattr(evidence, entry.name) for entry in fields(evidence)]
    rows = [row for rows in lists if isinstance(rows, tuple) for row in rows if not isinstance(row, Seed)]
    return {row.product_id for row in rows}


def test_it_offers_nothing_without_evidence(source: CandidateSource) -> None:
    assert source.candidates(Evidence(now=NOW), limit=10) == []


@settings(max_examples=40, deadline=None)
@given(evidence=evidences, limit=st.integers(1, 5))
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_it_keeps_the_contract(name: str, evidence: Evidence, limit: int) -> None:
    source = source_named(name)
    found = source.candidates(evidence, limit=limit)
    assert len(found) <= limit
    assert len({candidate.product_id for candidate in found}) == len(found)
    assert {candidate.product_id for candidate in found} <= named_products(evidence)
    assert all(candidate.source == name for candidate in found)
    assert all(isfinite(candidate.score) and candidate.score > 0 for candidate in found)
    assert [candidate.score for candidate in found] == sorted((c.score for c in found), reverse=True)
    assert all(candidate.reason.code in CODES for candidate in found)


@settings(max_examples=40, deadline=None)
@given(evidence=evidences)
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_it_does_not_depend_on_the_order_of_its_evidence(name: str, evidence: Evidence) -> None:
    source = source_named(name)
    turned = replace(
        evidence,
        seeds=evidence.seeds[::-1],
        due=evidence.due[::-1],
        similar=evidence.similar[::-1],
        also_bought=evidence.also_bought[::-1],
        newest=evidence.newest[::-1],
    )
    assert source.candidates(turned, limit=20) == source.candidates(evidence, limit=20)


@settings(max_examples=40, deadline=None)
@given(evidence=evidences)
@pytest.mark.parametrize("locale", ["en", "de-AT", "ja-JP", "fr"])
@pytest.mark.parametrize("name", sorted(SOURCES))
def test_its_reasons_can_be_told_in_every_language(name: str, locale: str, evidence: Evidence) -> None:
    for candidate in source_named(name).candidates(evidence, limit=20):
        text = reason_text(candidate.reason, locale=locale, title="{Bowl}", zone=UTC)
        assert text
        seed = candidate.reason.evidence.get("product_id")
        named = {own.product_id for own in evidence.seeds} | {row.seed_id for row in evidence.listed}
        assert seed is None or seed in named
        assert ("{Bowl}" in text) == (seed is not None)


def test_it_names_the_known_sources_when_asked_for_an_unknown_one() -> None:
    with pytest.raises(KeyError, match="copurchase"):
        source_named("horoscope")


def test_it_says_the_same_things_in_each_language() -> None:
    assert {frozenset(texts) for texts in TEXTS.values()} == {frozenset(TEXTS["en"])}
