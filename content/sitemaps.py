"""A sitemap of live publications, each address with its language siblings, as sitemaps.org and Google
want it."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from content.models import ContentType, Publication
from content.seo import hreflang_of

MAX_ADDRESSES = 10_000
"""Of one file; the standard allows 50,000, but siblings make each entry long and a file ends at 50 MB."""
NOT_PAGES = frozenset(
    {ContentType.SOCIAL_POST.value, ContentType.NEWSLETTER.value, ContentType.MAIL_SUBJECT.value, "ad_copy"}
)
"""Content types that have no page of their own."""
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


def sitemap_xml(publications: Iterable[Publication]) -> str:
    return _HEAD + "".join(_entry(publication) for publication in publications) + "</urlset>\n"


def _entry(publication: Publication) -> str:
    links = "".join(
        f'<xhtml:link rel="alternate" hreflang={quoteattr(link["hreflang"])} href={quoteattr(link["href"])}/>'
        for link in hreflang_of(publication)
    )
    day = publication.created_at.date().isoformat()
    return f"<url><loc>{escape(publication.seo['canonical'])}</loc><lastmod>{day}</lastmod>{links}</url>\n"
