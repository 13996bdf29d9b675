"""Campaigns from draft to sent. One function per transition, each a compare-and-set: see engine/states.py."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import Conflict, FieldError, InvalidInput
from omotenashi.jobs import enqueue
from personalization.mailings.approvals import line_errors, refuse_standstill, standstill
from personalization.mailings.arms import subject_problems
from personalization.mailings.engine.assignment import HOLD_OUT, MAIN
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.engine.lines import PARTS
from personalization.mailings.engine.plan import SendingPlan
from personalization.mailings.engine.states import CampaignState, MessageState, campaign_may
from personalization.mailings.models import (
    Campaign,
    CampaignCopy,
    CampaignVariant,
    MailTemplateVersion,
    Message,
)
from personalization.mailings.preflight import preflight
from personalization.mailings.services.verdicts import blocking_findings

CANCELED = "The campaign was canceled."
VARIANT_COLUMNS = ("name", "weight", "subject", "preheader", "placement", "brief_id", "brief_line")


@transaction.atomic
def create_campaign(
    workspace: Workspace,
    *,
    name: str,
    template_version: MailTemplateVersion,
    audience: dict[str, Any] | None = None,  # Any: JSON, checked below
    copies: dict[str, Any] | None = None,  # Any: publications of content
    variants: Sequence[Mapping[str, Any]] = (),  # Any: columns of CampaignVariant, and its own `copies`
    **fields: Any,  # Any: further columns of Campaign
) -> Campaign:
    """A draft. `copies` maps a locale to the publication it carries."""
    check_audience(audience or {})
    check_variants(variants, template_version=template_version)
    campaign = Campaign(
        workspace=workspace, name=name, template_version=template_version, audience=audience or {}, **fields
    )
    check_plan(campaign.sending_plan)
    campaign.save()
    _add_copies(campaign, copies=copies or {})
    add_variants(campaign, variants=variants)
    return campaign


@transaction.atomic
def change_campaign(
    campaign: Campaign,
    *,
    copies: Mapping[str, Any] | None = None,  # Any: publications of content
    variants: Sequence[Mapping[str, Any]] | None = None,  # Any: columns of CampaignVariant, and its copies
    **fields: Any,  # Any: columns of Campaign
) -> Campaign:
    """Of a draft, what is named; copies and variants are replaced as a whole. The rest stays as it is."""
    hold_draft(campaign)
    for name, value in fields.items():
        setattr(campaign, name, value)
    check_audience(campaign.audience)
    check_plan(campaign.sending_plan)
    kept = [variant_columns(own) for own in campaign.variants.all()] if variants is None else variants
    check_variants(kept, template_version=campaign.template_version)
    campaign.save(update_fields=[*fields, "updated_at"])
    if copies is not None:
        campaign.copies.filter(variant="").delete()
        _add_copies(campaign, copies=copies)
    if variants is not None:
        campaign.copies.exclude(variant="").delete()
        campaign.variants.all().delete()
        add_variants(campaign, variants=variants)
    return campaign


def hold_draft(campaign: Campaign) -> None:
    """Locks it, so that nobody schedules it meanwhile; within a transaction."""
    Campaign.objects.select_for_update().get(pk=campaign.pk)
    campaign.refresh_from_db()
    if not campaign.is_editable:
        raise Conflict(f"A campaign that is {campaign.state} cannot be changed. Make it a draft again first.")


def add_variants(campaign: Campaign, *, variants: Sequence[Mapping[str, Any]]) -> None:
    for variant in variants:
        columns = {name: own for name, own in variant.items() if name != "copies"}
        CampaignVariant.objects.create(workspace=campaign.workspace, campaign=campaign, **columns)
        _add_copies(campaign, copies=variant.get("copies", {}), variant=variant["name"])


def _add_copies(campaign: Campaign, *, copies: Mapping[str, Any], variant: str = "") -> None:
    CampaignCopy.objects.bulk_create(
        CampaignCopy(
            workspace=campaign.workspace, campaign=campaign, variant=variant, locale=locale,
            publication=publication,
        )
        for locale, publication in copies.items()
    )  # fmt: skip


def variant_columns(variant: CampaignVariant) -> dict[str, Any]:
    return {name: getattr(variant, name) for name in VARIANT_COLUMNS}


def check_plan(plan: SendingPlan) -> None:
    """Refuse hours, waves and limits that cannot be meant."""
    errors = [FieldError("invalid", own.detail, f"#/{own.field}") for own in plan.problems()]
    if errors:
        raise InvalidInput("The campaign's plan is not understood.", errors=errors)


def check_variants(variants: Sequence[Mapping[str, Any]], *, template_version: MailTemplateVersion) -> None:
    """Names that are free and differ, and lines that the template can carry."""
    errors, seen = [], {MAIN, HOLD_OUT}
    for number, variant in enumerate(variants):
        if variant["name"] in seen:
            detail = f"The name {variant['name']} is taken. Give each variant a name of its own."
            errors.append(FieldError("name_taken", detail, f"#/variants/{number}/name"))
        seen.add(variant["name"])
        for part in PARTS:
            for problem in subject_problems(
                variant.get(part) or {}, template_version=template_version, part=part
            ):
                errors.append(FieldError(f"invalid_{part}", problem, f"#/variants/{number}/{part}"))
    if variants and not any(variant.get("weight", 1) for variant in variants):
        detail = "Give one variant a weight above 0."
        errors.append(FieldError("no_weight", detail, "#/variants/0/weight"))
    if errors:
        raise InvalidInput("The variants are not understood.", errors=errors)


def check_audience(audience: object) -> None:
    """Refuse a filter that is not understood, entry by entry."""
    _, problems = parse_audience(audience)
    if problems:
        errors = [
            FieldError(problem.code, problem.detail, f"#/audience{problem.path}") for problem in problems
        ]
        raise InvalidInput("The audience is not understood.", errors=errors)


def schedule(campaign: Campaign, *, at: datetime | None = None) -> Campaign:
    """draft → scheduled. Refused with every reason that would make the mailing go wrong: those of the quick
    pre-flight, those of the one over the whole audience where it was made, and written lines that nobody
    approved.
    """
    report = preflight(campaign)
    errors = [FieldError(problem.code, problem.detail, problem.pointer) for problem in report.errors]
    errors += [FieldError(own["code"], own["detail"], own["pointer"]) for own in blocking_findings(campaign)]
    errors += line_errors(campaign)
    if errors:
        raise InvalidInput("This campaign is not ready to be sent.", errors=errors)
    return _move(
        campaign, to=CampaignState.SCHEDULED, scheduled_at=at or campaign.scheduled_at or timezone.now(),
        notice="",
    )  # fmt: skip


def unschedule(campaign: Campaign) -> Campaign:
    """scheduled → draft, to change it once more."""
    return _move(campaign, to=CampaignState.DRAFT, source=CampaignState.SCHEDULED)


def begin_preparing(campaign: Campaign, *, now: datetime) -> bool:
    """scheduled → preparing; False when another tick was first, or a person gave it another hour.

    scheduled → draft when a text it carries was taken back meanwhile.
    """
    unchanged = Campaign.objects.filter(
        pk=campaign.pk, state=CampaignState.SCHEDULED, scheduled_at=campaign.scheduled_at
    )
    if why := standstill(campaign):
        unchanged.update(state=CampaignState.DRAFT, notice=f"Not sent. {why}", updated_at=now)
        return False
    return bool(unchanged.update(state=CampaignState.PREPARING, started_at=now, updated_at=now))


def begin_sending(campaign: Campaign) -> bool:
    """preparing → sending, with all rows made; False when it was paused or canceled meanwhile.

    preparing → paused when a text it carries was taken back meanwhile.
    """
    now, why = timezone.now(), standstill(campaign)
    preparing = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.PREPARING)
    if why:
        preparing.update(
            state=CampaignState.PAUSED, prepared_at=now, paused_at=now, updated_at=now, notice=why
        )
        return False
    return bool(preparing.update(state=CampaignState.SENDING, prepared_at=now, updated_at=now, notice=""))


def pause(campaign: Campaign, *, notice: str = "") -> Campaign:
    """preparing or sending → paused. Mails whose final dot is out are not called back."""
    return _move(campaign, to=CampaignState.PAUSED, notice=notice, paused_at=timezone.now())


@transaction.atomic
def resume(campaign: Campaign) -> Campaign:
    """paused → where it was. Goes on after the last row; nothing is sent a second time.

    Refused while a text it carries is taken back.
    """
    campaign.refresh_from_db()
    to = CampaignState.SENDING if campaign.prepared_at else CampaignState.PREPARING
    paused_at = campaign.paused_at
    moved = _move(campaign, to=to, source=CampaignState.PAUSED, notice="", paused_at=None)
    refuse_standstill(moved)
    if moved.wave_size and paused_at:
        _delay_waves(moved, by=timezone.now() - paused_at)
    ring(moved)
    return moved


def _delay_waves(campaign: Campaign, *, by: timedelta) -> None:
    """Waves that were not begun keep their distance: else all whose turn passed would go at once."""
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.PENDING)
    waiting.filter(not_before__gt=F("campaign__scheduled_at")).update(not_before=F("not_before") + by)


@transaction.atomic
def cancel(campaign: Campaign) -> Campaign:
    """Any unfinished state → canceled. Mails not yet begun are skipped and say so."""
    moved = _move(campaign, to=CampaignState.CANCELED, finished_at=timezone.now())
    waiting = Message.objects.filter(campaign=campaign, state=MessageState.PENDING)
    waiting.update(state=MessageState.SKIPPED, reason=CANCELED, updated_at=timezone.now())
    return moved


def finish_if_done(campaign: Campaign) -> bool:
    """sending → sent, when no message waits, is in hand, or hangs on a reply that may still come."""
    now = timezone.now()
    rows = Message.objects.filter(campaign=campaign)
    in_hand = Q(state=MessageState.CLAIMED) | Q(state=MessageState.IN_DOUBT, lease_expires_at__gt=now)
    # Two questions, so that each is answered from its own small index.
    if rows.filter(state=MessageState.PENDING).exists() or rows.filter(in_hand).exists():
        return False
    sending = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.SENDING)
    return bool(sending.update(state=CampaignState.SENT, finished_at=now, updated_at=now, notice=""))


def ring(campaign: Campaign) -> None:
    """Have a worker prepare it; one job a campaign at a time. Mail workers look for themselves."""
    if campaign.state == CampaignState.PREPARING:
        key = str(campaign.pk)
        enqueue("mailings.prepare_campaign", workspace=campaign.workspace, unique_key=key, campaign_id=key)


def _move(
    campaign: Campaign, *, to: CampaignState, source: CampaignState | None = None, **fields: Any
) -> Campaign:
    """Compare-and-set along the drawn arrows; whoever comes second hears what happened first."""
    sources = [source] if source else [state for state in CampaignState if campaign_may(state, become=to)]
    moved = Campaign.objects.filter(pk=campaign.pk, state__in=sources).update(
        state=to, updated_at=timezone.now(), **fields
    )
    campaign.refresh_from_db()
    if not moved:
        raise Conflict(f"A campaign that is {campaign.state} cannot become {to}.")
    return campaign
