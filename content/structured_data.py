"""schema.org as JSON-LD: Product, Article, FAQPage, BreadcrumbList. Made when it is read: price and stock are
today's, the text is the approved one's."""

import json
import re
from typing import Any

from content.models import ContentType, Publication
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import title_for

Node = dict[str, Any]  # Any: JSON
_CONTEXT = "https://schema.org"


def main_node(publication: Publication) -> Node | list[Node]:
    """What the page is about: its product, or the article."""
    products = publication.draft.brief.ordered_products
    if publication.draft.brief.content_type == ContentType.PRODUCT_DESCRIPTION:
        found = [_product(product, publication=publication) for product in products]
        return found[0] if len(found) == 1 else found
    return _article(publication, products=products)


def nodes_of(publication: Publication) -> list[Node]:
    """All that the page's script holds: the main node, the way to it, and its questions."""
    main = main_node(publication)
    faq = _faq(publication)
    return [*(main if isinstance(main, list) else [main]), _breadcrumbs(publication), *([faq] if faq else [])]


def script_json(data: Any) -> str:  # Any: JSON
    """JSON that may stand inside `<script>`: nothing in it can close the tag."""
    text = json.dumps(data, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _product(product: Product, *, publication: Publication) -> Node:
    is_own = len(publication.draft.brief.ordered_products) == 1
    page = publication.seo["canonical"] if is_own else product.url
    data = {
        "@context": _CONTEXT,
        "@type": "Product",
        "@id": f"{page}#product-{product.external_id}" if page else "",
        "name": title_for(product, publication.locale),
        "description": publication.seo["meta_description"],
        "image": product.image_url,
        "sku": product.sku,
        **_identifiers(product),
        "url": page,
        "category": " > ".join(product.categories[:1]),
        "brand": {"@type": "Brand", "name": product.brand} if product.brand else "",
        "offers": _offer(product, page=page),
    }
    return {name: value for name, value in data.items() if value}


def _offer(product: Product, *, page: str) -> Node:
    data = {
        "@type": "Offer",
        "url": page,
        "price": format(product.price, "f"),
        "priceCurrency": product.currency,
        "availability": f"{_CONTEXT}/{'InStock' if product.is_in_stock else 'OutOfStock'}",
    }
    return {name: value for name, value in data.items() if value}


def _identifiers(product: Product) -> Node:
    """GTIN with a right check digit, and the maker's number; a feed's wrong ones would cost the rich
    result."""
    gtin = re.sub(r"\D", "", str(product.attributes.get("gtin", "")))
    mpn = str(product.attributes.get("mpn", ""))[:70]
    return {"gtin": gtin if is_gtin(gtin) else "", "mpn": mpn}


def is_gtin(digits: str) -> bool:
    if len(digits) not in {8, 12, 13, 14} or not digits.isdigit():
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _article(publication: Publication, *, products: list[Product]) -> Node:
    is_blog = publication.draft.brief.content_type == ContentType.BLOG_POST
    data = {
        "@context": _CONTEXT,
        "@type": "BlogPosting" if is_blog else "Article",
        "headline": publication.seo["title"][:110],
        "description": publication.seo["meta_description"],
        "inLanguage": publication.locale,
        "datePublished": publication.created_at.isoformat(),
        "dateModified": publication.created_at.isoformat(),
        "mainEntityOfPage": publication.seo["canonical"],
        "author": {"@type": "Organization", "name": publication.draft.brief.brand.name},
        "publisher": {"@type": "Organization", "name": publication.draft.brief.brand.name},
        "image": [product.image_url for product in products if product.image_url],
    }
    return {name: value for name, value in data.items() if value}


def _breadcrumbs(publication: Publication) -> Node:
    """The shop's front page, then this one: of pages between, the shop has told no address."""
    site = publication.workspace.site_url.rstrip("/")
    crumbs = [(publication.workspace.name, f"{site}/"), (publication.headline, publication.seo["canonical"])]
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": address}
            for place, (name, address) in enumerate(crumbs, start=1)
        ],
    }


_QUESTION = re.compile(
    r"^(?:#{2,4}\s+|\*\*|(?:Q|F|問|س)\s?[:.：]\s*)(?P<question>[^\n]{4,200}?[?？؟])\*{0,2}[ \t]*\n+(?P<answer>(?:(?!#{1,4}\s|\*\*[^\n]*[?？؟]|(?:Q|F|問|س)\s?[:.：])[^\n]*\n?)+)",  # noqa: E501
    re.MULTILINE,
)
_ENOUGH_QUESTIONS = 2


def questions_of(text: str) -> list[tuple[str, str]]:
    """Headings that ask, with the paragraphs below them that answer."""
    found = [(m["question"].strip(), " ".join(m["answer"].split())) for m in _QUESTION.finditer(text)]
    return [
        (question, re.sub(r"^(?:A|答|ج)\s?[:.：]\s*", "", answer)) for question, answer in found if answer
    ]


def _faq(publication: Publication) -> Node | None:
    """Only what the page shows: its own questions, where it has at least two."""
    found = [pair for text in publication.version.texts.values() for pair in questions_of(text)]
    if len(found) < _ENOUGH_QUESTIONS:
        return None
    return {
        "@context": _CONTEXT,
        "@type": "FAQPage",
        "inLanguage": publication.locale,
        "mainEntity": [
            {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
            for question, answer in found
        ],
    }
