"""What the sources say of the products in a person's learned list: enough to order it.

The list was read with the hard rules applied, so that no rule is asked again here. Links and vectors come
from what the process remembers (`selectors/learned.py`, `selectors/edition.py`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import numpy as np

from personalization.engine.evidence import AlsoBought, Evidence, NeighborLink, Seed, SimilarProduct
from personalization.engine.vectors import blend, cosines
from personalization.selectors import candidates as read
from personalization.selectors.collaborative import also_bought_within
from personalization.selectors.edition import Edition
from personalization.selectors.learned import Learned, joined
from personalization.selectors.rules import Rules
from personalization.services.past import Asked, Past, due_now


def evidence_within(
    asked: Asked,
    *,
    past: Past,
    plain: Mapping[int, Evidence],
    news: Mapping[int, tuple[Seed, ...]],
    rules: Rules,
) -> dict[int, Evidence]:
    """`plain`: what there is of each person besides, the list among it.

    `news`: what the list does not know yet.
    """
    _read_ahead(asked, plain=plain, news=news)
    listed = {n: {row.product_id for row in own.listed} for n, own in plain.items()}
    inside = past.of(plain.keys(), products=listed)
    due = due_now(asked, past=inside)
    return {
        n: replace(
            _with_neighbors(asked, own, seeds=news[n], rules=rules),
            due=tuple(due.get(n, ())),
            views=tuple(inside.views.get(n, ())),
        )
        for n, own in plain.items()
    }


def _read_ahead(asked: Asked, *, plain: Mapping[int, Evidence], news: Mapping[int, tuple[Seed, ...]]) -> None:
    """What the process does not remember yet, for all persons at once and not for each of them."""
    learned, mix = asked.learned, asked.settings.mix
    curious = [n for n in plain if news[n]]
    if learned is None or len(curious) < 2:
        return
    seeds = {seed.product_id for n in curious for seed in news[n]}
    listed = {row.number: row.product_id for n in curious for row in plain[n].listed}
    if "copurchase" in mix or "collaborative" in mix:
        learned.items.of(seeds)
    if "collaborative" in mix:
        learned.numbered.of(listed)
    if "text" in mix:
        asked.edition.products.of(seeds.union(listed.values()))


def _with_neighbors(asked: Asked, evidence: Evidence, *, seeds: tuple[Seed, ...], rules: Rules) -> Evidence:
    learned, mix = asked.learned, asked.settings.mix
    # Likeness and baskets do not propose what the person has.
    owned = evidence.bought if rules.likeness_is_new else {}
    listed = {row.number: row.product_id for row in evidence.listed if row.product_id not in owned}
    if not seeds or not listed or learned is None:
        return evidence
    links: Iterable[NeighborLink] = ()
    similar: Iterable[SimilarProduct] = ()
    also: Iterable[AlsoBought] = ()
    if "copurchase" in mix:
        links = _links(listed.values(), seeds=seeds, learned=learned)
    if "text" in mix:
        floor = evidence.similarity_floor
        similar = _similar(listed.values(), seeds=seeds, edition=asked.edition, floor=floor)
    if "collaborative" in mix:
        also = also_bought_within(listed, seeds=seeds, learned=learned)
    return replace(evidence, seeds=seeds, links=tuple(links), similar=tuple(similar), also_bought=tuple(also))


def _links(listed: Collection[UUID], *, seeds: Sequence[Seed], learned: Learned) -> Iterator[NeighborLink]:
    """Of these products, those bought together with a seed."""
    items = learned.items.of([seed.product_id for seed in seeds])
    wanted = set(listed) if any(item.links for item in items.values()) else frozenset()
    for seed_id, item in items.items():
        for product_id in item.links.keys() & wanted:
            yield NeighborLink(seed_id, product_id, *item.links[product_id])


def _similar(
    listed: Collection[UUID], *, seeds: Sequence[Seed], edition: Edition, floor: float
) -> list[SimilarProduct]:
    """Those that are like a seed: of the others the source would say nothing."""
    vectors, _ = read.vectors_of(edition, product_ids=[*listed, *(seed.product_id for seed in seeds)])
    known = [seed for seed in seeds if seed.product_id in vectors]
    products = [product_id for product_id in listed if product_id in vectors]
    if not known or not products:
        return []
    rows, others = (
        joined([vectors[own] for own in products]),
        joined([vectors[seed.product_id] for seed in known]),
    )
    taste = blend(others, [seed.weight for seed in known])
    likeness = cosines(rows, np.vstack([taste, others]))
    alike = np.flatnonzero(likeness[:, 1:].max(axis=1) >= floor)
    return read.nearest_seeds(
        [products[own] for own in alike.tolist()],
        similarity=likeness[alike, 0],
        likeness=likeness[alike, 1:],
        seeds=[seed.product_id for seed in known],
    )
