"""What the sources say of the products in a person's learned list: enough to order it.

The list was read with the hard rules applied, so that no rule is asked again here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from personalization.engine.evidence import AlsoBought, Evidence, NeighborLink, Seed, SimilarProduct
from personalization.engine.vectors import blend, cosines
from personalization.selectors import candidates as read
from personalization.selectors.collaborative import also_bought_within
from personalization.selectors.people import Person
from personalization.selectors.rules import Rules
from personalization.services.past import Asked, Past, due_now, seeds_of


def evidence_within(
    asked: Asked, *, people: Sequence[Person], past: Past, plain: Mapping[int, Evidence], rules: Rules
) -> dict[int, Evidence]:
    """`plain`: what there is of each person besides, the list among it."""
    listed = {n: {row.product_id for row in own.listed} for n, own in plain.items()}
    inside = past.of(plain.keys(), products=listed)
    due = due_now(asked, people=people, past=inside)
    since = asked.version.as_of if asked.version else None
    news = seeds_of(asked, people=people, past=past, since=since)
    return {
        n: replace(
            _with_neighbors(asked, own, seeds=news[n], to=listed[n] - _left_out(own, rules=rules)),
            due=tuple(due.get(n, ())),
            views=tuple(inside.views.get(n, ())),
        )
        for n, own in plain.items()
    }


def _left_out(evidence: Evidence, *, rules: Rules) -> set[UUID]:
    """Likeness and baskets do not propose what the person has."""
    return set(evidence.bought) if rules.likeness_is_new else set()


def _with_neighbors(
    asked: Asked, evidence: Evidence, *, seeds: tuple[Seed, ...], to: Collection[UUID]
) -> Evidence:
    if not seeds or not to or asked.version is None:
        return evidence
    mix = asked.settings.mix
    links: Sequence[NeighborLink] = ()
    similar: Sequence[SimilarProduct] = ()
    also: Sequence[AlsoBought] = ()
    if "copurchase" in mix:
        links = read.links_within(to, seeds=seeds, version=asked.version)
    if "text" in mix:
        similar = _similar(to, seeds=seeds)
    if "collaborative" in mix:
        also = also_bought_within(to, seeds=seeds, version=asked.version)
    return replace(evidence, seeds=seeds, links=tuple(links), similar=tuple(similar), also_bought=tuple(also))


def _similar(listed: Collection[UUID], *, seeds: Sequence[Seed]) -> list[SimilarProduct]:
    vectors, _ = read.vectors_of({*listed, *(seed.product_id for seed in seeds)})
    known = [seed for seed in seeds if seed.product_id in vectors]
    products = [product_id for product_id in listed if product_id in vectors]
    if not known or not products:
        return []
    by_seed = {seed.product_id: vectors[seed.product_id] for seed in known}
    taste = blend(np.stack(list(by_seed.values())), [seed.weight for seed in known])
    rows = [vectors[product_id] for product_id in products]
    likeness = cosines(np.stack(rows), taste[None, :])[:, 0].tolist()
    return read.nearest_seeds(list(zip(products, likeness, rows, strict=True)), seeds=by_seed)
