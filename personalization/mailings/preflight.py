"""Before a campaign is scheduled: what would go wrong, and how many people it would reach."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import InvalidInput
from personalization.mailings.approvals import withdrawn
from personalization.mailings.arms import subject_problems
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.engine.lines import PARTS, Part
from personalization.mailings.engine.liquid import unknown_names
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import KNOWN_NAMES, MAX_HTML_BYTES, RenderedMail
from personalization.mailings.letters import PendingLetter, Stationery, letters_for, stationery_for
from personalization.mailings.models import (
    Campaign,
    CampaignCopy,
    CampaignVariant,
    MailPreference,
)
from personalization.mailings.reach import reach_of
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import audience_of
from personalization.mailings.wishes import NO_WISH, wishes_of
from personalization.models import Customer

# Subjects longer than this are cut on most phones; below it, preheaders are filled up with body text.
SUBJECT_CHARACTERS = 50
PREHEADER_CHARACTERS = (40, 130)
_SAMPLES_PER_LOCALE = 3
_MOST_LOCALES = 20


@dataclass(frozen=True)
class Problem:
    """One thing that stands in the way (error) or should be looked at (warning)."""

    code: str
    detail: str
    pointer: str = "#"


@dataclass
class Preflight:
    """The answer."""

    recipients: int = 0
    """People of the audience, less those held out."""
    by_locale: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0
    declined: int = 0
    """Who want no mail of this kind."""
    held_out: int = 0
    rendered: int = 0
    largest_bytes: int = 0
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return not self.errors


def preflight(campaign: Campaign) -> Preflight:
    """Counts the whole audience and renders a few of each language, with each variant."""
    report = Preflight()
    _check_sender(campaign.workspace, report=report)
    variants = list(campaign.variants.all())
    _check_copy(campaign, names=[own.name for own in variants], report=report)
    drawn = [own.name for own in variants if _fits(own, campaign=campaign, report=report) and own.weight]
    _, problems = parse_audience(campaign.audience)
    report.errors += [Problem(entry.code, entry.detail, f"#/audience{entry.path}") for entry in problems]
    if not problems:
        _count(campaign, report=report)
        _render_samples(campaign, variants=drawn, report=report)
    return report


def _check_sender(workspace: Workspace, *, report: Preflight) -> None:
    if normalize_address(workspace.sender_email) is None:
        detail = f"{workspace.sender_email!r} is no address to send from. Set one under Workspace."
        report.errors.append(Problem("no_sender", detail, "#/workspace/sender_email"))
    if not workspace.postal_address.strip():
        detail = "Mailings must show a postal address (CAN-SPAM, Impressum). Set one under Workspace."
        report.warnings.append(Problem("no_postal_address", detail, "#/workspace/postal_address"))


def _check_copy(campaign: Campaign, *, names: Sequence[str], report: Preflight) -> None:
    for row in CampaignCopy.objects.filter(campaign=campaign).exclude(variant__in=["", *names]):
        known = ", ".join(names) or "none"
        detail = f"The {row.locale} copy is for a variant {row.variant!r}. The campaign has: {known}."
        pointer = f"{_at(row.variant)}/copy/{row.locale}"
        report.errors.append(Problem("unknown_variant", detail, pointer))
    for own in withdrawn(campaign):
        detail = f"{own.what} Choose a publication that is live."
        report.errors.append(Problem("copy_withdrawn", detail, own.pointer))


def _fits(variant: CampaignVariant, *, campaign: Campaign, report: Preflight) -> bool:
    """The template may have changed since its lines were written."""
    found = []
    for part in PARTS:
        problems = subject_problems(
            getattr(variant, part), template_version=campaign.template_version, part=part
        )
        found += [Problem(f"invalid_{part}", detail, f"{_at(variant.name)}/{part}") for detail in problems]
    report.errors += found
    return not found


def _count(campaign: Campaign, *, report: Preflight) -> None:
    reach = reach_of(campaign)
    report.by_locale, report.suppressed = reach.by_locale, reach.suppressed
    report.declined, report.held_out = reach.declined, reach.held_out
    report.recipients = sum(reach.by_locale.values())
    if report.recipients - report.suppressed - report.declined <= 0:
        detail = "Nobody would receive this: no customer who agreed to mail matches the audience. Widen it."
        if report.held_out:
            detail = "Nobody would receive this: all of the audience are held out. Widen it."
        report.errors.append(Problem("empty_audience", detail, "#/audience"))


def _render_samples(campaign: Campaign, *, variants: Sequence[str], report: Preflight) -> None:
    """The same people with each variant, whichever they will get: each is seen in each language."""
    try:
        stationery = stationery_for(campaign)
    except TemplateRefused as refused:
        report.errors += [Problem(entry.code, str(entry), "#/template") for entry in refused.problems]
        return
    for name in unknown_names(stationery.template.html, known=KNOWN_NAMES):
        report.warnings.append(
            Problem("unknown_variable", f"No mail has `{name}`; it prints nothing.", "#/template")
        )
    people = _samples(campaign)
    for variant in variants or [""]:
        _render(stationery, people=people, variant=variant, report=report)
    if report.largest_bytes > 0.9 * MAX_HTML_BYTES:
        detail = (
            f"The largest sample is {report.largest_bytes:,} bytes; Gmail clips after {MAX_HTML_BYTES:,}."
        )
        report.warnings.append(Problem("nearly_too_large", detail, "#/template"))


def _render(
    stationery: Stationery, *, people: Sequence[tuple[Customer, str]], variant: str, report: Preflight
) -> None:
    campaign = stationery.campaign
    made = (new_message(campaign, customer=own, locale=locale, variant=variant) for own, locale in people)
    messages = [message for message in made if message is not None]
    try:
        letters = letters_for(stationery, messages=messages, now=timezone.now(), dry_run=True)
        for letter in letters:
            mail = letter.render()
            report.rendered += 1
            report.largest_bytes = max(report.largest_bytes, len(mail.html.encode()))
            _check_lines(mail, letter=letter, report=report)
    except InvalidInput as error:
        report.errors.append(Problem("placement", error.detail, f"{_at(variant)}/placement"))
    except TemplateRefused as refused:
        report.errors += [
            Problem(entry.code, str(entry), f"{_at(variant)}/template") for entry in refused.problems
        ]


def _check_lines(mail: RenderedMail, *, letter: PendingLetter, report: Preflight) -> None:
    """A line that a variant leaves to the template is told once, and not with each variant."""
    locale, found = letter.message.locale, []
    variant = _owner(letter, part="subject")
    pointer, called = f"{_at(variant)}/subject/{locale}", f"The {locale} subject{_of(variant)}"
    if not mail.subject:
        problem = Problem("empty_subject", f"{called} comes out empty.", pointer)
        report.errors += [problem] if problem not in report.errors else []
    if (length := len(mail.subject)) > SUBJECT_CHARACTERS:
        detail = f"{called} has {length} characters; phones cut at about {SUBJECT_CHARACTERS}."
        found.append(Problem("long_subject", detail, pointer))
    variant = _owner(letter, part="preheader")
    (low, high), length = PREHEADER_CHARACTERS, len(mail.preheader)
    if not low <= length <= high:
        called = f"The {locale} preheader{_of(variant)}"
        detail = f"{called} has {length} characters; {low} to {high} read best."
        found.append(Problem("preheader_length", detail, f"{_at(variant)}/preheader/{locale}"))
    known = {(warning.code, warning.pointer) for warning in report.warnings}
    report.warnings += [warning for warning in found if (warning.code, warning.pointer) not in known]


def _owner(letter: PendingLetter, *, part: Part) -> str:
    """The variant, where the line is its own."""
    return letter.arm.name if any(own == part for own, _, _ in letter.arm.subject) else ""


def _at(variant: str) -> str:
    return f"#/variants/{variant}" if variant else "#"


def _of(variant: str) -> str:
    return f" of variant {variant}" if variant else ""


def _samples(campaign: Campaign) -> list[tuple[Customer, str]]:
    """A few people of each language that the shop knows or that readers chose, and that language."""
    people: dict[uuid.UUID, Customer] = {}
    audience = audience_of(campaign)
    chosen = MailPreference.objects.for_workspace(campaign.workspace).exclude(locale="")
    for locale in audience.order_by().values_list("locale", flat=True).distinct()[:_MOST_LOCALES]:
        people |= _first(audience.filter(locale=locale))
    for locale in chosen.order_by().values_list("locale", flat=True).distinct()[:_MOST_LOCALES]:
        speaking = chosen.filter(locale=locale).values("address_normalized")
        people |= _first(audience.filter(email_normalized__in=speaking))
    wishes = wishes_of(campaign.workspace_id, addresses=[own.email_normalized for own in people.values()])
    return [(own, wishes.get(own.email_normalized, NO_WISH).locale) for own in people.values()]


def _first(audience: QuerySet[Customer]) -> dict[uuid.UUID, Customer]:
    return {own.pk: own for own in audience.order_by("id")[:_SAMPLES_PER_LOCALE]}
