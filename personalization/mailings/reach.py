"""How many people a campaign would reach, in which languages, and how many of them get no mail."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from personalization.mailings.held_out import held_out_of
from personalization.mailings.models import Campaign, MailPreference, Suppression
from personalization.mailings.selectors import audience_of
from personalization.models import Customer


@dataclass(frozen=True)
class Reach:
    by_locale: dict[str, int]
    """Without those held out; with the suppressed and those who declined."""
    suppressed: int
    declined: int
    held_out: int


def reach_of(campaign: Campaign) -> Reach:
    """Held out are only people who could be written to: hold-out and mails are alike in all but the mail."""
    audience = audience_of(campaign)
    suppressed = Q(
        email_normalized__in=Suppression.objects.for_workspace(campaign.workspace).values(
            "address_normalized"
        )
    )
    declined = Q(email_normalized__in=_declining(campaign).values("address_normalized"))
    people = _by_locale(audience, campaign=campaign)
    held: Counter[str] = Counter()
    if campaign.hold_out_percent:
        open_to_it = audience.exclude(suppressed).exclude(declined)
        held = _by_locale(held_out_of(open_to_it, campaign=campaign), campaign=campaign)
    people.subtract(held)
    return Reach(
        by_locale={
            locale: number
            for locale, number in sorted(people.items(), key=lambda own: (-own[1], own[0]))
            if number
        },
        suppressed=audience.filter(suppressed).count(),
        declined=audience.filter(declined).exclude(suppressed).count(),
        held_out=held.total(),
    )


def _declining(campaign: Campaign) -> QuerySet[MailPreference]:
    rows: QuerySet[MailPreference] = MailPreference.objects.for_workspace(campaign.workspace)
    return rows.filter(declined_kinds__contains=[campaign.kind])


def _by_locale(people: QuerySet[Customer], *, campaign: Campaign) -> Counter[str]:
    """In the language that the shop knows, but for those who chose one themselves."""
    rows = people.order_by().values("locale").annotate(people=Count("id"))
    found = Counter({row["locale"]: row["people"] for row in rows})
    for known, chosen in _who_chose(people, campaign=campaign):
        found[known] -= 1
        found[chosen] += 1
    found[campaign.workspace.default_locale] += found.pop("", 0)
    return found


def _who_chose(people: QuerySet[Customer], *, campaign: Campaign) -> list[tuple[str, str]]:
    """The language the shop knows and the one they chose. They are few, and not joined to the many."""
    chosen = MailPreference.objects.for_workspace(campaign.workspace).exclude(locale="")
    locales = dict(chosen.values_list("address_normalized", "locale"))
    if not locales:
        return []
    rows = people.filter(email_normalized__in=chosen.values("address_normalized"))
    return [
        (known, locales[address])
        for known, address in rows.values_list("locale", "email_normalized")
        if address in locales
    ]
