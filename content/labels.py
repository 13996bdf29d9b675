"""What the studio calls things: fields, states, ways a version came about."""

from dataclasses import dataclass

from content.transitions import DraftState


@dataclass(frozen=True)
class FieldLabel:
    name: str
    hint: str = ""
    rows: int = 1
    """Height of its box."""


# In the order people read them.
FIELDS: dict[str, FieldLabel] = {
    "title": FieldLabel("Title", "The blue line in search results."),
    "meta_description": FieldLabel("Search description", "The two lines below it.", rows=2),
    "slug": FieldLabel("Address", "The last part of the page's address."),
    "subject": FieldLabel("Subject", "What the inbox shows first."),
    "preheader": FieldLabel("Preview line", "What the inbox shows after the subject."),
    "intro": FieldLabel("Introduction", rows=3),
    "sections": FieldLabel("Sections", "A line that starts with ## is a heading.", rows=8),
    "conclusion": FieldLabel("Conclusion", rows=3),
    "body_markdown": FieldLabel("Text", rows=7),
    "body": FieldLabel("Text", rows=7),
    "post": FieldLabel("Post", rows=4),
    "hashtags": FieldLabel("Hashtags"),
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


def in_reading_order(fields: dict[str, str]) -> dict[str, str]:
    order = {name: index for index, name in enumerate(FIELDS)}
    return {
        name: fields[name] for name in sorted(fields, key=lambda name: (order.get(name, len(order)), name))
    }


def label_of(field: str) -> FieldLabel:
    return FIELDS.get(field) or FieldLabel(field.replace("_", " ").capitalize(), rows=3)
