# ruff: noqa: E501 - tables of real sentences and payloads, one a line
"""One brief in six languages over REST: written, approved, published, and read back by a parser of its
own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree, html
from rest_framework.test import APIClient

from content.models import Brand
from content.services import writing
from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Fact, Product, ProductTitle
from omotenashi.inference.protocols import GenerationRequest, GenerationResult
from omotenashi.jobs.testing import run_queued
from tests.content.scripted import ScriptedModel

LOCALES = ("en", "de", "fr", "es", "ja", "ar")
TITLES = {
    "de": "Teekanne Iwa aus Gusseisen", "fr": "Théière Iwa en fonte", "es": "Tetera Iwa de hierro fundido",
    "ja": "鋳鉄の急須いわ", "ar": "إبريق شاي إيوا من حديد الزهر",
}  # fmt: skip
MATERIALS = {
    "en": "cast iron", "de": "Gusseisen", "fr": "fonte", "es": "hierro fundido", "ja": "鋳鉄", "ar": "حديد الزهر",
}  # fmt: skip
ORIGINS = {"en": "Japan", "de": "Japan", "fr": "Japon", "es": "Japón", "ja": "日本", "ar": "اليابان"}
KEYPHRASES = {
    "en": "cast iron teapot", "de": "Teekanne Gusseisen", "fr": "théière en fonte", "es": "tetera de hierro",
    "ja": "鋳鉄 急須", "ar": "إبريق شاي",
}  # fmt: skip
SAID = {
    "en": ("Cast iron teapot Iwa", "The Iwa teapot is made of cast iron.", "It holds 800 ml.", "The cast iron teapot comes from Japan."),
    "de": ("Teekanne aus Gusseisen", "Die Teekanne Iwa ist aus Gusseisen.", "Sie fasst 800 ml.", "Die Teekanne kommt aus Japan."),
    "fr": ("Théière en fonte Iwa", "La théière Iwa est en fonte.", "Elle contient 800 ml.", "La théière vient du Japon."),
    "es": ("Tetera de hierro fundido", "La tetera Iwa es de hierro fundido.", "Tiene una capacidad de 800 ml.", "La tetera viene de Japón."),
    "ja": ("鋳鉄の急須いわ", "急須いわは鋳鉄製です。", "容量は800mlです。", "この急須は日本で作られています。"),
    "ar": ("إبريق شاي إيوا", "إبريق شاي إيوا مصنوع من حديد الزهر.", "سعته ٨٠٠ مل.", "يأتي هذا الإبريق من اليابان."),
}  # fmt: skip

CARE = {
    "en": "rinse with hot water only", "de": "nur mit heißem Wasser ausspülen", "fr": "rincer uniquement à l'eau chaude",
    "es": "enjuagar solo con agua caliente", "ja": "お湯ですすぐ", "ar": "يشطف بالماء الساخن فقط",
}  # fmt: skip
BODIES = {
    "en": "The Iwa teapot is made of cast iron and comes from Japan. It holds 800 ml. Rinse the cast iron teapot with hot water only. Add it to your basket today.",
    "de": "Die Teekanne Iwa ist aus Gusseisen und kommt aus Japan. Sie fasst 800 ml. Die Teekanne bitte nur mit heißem Wasser ausspülen. Entdecke sie heute in unserem Shop.",
    "fr": "La théière Iwa est en fonte et vient du Japon. Elle contient 800 ml. Rincez la théière en fonte uniquement à l'eau chaude. Découvrez-la aujourd'hui dans notre boutique.",
    "es": "La tetera Iwa es de hierro fundido y viene de Japón. Tiene una capacidad de 800 ml. Enjuague la tetera solo con agua caliente. Descubre esta tetera hoy en nuestra tienda.",
    "ja": "急須いわは鋳鉄製で、日本で作られています。容量は800mlです。お手入れはお湯ですすぐだけです。鋳鉄の急須を、ぜひ当店でご覧ください。",
    "ar": "إبريق شاي إيوا مصنوع من حديد الزهر ويأتي من اليابان. سعته ٨٠٠ مل. يشطف الإبريق بالماء الساخن فقط. اكتشف هذا الإبريق اليوم في متجرنا. هو إبريق بسيط وجميل من حديد الزهر.",
}  # fmt: skip


class NativeModel(ScriptedModel):
    """Says true sentences of the language it is asked in: the last title in the prompt tells which."""

    def __init__(self, locale: str) -> None:
        super().__init__()
        self.locale = locale

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        return [self._said(request) for request in requests]

    def _said(self, request: GenerationRequest) -> GenerationResult:
        result = self._answer(request)
        said = SAID[self.locale]
        return replace(
            result,
            completions=tuple(replace(c, text=said[n % len(said)]) for n, c in enumerate(result.completions)),
        )


@pytest.fixture
def shop(workspace: Workspace, brand: Brand, product_factory: Callable[..., Product]) -> Product:
    pot = product_factory(
        external_id="teapot", sku="TT-1", title="Iwa cast iron teapot", url="https://tansu.example/iwa",
        image_url="https://tansu.example/iwa.jpg", brand="Iwa", attributes={"gtin": "4006381333931"},
    )  # fmt: skip
    for locale, title in TITLES.items():
        ProductTitle.objects.create(workspace=workspace, product=pot, locale=locale, title=title)
    for locale in LOCALES:
        _fact(pot, "material", MATERIALS[locale], locale)
        _fact(pot, "origin", ORIGINS[locale], locale)
        _fact(pot, "care", CARE[locale], locale)
    Fact.objects.create(
        workspace=workspace, product=pot, name="capacity", value="800", unit="ml", kind="number"
    )
    return pot


def _fact(product: Product, name: str, value: str, locale: str) -> None:
    Fact.objects.create(workspace=product.workspace, product=product, name=name, value=value, locale=locale)


@pytest.fixture
def published(api: APIClient, shop: Product, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """Locale to the publication, as the API gives it out when all six are live."""
    monkeypatch.setattr(writing, "preset_for", lambda locale: locale)
    monkeypatch.setattr(writing, "language_model", NativeModel)
    filed = api.post("/v1/briefs", {
        "content_type": "product_description", "products": ["teapot"], "locales": list(LOCALES),
        "keyphrases": KEYPHRASES, "length": "short",
    })  # fmt: skip
    assert filed.status_code == 202, filed.json()
    run_queued()
    drafts = api.get(f"/v1/briefs/{filed.json()['id']}").json()["drafts"]
    ids = {draft["locale"]: _publish(api, draft["id"]) for draft in drafts}
    return {locale: api.get(f"/v1/publications/{publication}").json() for locale, publication in ids.items()}


def _publish(api: APIClient, draft_id: str) -> str:
    draft = api.get(f"/v1/drafts/{draft_id}").json()
    if draft["state"] != "ready":  # too few sentences for the brief: a person finishes it, within the facts
        text = BODIES[draft["locale"]]
        fields = {
            "title": SAID[draft["locale"]][0],
            "meta_description": text[:150].rpartition("。" if draft["locale"] == "ja" else ".")[0]
            + ("。" if draft["locale"] == "ja" else "."),
            "body_markdown": text,
        }
        answer = api.patch(
            f"/v1/drafts/{draft_id}", {"fields": fields, "version": draft["version"]["number"]}
        )
        draft = answer.json()
    assert [f for f in draft["version"]["findings"] if f["severity"] == "error"] == []
    number = draft["version"]["number"]
    approved = api.post(f"/v1/drafts/{draft_id}/approve", {"version": number})
    assert approved.status_code == 200, approved.json()
    answer = api.post(f"/v1/drafts/{draft_id}/publish", {})
    assert answer.status_code == 201, answer.json()
    return str(answer.json()["id"])


def _head(publication: dict[str, Any]) -> Any:  # Any: lxml has no types for elements of HTML
    return html.document_fromstring(
        f"<html><head>{publication['seo']['head_html']}</head><body></body></html>"
    )


def test_it_publishes_one_brief_in_six_languages_that_name_each_other(
    published: dict[str, dict[str, Any]],
) -> None:
    assert set(published) == set(LOCALES)
    pages = {locale: row["seo"]["canonical"] for locale, row in published.items()}
    assert len(set(pages.values())) == 6
    for locale, row in published.items():
        head = _head(row)
        links = {link.get("hreflang"): link.get("href") for link in head.xpath("//link[@rel='alternate']")}
        assert links == {**pages, "x-default": pages["en"]}
        assert links[locale] == head.xpath("//link[@rel='canonical']/@href")[0] == pages[locale]
        assert all(href.isascii() and href.startswith("https://tansu.example/") for href in links.values())


def test_its_structured_data_is_read_back_whole(published: dict[str, dict[str, Any]]) -> None:
    for locale, row in published.items():
        (script,) = _head(row).xpath("//script[@type='application/ld+json']/text()")
        nodes = {node["@type"]: node for node in json.loads(script)}
        assert set(nodes) == {"Product", "BreadcrumbList"}
        product = nodes["Product"]
        assert product["url"] == row["seo"]["canonical"] == product["offers"]["url"]
        assert product["name"] == TITLES.get(locale, "Iwa cast iron teapot")
        assert (product["gtin"], product["offers"]["priceCurrency"]) == ("4006381333931", "EUR")
        crumbs = nodes["BreadcrumbList"]["itemListElement"]
        assert [crumb["position"] for crumb in crumbs] == [1, 2]
        assert all(node["@context"] == "https://schema.org" for node in nodes.values())


def test_its_cards_name_the_other_languages(published: dict[str, dict[str, Any]]) -> None:
    head = _head(published["ar"])
    assert head.xpath("//meta[@property='og:locale']/@content") == ["ar_EG"]
    others = head.xpath("//meta[@property='og:locale:alternate']/@content")
    assert sorted(others) == ["de_DE", "en_US", "es_ES", "fr_FR", "ja_JP"]
    assert head.xpath("//meta[@property='og:type']/@content") == ["product"]
    assert head.xpath("//meta[@name='twitter:card']/@content") == ["summary_large_image"]
    assert head.xpath("//title/text()") == [published["ar"]["seo"]["title"]]


def test_it_says_which_way_a_language_is_read(published: dict[str, dict[str, Any]]) -> None:
    directions = {locale: row["direction"] for locale, row in published.items()}
    assert directions == {**dict.fromkeys(LOCALES, "ltr"), "ar": "rtl"}


def test_its_sitemap_says_the_same_as_the_pages(api: APIClient, published: dict[str, dict[str, Any]]) -> None:
    response = api.get("/v1/sitemap.xml")
    assert response["Content-Type"].startswith("application/xml")
    tree = etree.fromstring(response.content)
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    entries = {url.findtext("s:loc", namespaces=names): url for url in tree.findall("s:url", names)}
    assert set(entries) == {row["seo"]["canonical"] for row in published.values()}
    for row in published.values():
        links = entries[row["seo"]["canonical"]].findall("x:link", names)
        listed = {link.get("hreflang"): link.get("href") for link in links}
        assert listed == {link["hreflang"]: link["href"] for link in row["seo"]["hreflang"]}


def test_a_withdrawn_language_leaves_all_lists(api: APIClient, published: dict[str, dict[str, Any]]) -> None:
    api.post(f"/v1/drafts/{published['ja']['draft_id']}/withdraw")
    row = api.get(f"/v1/publications/{published['de']['id']}").json()
    assert "ja" not in {link["hreflang"] for link in row["seo"]["hreflang"]}
    assert published["ja"]["seo"]["canonical"] not in api.get("/v1/sitemap.xml").content.decode()
