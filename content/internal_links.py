"""Internal links: what else of the shop this text could point to, by the products' vectors."""

from dataclasses import dataclass

from content.models import Publication
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import nearest_products, title_for

MIN_SIMILARITY = 0.8
"""e5 vectors of unrelated products are about 0.75 alike."""


@dataclass(frozen=True, kw_only=True)
class LinkSuggestion:
    """A link worth setting: the words to link, where to, and how alike the two products are."""

    product_id: str
    text: str
    href: str
    similarity: float


def link_suggestions(publication: Publication, *, limit: int = 8) -> list[LinkSuggestion]:
    """Similar products that have a page in this language: a live text of ours, or the shop's own page."""
    own = [product.pk for product in publication.draft.brief.ordered_products]
    # A text about several products is near to whatever is near to any of them.
    found = nearest_products(own, limit=limit * 3)
    near = {
        product_id: similarity for product_id, similarity in found.items() if similarity >= MIN_SIMILARITY
    }
    pages = _pages(publication, product_ids=list(near))
    products = Product.objects.filter(pk__in=near).prefetch_related("titles")
    suggestions = [
        LinkSuggestion(
            product_id=product.external_id, text=title_for(product, publication.locale),
            href=pages.get(product.pk) or product.url, similarity=round(near[product.pk], 3),
        )
        for product in products
    ]  # fmt: skip
    linked = [link for link in suggestions if link.href and link.href != publication.seo["canonical"]]
    return sorted(linked, key=lambda link: (-link.similarity, link.product_id))[:limit]


def _pages(publication: Publication, *, product_ids: list[object]) -> dict[object, str]:
    """Live texts about the products in the publication's locale."""
    rows = (
        Publication.objects.for_workspace(publication.workspace)
        .live()
        .filter(locale=publication.locale, draft__brief__products__in=product_ids)
        .exclude(pk=publication.pk)
        .order_by("created_at")
    )
    found = rows.filter(draft__brief__content_type="product_description")
    return {product: seo["canonical"] for product, seo in found.values_list("draft__brief__products", "seo")}
