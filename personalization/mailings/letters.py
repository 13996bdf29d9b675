"""From message rows to mails: what is the same for all is read once, the rest in a few queries per batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from content.models import Publication
from content.rendering import html_of
from omotenashi.accounts.models import Workspace
from personalization.mailings.compiled import compiled
from personalization.mailings.engine import mime
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.mime import Envelope
from personalization.mailings.engine.render import CompiledTemplate, MailContent, RenderedMail, Shop, render
from personalization.mailings.engine.text import plain_text
from personalization.mailings.models import Campaign, CampaignCopy, Message
from personalization.mailings.slots import Slots, slots_as_sent, slots_for
from personalization.mailings.tokens import links_for
from personalization.models import Customer

_TITLES = ("title", "heading", "headline", "subject")
_BODIES = ("body", "text", "post", "description")


@dataclass(frozen=True)
class Copy:
    """Approved copy of one locale, ready for Liquid."""

    texts: Mapping[str, str]
    html: Mapping[str, str]
    plain: Mapping[str, str]
    """What `html` says, for the plain-text part."""


NO_COPY = Copy(texts={}, html={}, plain={})


@dataclass(frozen=True)
class Stationery:
    """What every mail of a campaign shares."""

    campaign: Campaign
    template: CompiledTemplate
    shop: Shop
    copies: Mapping[str, Copy]


def stationery_for(campaign: Campaign) -> Stationery:
    """Read once per batch."""
    return Stationery(
        campaign=campaign,
        template=compiled(campaign.template_version_id),
        shop=_shop(campaign.workspace),
        copies=copies_of(campaign),
    )


def copies_of(campaign: Campaign) -> dict[str, Copy]:
    """By locale."""
    rows = CampaignCopy.objects.filter(campaign=campaign).select_related("publication__approval__version")
    return {row.locale: copy_of(row.publication) for row in rows}


def copy_of(publication: Publication) -> Copy:
    """`copy.title` and `copy.body` whatever the content type calls them; every field also by its own name."""
    fields = {name: str(text) for name, text in publication.version.fields.items()}
    title = next((fields[name] for name in _TITLES if fields.get(name)), "")
    body = next((fields[name] for name in _BODIES if fields.get(name)), "")
    html = {name: html_of(fields[name]) for name in _BODIES if fields.get(name)}
    html["body"] = html_of(body) if body else ""
    plain = {name: plain_text(text).strip() for name, text in html.items()}
    return Copy(texts=fields | {"title": title}, html=html, plain=plain)


def letters_for(
    stationery: Stationery, *, messages: Sequence[Message], now: datetime, dry_run: bool = False
) -> list["PendingLetter"]:
    """Everything needed to render each message, with no query left to ask."""
    slots = slots_for(stationery.campaign, messages=messages, dry_run=dry_run)
    return [
        PendingLetter(stationery=stationery, message=message, slots=slots.get(message.pk, Slots()), now=now)
        for message in messages
    ]


def letter_as_sent(message: Message) -> "PendingLetter":
    """The letter once more, with the products it showed; for reading it in a browser."""
    slots = slots_as_sent(message)
    if slots is None:
        slots = slots_for(message.campaign, messages=[message], dry_run=True).get(message.pk, Slots())
    now = message.sent_at or message.created_at
    return PendingLetter(stationery=stationery_for(message.campaign), message=message, slots=slots, now=now)


@dataclass(frozen=True)
class PendingLetter:
    """A message with its slots; rendering it may refuse, and only this one then fails."""

    stationery: Stationery
    message: Message
    slots: Slots
    now: datetime

    def render(self) -> RenderedMail:
        return render(self.stationery.template, content=self.content())

    def mime(self, mail: RenderedMail) -> bytes:
        return mime.build(mail, envelope=self.envelope())

    def envelope(self) -> Envelope:
        return envelope_of(self.message, locale=self.message.locale, now=self.now)

    def content(self) -> MailContent:
        message, copy = self.message, nearest(self.stationery.copies, locale=self.message.locale) or NO_COPY
        links = links_for(message)
        return MailContent(
            locale=message.locale,
            now=self.now,
            customer=customer_values(message.customer, message=message),
            shop=self.stationery.shop,
            recommendations=self.slots.products,
            copy=copy.texts,
            copy_html=copy.html,
            copy_text=copy.plain,
            unsubscribe_url=links.unsubscribe,
            preferences_url=links.preferences,
            view_in_browser_url=links.browser,
        )


def customer_values(customer: Customer | None, *, message: Message) -> dict[str, object]:
    """`customer.*` in Liquid. Traits are the shop's own and cannot cover these names."""
    traits = customer.traits if customer and isinstance(customer.traits, dict) else {}
    return person_values(
        traits,
        first_name=customer.first_name if customer else "",
        last_name=customer.last_name if customer else "",
        email=message.address_normalized,
        locale=message.locale,
        country=customer.country if customer else "",
    )


def person_values(traits: Mapping[str, object], **known: str) -> dict[str, object]:
    return {**traits, **known}


def envelope_of(message: Message, *, locale: str, now: datetime) -> Envelope:
    workspace, customer = message.campaign.workspace, message.customer
    customer_key = message.customer_id.hex if message.customer_id else "0"
    domain = domain_of(workspace.sender_email)
    return Envelope(
        sender_name=workspace.sender_name or workspace.name,
        sender_address=workspace.sender_email,
        recipient_name=customer.full_name if customer else "",
        recipient_address=message.address_normalized,
        locale=locale,
        message_id=message.message_id_header,
        entity_reference=message.pk.hex,
        list_id=f"{workspace.slug}.{domain}",
        list_name=workspace.name,
        # campaign:customer:type:sender. Our ids, so that no address leaves in a header.
        feedback_id=f"{message.campaign_id.hex}:{customer_key}:campaign:{workspace.slug}",
        unsubscribe_url=links_for(message).unsubscribe,
        unsubscribe_mailto=f"{workspace.sender_email}?subject=unsubscribe%20{message.pk.hex}",
        date=now,
    )


def _shop(workspace: Workspace) -> Shop:
    return Shop(
        name=workspace.name,
        url=workspace.site_url,
        postal_address=" · ".join(
            line.strip() for line in workspace.postal_address.splitlines() if line.strip()
        ),
        currency=workspace.currency,
    )
