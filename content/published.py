"""Live texts that a new one could repeat or compete with: about the same products, or those nearest to
them."""

from django.db import connection, transaction
from django.db.models import Q

from content.engine.types import PublishedText
from content.models import Draft, Publication
from content.rules import for_locale

NEAREST, MOST = 12, 20
"""Products looked at beside the draft's own; texts compared."""

_NEAREST = """
SELECT other.product_id, max(1 - (other.vector <=> own.vector)) FROM catalog_productvector own
JOIN LATERAL (
    SELECT v.product_id, v.vector FROM catalog_productvector v
    WHERE v.workspace_id = own.workspace_id AND v.model_id = own.model_id AND v.product_id <> ALL(%(own)s)
    ORDER BY v.vector <=> own.vector LIMIT %(limit)s
) other ON true
WHERE own.product_id = ANY(%(own)s) GROUP BY other.product_id
"""


def published_near(draft: Draft) -> tuple[PublishedText, ...]:
    """Of the same locale and content type, most alike products first; the draft's own page is no rival."""
    brief = draft.brief
    near: dict[object, float] = {product.pk: 1.0 for product in brief.ordered_products}
    near |= _nearest(list(near))
    phrase = for_locale(brief.keyphrases, locale=draft.locale) or ""
    same_search = Q(**{f"draft__brief__keyphrases__{draft.locale}": phrase}) if phrase else Q(pk=None)
    rows = (
        Publication.objects.for_workspace(draft.workspace).live()
        .filter(Q(draft__brief__products__in=list(near)) | same_search, locale=draft.locale)
        .filter(draft__brief__content_type=brief.content_type).exclude(draft=draft)
        .select_related("approval__version", "draft__brief")
        .prefetch_related("draft__brief__products").distinct()
    )[:MOST]  # fmt: skip
    found = [_text(row, near=near) for row in rows]
    return tuple(sorted(found, key=lambda text: (-text.similarity, text.title)))


def _nearest(own: list[object]) -> dict[object, float]:
    if not own:
        return {}
    with transaction.atomic(), connection.cursor() as cursor:
        # Filters would otherwise empty the index's answer.
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(_NEAREST, {"own": own, "limit": NEAREST})
        return {row[0]: float(row[1]) for row in cursor.fetchall()}


def _text(publication: Publication, *, near: dict[object, float]) -> PublishedText:
    brief = publication.draft.brief
    return PublishedText(
        title=publication.headline,
        similarity=max((near.get(product.pk, 0.0) for product in brief.products.all()), default=0.0),
        keyphrase=for_locale(brief.keyphrases, locale=publication.locale) or "",
        text="\n".join(publication.version.texts.values()),
    )
