"""Live texts that a new one could repeat or compete with: about the same products, or those nearest to
them."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q

from content.engine.types import PublishedText
from content.models import Draft, Publication
from content.rules import for_locale
from omotenashi.catalog.selectors import nearest_products

NEAREST, MOST = 12, 20
"""Products looked at beside the draft's own; texts compared."""


def published_near(draft: Draft) -> tuple[PublishedText, ...]:
    """Of the same locale and content type, most alike products first; the draft's own page is no rival."""
    brief = draft.brief
    near = {product.pk: 1.0 for product in brief.ordered_products}
    near |= nearest_products(list(near), limit=NEAREST)
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


def _text(publication: Publication, *, near: Mapping[UUID, float]) -> PublishedText:
    brief = publication.draft.brief
    return PublishedText(
        title=publication.headline,
        similarity=max((near.get(product.pk, 0.0) for product in brief.products.all()), default=0.0),
        keyphrase=for_locale(brief.keyphrases, locale=publication.locale) or "",
        text="\n".join(publication.version.texts.values()),
    )
