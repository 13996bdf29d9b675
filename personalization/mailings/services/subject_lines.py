"""Has subject lines written for a campaign, and makes variants of those that a person approved."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from content.actors import Actor
from content.models import Brief, ContentType
from content.services import BriefInput, create_brief
from omotenashi.errors import Conflict, FieldError, InvalidInput
from personalization.mailings.models import Campaign, CampaignBrief
from personalization.mailings.services.campaigns import (
    add_variants,
    check_variants,
    hold_draft,
    variant_columns,
)
from personalization.mailings.written_lines import Lines, approved_lines, template_locales, written_lines


@dataclass(frozen=True, kw_only=True)
class LinesAsked:
    """What a marketer may say; empty is the campaign's own."""

    product_ids: Sequence[str] = ()
    """The shop's own ids; empty: what the campaign's copy is about."""
    locales: Sequence[str] = ()
    """Empty: all that the template has words in."""
    audience: str = ""
    """Who reads it, in words: for this segment alone."""


@transaction.atomic
def write_subject_lines(campaign: Campaign, *, asked: LinesAsked, by: Actor) -> Brief:
    """Files one brief for the whole campaign, never one a person; a draft a locale follows from it."""
    hold_draft(campaign)
    before = written_lines(campaign)
    if before and before.jobs:
        raise Conflict("Subject lines are being written for this campaign. Wait until they are done.")
    brief = create_brief(
        campaign.workspace,
        brief=BriefInput(
            content_type=ContentType.MAIL_SUBJECT,
            product_ids=asked.product_ids or products_of_copy(campaign),
            locales=_locales(campaign, wanted=asked.locales),
            audience=asked.audience,
        ),
        by=by,
    )
    CampaignBrief.objects.create(workspace=campaign.workspace, campaign=campaign, brief=brief)
    return brief


@transaction.atomic
def use_approved_lines(campaign: Campaign) -> Campaign:
    """The approved lines become variants in place of earlier written ones; a person's own stay.

    A locale whose lines nobody approved keeps the template's.
    """
    hold_draft(campaign)
    written = written_lines(campaign)
    lines = approved_lines(written.brief, campaign=campaign) if written else {}
    if not written or not lines:
        raise Conflict(
            "No subject line of this campaign is approved yet. Have a draft of them approved first."
        )
    variants = _variants(lines, brief=written.brief)
    kept = [variant_columns(variant) for variant in campaign.variants.filter(brief=None)]
    check_variants([*kept, *variants], template_version=campaign.template_version)
    campaign.variants.exclude(brief=None).delete()
    add_variants(campaign, variants=variants)
    return campaign


def products_of_copy(campaign: Campaign) -> list[str]:
    """What the campaign's approved copy is about, each once."""
    copies = campaign.copies.select_related("publication__draft__brief")
    copies = copies.prefetch_related("publication__draft__brief__products")
    told = (product for own in copies for product in own.publication.draft.brief.ordered_products)
    return list(dict.fromkeys(product.external_id for product in told))


def _locales(campaign: Campaign, *, wanted: Sequence[str]) -> list[str]:
    known = template_locales(campaign)
    errors = [
        FieldError(
            "unknown_locale",
            f"The template has no locale {tag}. It has: {', '.join(known) or 'none'}.",
            f"#/locales/{number}",
        )
        for number, tag in enumerate(wanted)
        if tag not in known
    ]
    if errors:
        raise InvalidInput("Some locales cannot be used.", errors=errors)
    return list(wanted) or list(known)


def _variants(lines: Lines, *, brief: Brief) -> list[dict[str, object]]:
    return [
        {
            "name": f"line-{number}", "subject": dict(own["subject"]), "preheader": dict(own["preheader"]),
            "brief_id": brief.pk, "brief_line": number,
        }
        for number, own in sorted(lines.items())
    ]  # fmt: skip
