"""A campaign's mail as one customer would get it, with nothing recorded and nothing sent."""

from django.db.models import Q
from django.utils import timezone

from omotenashi.errors import InvalidInput, NotFound
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import RenderedMail
from personalization.mailings.letters import letters_for, stationery_for
from personalization.mailings.models import Campaign
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import audience_of
from personalization.models import Customer


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


def preview(campaign: Campaign, *, customer: Customer) -> RenderedMail:
    message = new_message(campaign, customer=customer)
    assert message is not None  # find_customer wants an address
    try:
        letters = letters_for(stationery_for(campaign), messages=[message], now=timezone.now(), dry_run=True)
        return letters[0].render()
    except TemplateRefused as refused:
        raise InvalidInput(f"The template cannot be used: {refused}") from refused
