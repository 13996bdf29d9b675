"""Open Graph and Twitter cards: what a shared link shows."""

from content.engine.locales import profile
from content.models import ContentType, Publication


def cards_of(publication: Publication, *, alternates: list[str]) -> list[tuple[str, str]]:
    """Property and content, in order; a property may come more than once. `alternates`: the other live
    locales."""
    brief = publication.draft.brief
    products = brief.ordered_products
    image = next((product.image_url for product in products if product.image_url), "")
    is_product = brief.content_type == ContentType.PRODUCT_DESCRIPTION and len(products) == 1
    title, description = publication.headline, publication.seo["meta_description"]
    rows = [
        ("og:type", "product" if is_product else "article"),
        ("og:title", title),
        ("og:description", description),
        ("og:url", publication.seo["canonical"]),
        ("og:site_name", publication.workspace.name),
        ("og:image", image),
        ("og:image:alt", title if image else ""),
        ("og:locale", card_locale(publication.locale)),
        *(("og:locale:alternate", card_locale(locale)) for locale in alternates),
        *(_price(publication) if is_product else ()),
        ("twitter:card", "summary_large_image" if image else "summary"),
        ("twitter:title", title),
        ("twitter:description", description),
        ("twitter:image", image),
    ]
    return [(name, content) for name, content in rows if content]


def card_locale(locale: str) -> str:
    """Facebook's shape: language and country with an underscore. `de` → `de_DE`."""
    known = profile(locale)
    return f"{known.language}_{known.territory}" if known.territory else known.language


def _price(publication: Publication) -> list[tuple[str, str]]:
    product = publication.draft.brief.ordered_products[0]
    return [
        ("product:price:amount", format(product.price, "f")),
        ("product:price:currency", product.currency),
        ("product:availability", "in stock" if product.is_in_stock else "out of stock"),
    ]
