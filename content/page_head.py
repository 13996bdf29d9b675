"""Everything of the SEO package as HTML for a page's head: a shop can paste it as it is."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from content.structured_data import Node, script_json

HTML = '<link rel="alternate" hreflang="{}" href="{}">\n'


def head_html(
    *, title: str, description: str, canonical: str, hreflang: Iterable[dict[str, str]],
    cards: Iterable[tuple[str, str]], nodes: list[Node],
) -> str:  # fmt: skip
    parts = [
        format_html("<title>{}</title>\n", title),
        format_html('<meta name="description" content="{}">\n', description) if description else "",
        format_html('<link rel="canonical" href="{}">\n', canonical),
        format_html_join("", HTML, ((link["hreflang"], link["href"]) for link in hreflang)),
        format_html_join(
            "", '<meta {}="{}" content="{}">\n', ((_kind(name), name, said) for name, said in cards)
        ),
        script_html(nodes),
    ]
    return "".join(parts)


def _kind(name: str) -> str:
    """Open Graph uses `property`, Twitter `name`."""
    return "name" if name.startswith("twitter:") else "property"


def script_html(nodes: list[Node]) -> SafeString:
    """Safe: `script_json` leaves no character that could end the element."""
    return mark_safe(f'<script type="application/ld+json">{script_json(nodes)}</script>')  # noqa: S308
