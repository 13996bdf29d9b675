"""A campaign's mail as one customer would get it, with nothing recorded and nothing sent."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from omotenashi.errors import InvalidInput, NotFound
from personalization.mailings.addressing import Reader, address, draw
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import RenderedMail
from personalization.mailings.letters import letters_for, stationery_for
from personalization.mailings.models import Campaign, Message
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import audience_of
from personalization.models import Customer


@dataclass(frozen=True)
class Preview:
    mail: RenderedMail
    locale: str
    """The reader's own choice, else what the shop knows."""
    variant: str
    """Which it shows; empty where nothing is compared."""
    drawn: str
    """Which they would get, or that they are held out."""
    reason: str
    """Why they would get no mail as it stands now; empty when they would."""


def find_customer(campaign: Campaign, *, words: str) -> Customer:
    """By the shop's id, address or name; the first of the audience when nothing is asked."""
    customers = Customer.objects.for_workspace(campaign.workspace).exclude(email_normalized="")
    words = words.strip()
    if words:
        asked = Q(external_id=words) | Q(email_normalized=words.lower())
        found = (
            customers.filter(asked).first()
            or customers.filter(Q(first_name__icontains=words) | Q(last_name__icontains=words)).first()
        )
    else:
        found = audience_of(campaign).order_by("id").first() or customers.first()
    if found is None:
        raise NotFound("No customer with an address matches. Try an id, an address or a name.")
    customer: Customer = found
    return customer


def preview(campaign: Campaign, *, customer: Customer, variant: str = "") -> Preview:
    """`variant`: another than the one that is drawn for them."""
    reader = Reader(customer.pk, customer.email or "", customer.locale, customer.time_zone)
    (own,) = address(campaign, readers=[reader])
    (drawn,) = draw(campaign, [customer.pk])
    shown = _shown(campaign, asked=variant, drawn=drawn)
    message = new_message(campaign, customer=customer, locale=own.locale, variant=shown)
    assert message is not None  # find_customer wants an address
    return Preview(_written(campaign, message=message), own.locale, shown, drawn, own.reason)


def _shown(campaign: Campaign, *, asked: str, drawn: str) -> str:
    """Who is held out sees the first, for want of one of their own."""
    names = [own.name for own in campaign.variants.all()]
    if asked and asked not in names:
        known = ", ".join(names) or "none"
        raise NotFound(f"This campaign has no variant {asked!r}. It has: {known}.")
    return asked or (drawn if drawn in names else next(iter(names), ""))


def _written(campaign: Campaign, *, message: Message) -> RenderedMail:
    try:
        letters = letters_for(stationery_for(campaign), messages=[message], now=timezone.now(), dry_run=True)
        return letters[0].render()
    except TemplateRefused as refused:
        raise InvalidInput(f"The template cannot be used: {refused}") from refused
