"""A small shop with one brand, one teapot, and ways to have texts of it without a language model."""

from collections.abc import Callable
from typing import Any

import pytest

from content import services, transitions
from content.actors import Actor
from content.models import Brand, Brief, Draft, Version
from content.services.writing import store_version
from omotenashi.accounts.models import User, Workspace
from omotenashi.catalog.models import Fact, Product, ProductTitle

RULES = {
    "voice": "Warm and plain.",
    "cased": ["Tansu & Thyme"],
    "formality": {"de": "du", "ja": "です・ます"},
    "banned": {"en": ["must-have"], "de": ["Must-have"], "*": ["game-changer"]},
    "examples": {"en": ["A cup for the first tea of the day. It holds 200 ml and goes into the dishwasher."]},
}
# Nothing here states more than the facts below.
CLEAN_TEXT = (
    "Some evenings are for tea and friends. This cast iron teapot comes from Japan. "
    "It holds 800 ml and is matt black. "
    "Rinse it with hot water only. Add it to your basket today."
)
CLEAN_FIELDS = {
    "title": "Cast iron teapot for every day",
    "meta_description": (
        "A matt black cast iron teapot from Japan that holds 800 ml. Rinse it with hot water only. "
        "Have a look at it now."
    ),
    "slug": "cast-iron-teapot",
    "body_markdown": CLEAN_TEXT,
}


@pytest.fixture
def brand(workspace: Workspace) -> Brand:
    brand = Brand.objects.create(workspace=workspace, name="Tansu & Thyme", story="A small shop.")
    services.save_guideline(brand, rules=RULES)
    return brand


@pytest.fixture
def teapot(product_factory: Callable[..., Product]) -> Product:
    teapot = product_factory(
        external_id="teapot", sku="TT-1", title="Iwa teapot", url="https://tansu.example/iwa", brand="Iwa",
        categories=["Tea"],
    )  # fmt: skip
    ProductTitle.objects.create(workspace=teapot.workspace, product=teapot, locale="de", title="Teekanne Iwa")
    facts = [
        ("capacity", "800", "ml", "", "number"), ("material", "cast iron", "", "en", "text"),
        ("material", "Gusseisen", "", "de", "text"), ("colour", "matt black", "", "en", "text"),
        ("origin", "Japan", "", "en", "text"), ("care", "rinse with hot water only", "", "en", "text"),
    ]  # fmt: skip
    for name, value, unit, locale, kind in facts:
        Fact.objects.create(
            workspace=teapot.workspace,
            product=teapot,
            name=name,
            value=value,
            unit=unit,
            locale=locale,
            kind=kind,
        )
    return teapot


@pytest.fixture
def people(member: Callable[[str], User]) -> dict[str, Actor]:
    return {role: Actor(user=member(role)) for role in ("author", "approver", "viewer")}


@pytest.fixture
def file_brief(workspace: Workspace, brand: Brand, teapot: Product) -> Callable[..., Brief]:
    def build(**overrides: Any) -> Brief:
        given: dict[str, Any] = {
            "content_type": "product_description", "product_ids": ["teapot"], "locales": ["en"],
            "keyphrases": {}, "length": "short",
        }  # fmt: skip
        return services.create_brief(workspace, brief=services.BriefInput(**(given | overrides)), by=Actor())

    return build


@pytest.fixture
def written(file_brief: Callable[..., Brief]) -> Callable[..., Draft]:
    """A draft with a first version, as the writer would have left it."""

    def build(*, fields: dict[str, str] | None = None, findings: list[dict[str, Any]] | None = None) -> Draft:
        draft = file_brief().drafts.get()
        transitions.start(draft.pk)
        version = store_version(
            draft, fields=fields or CLEAN_FIELDS, findings=findings or [], claims=[],
            manifest={"how": "written by a model", "model": "scripted"},
            guideline=draft.brief.brand.guideline,
        )  # fmt: skip
        transitions.finish(draft.pk, has_errors=version.error_count > 0)
        draft.refresh_from_db()
        return draft

    return build


@pytest.fixture
def an_error() -> dict[str, Any]:
    return {
        "check": "facts", "severity": "error", "field": "body_markdown", "start": 0, "end": 4,
        "message": "No fact supports this.", "remedy": "Leave it out.",
    }  # fmt: skip


def newest(draft: Draft) -> Version:
    version = draft.latest
    assert version is not None
    return version
