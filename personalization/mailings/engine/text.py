"""HTML of a mail as plain text: paragraphs, and each link in its own words."""

from __future__ import annotations

import re

from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_engine import Inscriptis
from inscriptis.model.config import ParserConfig
from lxml import html as lxml_html

_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_links=True)
_CELLS = ("table", "tbody", "thead", "tr", "td", "th")


def plain_text(html: str) -> str:
    """The same mail for people who read text."""
    if not html.strip():
        return ""
    page = lxml_html.document_fromstring(html)
    _unfold_layout(page)
    text = Inscriptis(page, _CONFIG).get_text()
    text = re.sub(r"\[\s*\]\(\S*\)", "", text)
    text = re.sub(r"\[([^\[\]]+)\]\((\S+)\)", r"\1 <\2>", text)
    return tidy("\n".join(" ".join(line.split()) for line in text.splitlines()))


def tidy(text: str) -> str:
    """Never more than one empty line, as conditions and loops leave them behind."""
    lines: list[str] = []
    blanks: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip(" \t")
        if not line or line.isspace():
            blanks.append(line)
            continue
        if blanks:
            lines.append(blanks[0] if len(blanks) == 1 else "")
            blanks.clear()
        lines.append(line)
    return "\n".join(lines).strip() + "\n"


def _unfold_layout(page: lxml_html.HtmlElement) -> None:
    """Tables that only place things become blocks; text between their rows would else lose its place."""
    layout = {table for table in page.iter("table") if table.get("role") == "presentation"}
    for element in [element for element in page.iter(*_CELLS) if _table_of(element) in layout]:
        element.tag = "p" if element.tag == "table" else "div"


def _table_of(element: lxml_html.HtmlElement) -> lxml_html.HtmlElement | None:
    if element.tag == "table":
        return element
    return next(element.iterancestors("table"), None)
