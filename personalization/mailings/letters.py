"""From message rows to mails: what is the same for all is read once, the rest in a few queries per batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from omotenashi.accounts.models import Workspace
from personalization.mailings.arms import Arm, Arms, arms_of_campaign, template_of
from personalization.mailings.compiled import compiled
from personalization.mailings.copies import NO_COPY
from personalization.mailings.engine import mime
from personalization.mailings.engine.addresses import domain_of
from personalization.mailings.engine.mime import Envelope
from personalization.mailings.engine.render import CompiledTemplate, MailContent, RenderedMail, Shop, render
from personalization.mailings.models import Campaign, Message
from personalization.mailings.slots import Asking, Slots, slots_as_sent, slots_of_people
from personalization.mailings.tokens import links_for
from personalization.models import Customer


@dataclass(frozen=True)
class Stationery:
    """What every mail of a campaign shares."""

    campaign: Campaign
    template: CompiledTemplate
    shop: Shop
    arms: Arms


def stationery_for(campaign: Campaign, *, arms: Arms | None = None) -> Stationery:
    """Read once per batch. `arms`: where they were read already."""
    return Stationery(
        campaign=campaign,
        template=compiled(campaign.template_version_id),
        shop=_shop(campaign.workspace),
        arms=arms or arms_of_campaign(campaign),
    )


def letters_for(
    stationery: Stationery, *, messages: Sequence[Message], now: datetime, dry_run: bool = False
) -> list["PendingLetter"]:
    """Everything needed to render each message, with no query left to ask."""
    people = [
        Asking(own.pk, own.customer_id, own.locale, stationery.arms.of(own.variant).placement)
        for own in messages
    ]
    slots = slots_of_people(stationery.campaign, people=people, dry_run=dry_run)
    return [
        PendingLetter(stationery=stationery, message=message, slots=slots.get(message.pk, Slots()), now=now)
        for message in messages
    ]


def letter_as_sent(message: Message) -> "PendingLetter":
    """The letter once more, with the products it showed; for reading it in a browser."""
    stationery, now = stationery_for(message.campaign), message.sent_at or message.created_at
    slots = slots_as_sent(message)
    if slots is None:
        return letters_for(stationery, messages=[message], now=now, dry_run=True)[0]
    return PendingLetter(stationery=stationery, message=message, slots=slots, now=now)


@dataclass(frozen=True)
class PendingLetter:
    """A message with its slots; rendering it may refuse, and only this one then fails."""

    stationery: Stationery
    message: Message
    slots: Slots
    now: datetime

    @property
    def arm(self) -> Arm:
        return self.stationery.arms.of(self.message.variant)

    def render(self) -> RenderedMail:
        template = template_of(self.arm, campaign=self.stationery.campaign)
        return render(template, content=self.content())

    def mime(self, mail: RenderedMail) -> bytes:
        return mime.build(mail, envelope=self.envelope())

    def envelope(self) -> Envelope:
        return envelope_of(self.message, locale=self.message.locale, now=self.now)

    def content(self) -> MailContent:
        message, copy = self.message, self.arm.copy(self.message.locale) or NO_COPY
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
            product_links=links.browser if self.slots.recommendation_id else "",
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
