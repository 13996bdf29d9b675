"""Reading the catalogue: products, and what may be said of them in a language."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.locales import fallbacks
from omotenashi.catalog.models import Fact, ImportRun, Product, ProductQuerySet
from omotenashi.errors import NotFound


@dataclass(frozen=True)
class FactValue:
    """A fact as copy may state it. Numbers have a dot, booleans are `true` or `false`: see `kind`."""

    name: str
    value: str
    unit: str
    kind: str


# All are compared: the index is shared between workspaces, and a small one's products lie far apart in it.
_NEAREST = """
SELECT other.product_id, max(other.similarity) AS similarity FROM catalog_productvector own
JOIN LATERAL (
    SELECT v.product_id, 1 - (v.vector <=> own.vector) AS similarity FROM catalog_productvector v
    JOIN catalog_product product ON product.id = v.product_id AND product.archived_at IS NULL
    WHERE v.workspace_id = own.workspace_id AND v.model_id = own.model_id AND v.product_id <> ALL(%(own)s)
    ORDER BY similarity DESC LIMIT %(limit)s
) other ON true
WHERE own.product_id = ANY(%(own)s)
GROUP BY other.product_id ORDER BY similarity DESC, other.product_id LIMIT %(limit)s
"""


def products_of(workspace: Workspace) -> ProductQuerySet:
    """Live products with all that `title_for` and `facts_for` need: three queries, however many rows."""
    products: ProductQuerySet = Product.objects.for_workspace(workspace).live()
    return products.prefetch_related("titles", "facts")


def access_product(workspace: Workspace, *, external_id: str) -> Product:
    product: Product | None = products_of(workspace).filter(external_id=external_id).first()
    if product is None:
        raise NotFound(f"There is no product {external_id[:128]!r} in this workspace's catalogue.")
    return product


def nearest_products(product_ids: Collection[uuid.UUID], *, limit: int) -> dict[uuid.UUID, float]:
    """Live products like any of these by their text, most alike first, with the cosine similarity."""
    if not product_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEAREST, {"own": list(product_ids), "limit": limit})
        return {product_id: float(similarity) for product_id, similarity in cursor.fetchall()}


def access_import(workspace: Workspace, *, run_id: uuid.UUID) -> ImportRun:
    run: ImportRun | None = ImportRun.objects.for_workspace(workspace).filter(pk=run_id).first()
    if run is None:
        raise NotFound("There is no such import in this workspace.")
    return run


def categories_of(workspace: Workspace) -> list[str]:
    """Every category that a live product is in, by name."""
    rows = Product.objects.for_workspace(workspace).live().values_list("categories", flat=True)
    return sorted({name for names in rows.iterator() for name in names})


def title_for(product: Product, locale: str) -> str:
    """The title in the locale, else in its language, else the shop's own."""
    return nearest_title(
        product.title, {row.locale: row.title for row in product.titles.all()}, locale=locale
    )


def nearest_title(own: str, others: Mapping[str, str], *, locale: str) -> str:
    """`others`: the titles in further languages, by locale."""
    if not others:
        return own
    titles = {tag.casefold(): title for tag, title in others.items()}
    chain = [tag.casefold() for tag in fallbacks(locale)]
    if exact := next((titles[tag] for tag in chain if tag in titles), None):
        return exact
    relative = next((tag for tag in sorted(titles) if tag.split("-")[0] == chain[-1]), None)
    return titles[relative] if relative else own


def facts_for(product: Product, locale: str) -> list[FactValue]:
    """What may be stated in the locale: for each name the nearest of locale, language and "any language"."""
    nearest: dict[str, Fact] = {}
    wanted = [tag.casefold() for tag in [*fallbacks(locale), ""]]
    for fact in _nearest_last(product.facts.all(), wanted=wanted):
        nearest[fact.name] = fact
    return [FactValue(fact.name, fact.value, fact.unit, fact.kind) for _, fact in sorted(nearest.items())]


def _nearest_last(facts: Iterable[Fact], *, wanted: Collection[str]) -> list[Fact]:
    order = {tag: rank for rank, tag in enumerate(wanted)}
    told = [fact for fact in facts if fact.locale.casefold() in order]
    return sorted(told, key=lambda fact: -order[fact.locale.casefold()])
