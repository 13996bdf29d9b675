"""Content types as data: their fields in the order they are written, with limits and prompts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from content.engine.types import ContentType

_HALF_WIDTH = frozenset({"ja", "zh", "ko"})
"""Scripts whose letters take two columns: limits are about half."""


@dataclass(frozen=True)
class FieldPlan:
    """One field: what kind of text it is and what it must fit."""

    name: str
    kind: Literal["line", "slug", "text", "tags"]
    label: str
    min: int = 0
    """Characters; 0 is no limit."""
    max: int = 0
    cjk_min: int = 0
    cjk_max: int = 0
    is_main: bool = False
    """Counts towards the brief's length."""
    keyphrase: Literal["wanted", "none"] = "none"
    """Wanted: a finding when the keyphrase is missing."""
    slots: tuple[str, ...] = ()
    """For texts: the sentences in order, by what each is about (see slots.py)."""
    task: str = ""
    """For lines: the name of the prompt's task."""

    def limits(self, language: str) -> tuple[int, int]:
        return (self.cjk_min, self.cjk_max) if language in _HALF_WIDTH else (self.min, self.max)


_TITLE = FieldPlan("title", "line", "SEO title", 0, 60, 0, 30, keyphrase="wanted", task="title")
_META = FieldPlan(
    "meta_description",
    "line",
    "Meta description",
    120,
    160,
    60,
    80,
    keyphrase="wanted",
    task="meta",
    slots=("opening", "making", "size", "care"),
)
_SLUG = FieldPlan("slug", "slug", "Slug", 0, 80, 0, 80, keyphrase="wanted")

PLANS: Mapping[ContentType, tuple[FieldPlan, ...]] = {
    "product_description": (
        FieldPlan(
            "body_markdown", "text", "Description", is_main=True, keyphrase="wanted",
            slots=("opening", "making", "finish", "quality", "size", "origin", "care"),
        ),
        _TITLE, _META, _SLUG,
    ),
    "blog_post": (
        FieldPlan(
            "intro", "text", "Introduction", is_main=True, keyphrase="wanted",
            slots=("scene", "scene", "scene"),
        ),
        FieldPlan("sections", "text", "Sections", is_main=True, slots=("each_product",)),
        FieldPlan("conclusion", "text", "Conclusion", is_main=True, slots=("scene", "close")),
        _TITLE, _META, _SLUG,
    ),
    "social_post": (
        FieldPlan(
            "post", "text", "Post", 0, 280, 0, 140, is_main=True, keyphrase="wanted",
            slots=("opening", "quality", "close"),
        ),
        FieldPlan("hashtags", "tags", "Hashtags", 0, 100, 0, 60),
    ),
    "newsletter": (
        FieldPlan(
            "body", "text", "Body", is_main=True, keyphrase="wanted", slots=("scene", "each_short", "close")
        ),
        FieldPlan("subject", "line", "Subject", 0, 50, 0, 28, task="subject"),
        FieldPlan("preheader", "line", "Preheader", 40, 130, 20, 65, slots=("opening", "quality")),
    ),
}  # fmt: skip


def plan_for(content_type: ContentType) -> tuple[FieldPlan, ...]:
    try:
        return PLANS[content_type]
    except KeyError:
        raise ValueError(f"content_type: unknown {content_type!r}; known are {', '.join(PLANS)}") from None
