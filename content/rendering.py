"""From stored text to HTML that is safe to put in a page: only the tags copy needs survive."""

import nh3
from markdown_it import MarkdownIt

# Raw HTML off: a `<script>` becomes text. nh3 then guards what Markdown itself can make.
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False})
_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "a"}


def html_of(text: str) -> str:
    return nh3.clean(
        _markdown.render(text), tags=_TAGS, attributes={"a": {"href"}},
        url_schemes={"https", "http", "mailto"},
        link_rel="noopener nofollow",
    )  # fmt: skip
