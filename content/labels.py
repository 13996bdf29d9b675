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
    **{f"subject_{n}": FieldLabel(f"Subject {n}", "What the inbox shows first.") for n in range(1, 4)},
    **{f"preheader_{n}": FieldLabel(f"Preview line {n}", "After that subject.") for n in range(1, 4)},
    "headline": FieldLabel("Headline", "What the page opens with."),
    **{f"headline_{n}": FieldLabel(f"Headline {n}", "At most 30 characters.") for n in range(1, 6)},
    **{f"description_{n}": FieldLabel(f"Ad text {n}", "At most 90 characters.") for n in range(1, 4)},
    "subheadline": FieldLabel("Line below the headline", rows=2),
    "outline": FieldLabel("Outline", "The headings of the sections, one a line.", rows=3),
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
    "product_description_short": ("short_text", "Two or three sentences for lists and marketplaces."),
    "product_description_long": ("subject", "A full page with a scene before the facts."),
    "product_description_bullets": ("format_list_bulleted", "One fact a line."),
    "category_page": ("category", "An introduction and a few lines on each product."),
    "blog_post": ("article", "A longer read with headings around one topic."),
    "social_post": ("tag", "One short post with a hook."),
    "social_post_facebook": ("thumb_up", "A post of up to 500 characters."),
    "social_post_instagram": ("photo_camera", "A caption with hashtags."),
    "social_post_linkedin": ("work", "A post in paragraphs."),
    "newsletter": ("mail", "Subject, preview line and body of a mailing."),
    "mail_subject": ("subject", "Three subjects with their preview lines, to compare in a mailing."),
    "ad_copy": ("ads_click", "Five headlines and three texts for search ads."),
    "landing_page": ("web", "Headline, line below it and a page of text."),
    "faq": ("quiz", "Questions shoppers ask, answered from the facts."),
}


def in_reading_order(fields: dict[str, str]) -> dict[str, str]:
    order = {name: index for index, name in enumerate(FIELDS)}
    return {
        name: fields[name] for name in sorted(fields, key=lambda name: (order.get(name, len(order)), name))
    }


def label_of(field: str) -> FieldLabel:
    return FIELDS.get(field) or FieldLabel(field.replace("_", " ").capitalize(), rows=3)
