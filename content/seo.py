"""What search engines read about a publication: title, description, address, language siblings, JSON-LD."""

import json
from typing import Any

from content.models import ContentType, Draft, Publication, Version
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import title_for

TITLE_FIELDS = ("title", "subject")
DESCRIPTION_FIELDS = ("meta_description", "preheader")


def seo_package(draft: Draft, *, version: Version, slug: str) -> dict[str, Any]:
    """What is fixed at the moment of publishing."""
    return {
        "title": first_of(version.fields, TITLE_FIELDS),
        "meta_description": first_of(version.fields, DESCRIPTION_FIELDS),
        "canonical": canonical_of(draft, slug=slug),
    }


def canonical_of(draft: Draft, *, slug: str) -> str:
    """A product's copy belongs to the product's page; everything else to `/{locale}/{slug}` of the shop."""
    products = draft.brief.ordered_products
    if draft.brief.content_type == ContentType.PRODUCT_DESCRIPTION and len(products) == 1 and products[0].url:
        return str(products[0].url)
    return f"{draft.workspace.site_url.rstrip('/')}/{draft.locale}/{slug}"


def hreflang_of(publication: Publication) -> list[dict[str, str]]:
    """This text and its live siblings, `x-default` last; reciprocal, for all of them read the same rows."""
    rows = {
        sibling.locale: sibling.seo["canonical"]
        for draft in publication.draft.brief.drafts.all()
        for sibling in draft.live_publications  # type: ignore[attr-defined]  # prefetched by publications_of
    }
    if len(set(rows.values())) < len(rows):
        return []  # one address for several languages: a claim that each is another page would be false
    links = [{"hreflang": locale, "href": href} for locale, href in sorted(rows.items())]
    default = rows.get(publication.workspace.default_locale)
    return [*links, {"hreflang": "x-default", "href": default}] if default and len(links) > 1 else links


def json_ld_of(publication: Publication) -> dict[str, Any] | list[dict[str, Any]]:
    """schema.org, made when it is read: price and stock are today's, the text is the approved one's."""
    products = publication.draft.brief.ordered_products
    if publication.draft.brief.content_type == ContentType.PRODUCT_DESCRIPTION:
        found = [_product(product, publication=publication) for product in products]
        return found[0] if len(found) == 1 else found
    return _article(publication, products=products)


def script_json(data: Any) -> str:  # Any: JSON
    """JSON that may stand inside `<script>`: nothing in it can close the tag."""
    return (
        json.dumps(data, ensure_ascii=False)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )


def first_of(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _product(product: Product, *, publication: Publication) -> dict[str, Any]:
    data = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": title_for(product, publication.locale),
        "description": publication.seo["meta_description"],
        "image": product.image_url,
        "sku": product.sku,
        "url": product.url,
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else "",
        "offers": {
            "@type": "Offer",
            "price": format(product.price, "f"),
            "priceCurrency": product.currency,
            "availability": f"https://schema.org/{'InStock' if product.is_in_stock else 'OutOfStock'}",
        },
    }
    return {name: value for name, value in data.items() if value}


def _article(publication: Publication, *, products: list[Product]) -> dict[str, Any]:
    data = {
        "@context": "https://schema.org",
        "@type": "BlogPosting"
        if publication.draft.brief.content_type == ContentType.BLOG_POST
        else "Article",
        "headline": publication.seo["title"],
        "description": publication.seo["meta_description"],
        "inLanguage": publication.locale,
        "datePublished": publication.created_at.isoformat(),
        "mainEntityOfPage": publication.seo["canonical"],
        "publisher": {"@type": "Organization", "name": publication.draft.brief.brand.name},
        "image": [product.image_url for product in products if product.image_url],
    }
    return {name: value for name, value in data.items() if value}
