"""A campaign's approved copy, ready for Liquid: what its mails carry, and what a variant carries instead."""

import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from content.models import Publication
from content.rendering import html_of
from personalization.mailings.engine.text import plain_text
from personalization.mailings.models import Campaign, CampaignCopy

_TITLES = ("title", "heading", "headline", "subject")
_BODIES = ("body", "text", "post", "description")


@dataclass(frozen=True)
class Copy:
    """Approved copy of one locale, ready for Liquid."""

    texts: Mapping[str, str]
    html: Mapping[str, str]
    plain: Mapping[str, str]
    """What `html` says, for the plain-text part."""
    version_id: uuid.UUID | None = None
    """The approved version it is: a message's row says which it carried."""


NO_COPY = Copy(texts={}, html={}, plain={})
Copies = Mapping[str, Copy]
"""By locale."""


def copies_of(campaign: Campaign) -> dict[str, dict[str, Copy]]:
    """By the variant that carries them; what all carry that have none of their own under the empty name."""
    rows = CampaignCopy.objects.filter(campaign=campaign).select_related("publication__approval__version")
    found: dict[str, dict[str, Copy]] = defaultdict(dict)
    for row in rows:
        found[row.variant][row.locale] = copy_of(row.publication)
    return found


def withdrawn_copies(campaign: Campaign) -> list[CampaignCopy]:
    """Those whose text can no longer be fetched: it was withdrawn, or a newer one took its place."""
    live = Publication.objects.live().filter(approval=OuterRef("publication__approval"))
    rows = CampaignCopy.objects.filter(~Exists(live), campaign=campaign)
    return list(rows.select_related("publication__approval__version"))


def copy_of(publication: Publication) -> Copy:
    """`copy.title` and `copy.body` whatever the content type calls them; every field also by its own name."""
    fields = {name: str(text) for name, text in publication.version.fields.items()}
    title = next((fields[name] for name in _TITLES if fields.get(name)), "")
    body = next((fields[name] for name in _BODIES if fields.get(name)), "")
    html = {name: html_of(fields[name]) for name in _BODIES if fields.get(name)}
    html["body"] = html_of(body) if body else ""
    plain = {name: plain_text(text).strip() for name, text in html.items()}
    return Copy(texts=fields | {"title": title}, html=html, plain=plain, version_id=publication.version.pk)
