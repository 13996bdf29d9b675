"""What the studio calls things: fields, states, ways a version came about."""

from dataclasses import dataclass

from content.models import DraftState


@dataclass(frozen=True)
class FieldLabel:
    name: str
    hint: str = ""
    rows: int = 1
    """Height of its box."""
    limit: int = 0
    """Characters that usually fit; 0: no such limit."""


FIELDS: dict[str, FieldLabel] = {
    "title": FieldLabel("Title", "What search engines and the page show first.", limit=60),
    "meta_title": FieldLabel("Search title", "The blue line in search results.", limit=60),
    "meta_description": FieldLabel("Search description", "The two lines below it.", rows=2, limit=155),
    "slug": FieldLabel("Address", "The last part of the page's address.", limit=80),
    "heading": FieldLabel("Heading", "The first line on the page."),
    "intro": FieldLabel("Introduction", rows=3),
    "body": FieldLabel("Text", rows=8),
    "bullets": FieldLabel("At a glance", "One point per line.", rows=4),
    "post": FieldLabel("Post", rows=4),
    "hashtags": FieldLabel("Hashtags"),
    "alt_text": FieldLabel("Picture description", "Read aloud to people who cannot see the picture.", limit=125),
    "subject": FieldLabel("Subject", "What the inbox shows first.", limit=50),
    "preheader": FieldLabel("Preview line", "What the inbox shows after the subject.", limit=100),
    "call_to_action": FieldLabel("Call to action"),
}

# State → (colour, icon)
STATES: dict[str, tuple[str, str]] = {
    DraftState.QUEUED: ("quiet", "schedule"),
    DraftState.WRITING: ("blue", "edit"),
    DraftState.READY: ("amber", "rate_review"),
    DraftState.NEEDS_WORK: ("orange", "error"),
    DraftState.FAILED: ("red", "error"),
    DraftState.APPROVED: ("green", "check_circle"),
    DraftState.PUBLISHED: ("teal", "public"),
}

CONTENT_TYPES: dict[str, tuple[str, str]] = {
    "product_description": ("inventory_2", "Title, search snippet and text for a product page."),
    "blog_post": ("article", "A longer read with headings around one topic."),
    "social_post": ("tag", "One short post with a hook."),
    "newsletter": ("mail", "Subject, preview line and body of a mailing."),
}


def label_of(field: str) -> FieldLabel:
    return FIELDS.get(field) or FieldLabel(field.replace("_", " ").capitalize(), rows=3)
