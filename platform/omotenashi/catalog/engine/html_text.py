"""The text of a piece of HTML, with its paragraphs and lists as lines."""

import re

import nh3
from inscriptis import get_text

# Scripts and styles go with their content; what is left has no attributes to worry about.
_TAGS = {"p", "br", "div", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "td", "th"}


def html_to_text(html: str) -> str:
    if "<" not in html and "&" not in html:
        return html.strip()
    text = get_text(nh3.clean(html, tags=_TAGS, attributes={}))
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
