"""What search engines read about a publication: title, description, address and language siblings.

JSON-LD is in structured_data.py, cards for social networks in social_cards.py, the page's head in
page_head.py.
"""

from typing import Any

from django.utils.encoding import iri_to_uri

from content.engine.locales import profile
from content.models import ContentType, Draft, Publication, Version

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
    """One address per language, percent-encoded.

    A product's own page is in the shop's default language; its copy in that language belongs there.
    Everything else
    is at `/{locale}/{slug}` of the shop.
    """
    products = draft.brief.ordered_products
    is_product = draft.brief.content_type == ContentType.PRODUCT_DESCRIPTION and len(products) == 1
    if is_product and products[0].url and _is_first_of_default_language(draft):
        return str(iri_to_uri(products[0].url))
    return str(iri_to_uri(f"{draft.workspace.site_url.rstrip('/')}/{draft.locale}/{slug}"))


def _is_first_of_default_language(draft: Draft) -> bool:
    """en-GB and en-US cannot share a page: the default locale has it, else the first of its language."""
    default, locales = draft.workspace.default_locale, draft.brief.locales
    alike = [locale for locale in locales if _language(locale) == _language(default)]
    chosen = default if default in alike else next(iter(alike), "")
    return bool(draft.locale == chosen)


def hreflang_of(publication: Publication) -> list[dict[str, str]]:
    """This text and its live siblings, `x-default` last; reciprocal, for all of them read the same rows."""
    rows = {
        sibling.locale: sibling.seo["canonical"]
        for draft in publication.draft.brief.drafts.all()
        for sibling in draft.live_publications  # type: ignore[attr-defined]  # prefetched by publications_of
    }
    if len(set(rows.values())) < len(rows):
        return []  # one address for several languages: a claim that each is another page would be false
    codes = _codes(rows)
    links = [{"hreflang": code, "href": href} for code, href in sorted(codes.items())]
    default = rows.get(_default_locale(rows, wanted=publication.workspace.default_locale), "")
    return [*links, {"hreflang": "x-default", "href": default}] if default else links


def hreflang_code(locale: str) -> str:
    """Search engines know language, script and country; `es-419` and `de-1901` are told by their language."""
    parts = locale.split("-")
    kept = [parts[0].lower()]
    kept += [part.title() for part in parts[1:2] if len(part) == 4 and part.isalpha()]
    kept += [part.upper() for part in parts[1:3] if len(part) == 2 and part.isalpha()]
    return "-".join(kept)


def _codes(rows: dict[str, str]) -> dict[str, str]:
    """The locale that is the code itself wins over one that was shortened to it."""
    found: dict[str, str] = {}
    for locale in sorted(rows, key=lambda locale: (hreflang_code(locale) != locale, locale)):
        found.setdefault(hreflang_code(locale), rows[locale])
    return found


def _default_locale(rows: dict[str, str], *, wanted: str) -> str:
    """For readers of no listed language: the shop's default, else its language, else English, else the
    first."""
    alike = [locale for locale in sorted(rows) if _language(locale) == _language(wanted)]
    english = [locale for locale in sorted(rows) if _language(locale) == "en"]
    return wanted if wanted in rows else next(iter([*alike, *english, *sorted(rows)]), "")


def _language(locale: str) -> str:
    return profile(locale).language


def first_of(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")
