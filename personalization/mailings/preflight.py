"""Before a campaign is scheduled: what would go wrong, and how many people it would reach."""

from dataclasses import dataclass, field

from django.db.models import Count
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.errors import InvalidInput
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.engine.liquid import unknown_names
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import KNOWN_NAMES, MAX_HTML_BYTES
from personalization.mailings.letters import letters_for, stationery_for
from personalization.mailings.models import Campaign, CampaignCopy, Message, Suppression
from personalization.mailings.rows import new_message
from personalization.mailings.selectors import audience_of
from personalization.models import Customer

# Subjects longer than this are cut on most phones; below it, preheaders are filled up with body text.
SUBJECT_CHARACTERS = 50
PREHEADER_CHARACTERS = (40, 130)
_SAMPLES_PER_LOCALE = 3


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
    by_locale: dict[str, int] = field(default_factory=dict)
    suppressed: int = 0
    rendered: int = 0
    largest_bytes: int = 0
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    @property
    def is_ready(self) -> bool:
        return not self.errors


def preflight(campaign: Campaign) -> Preflight:
    """Counts the whole audience and renders a few of each language."""
    report = Preflight()
    _check_sender(campaign.workspace, report=report)
    _check_copy(campaign, report=report)
    _, problems = parse_audience(campaign.audience)
    report.errors += [Problem(entry.code, entry.detail, f"#/audience{entry.path}") for entry in problems]
    if not problems:
        _count(campaign, report=report)
        _render_samples(campaign, report=report)
    return report


def _check_sender(workspace: Workspace, *, report: Preflight) -> None:
    if normalize_address(workspace.sender_email) is None:
        detail = f"{workspace.sender_email!r} is no address to send from. Set one under Workspace."
        report.errors.append(Problem("no_sender", detail, "#/workspace/sender_email"))
    if not workspace.postal_address.strip():
        detail = "Mailings must show a postal address (CAN-SPAM, Impressum). Set one under Workspace."
        report.warnings.append(Problem("no_postal_address", detail, "#/workspace/postal_address"))


def _check_copy(campaign: Campaign, *, report: Preflight) -> None:
    for row in CampaignCopy.objects.filter(campaign=campaign).select_related("publication"):
        if row.publication.withdrawn_at:
            detail = f"The {row.locale} copy was withdrawn. Choose a publication that is live."
            report.errors.append(Problem("copy_withdrawn", detail, f"#/copy/{row.locale}"))


def _count(campaign: Campaign, *, report: Preflight) -> None:
    audience = audience_of(campaign)
    rows = audience.values("locale").annotate(people=Count("id")).order_by("-people")
    report.by_locale = {row["locale"] or campaign.workspace.default_locale: row["people"] for row in rows}
    report.recipients = sum(report.by_locale.values())
    suppressed = Suppression.objects.for_workspace(campaign.workspace).values("address_normalized")
    report.suppressed = audience.filter(email_normalized__in=suppressed).count()
    if report.recipients - report.suppressed <= 0:
        detail = "Nobody would receive this: no customer who agreed to mail matches the audience. Widen it."
        report.errors.append(Problem("empty_audience", detail, "#/audience"))


def _render_samples(campaign: Campaign, *, report: Preflight) -> None:
    try:
        stationery = stationery_for(campaign)
    except TemplateRefused as refused:
        report.errors += [Problem(entry.code, str(entry), "#/template") for entry in refused.problems]
        return
    for name in unknown_names(stationery.template.html, known=KNOWN_NAMES):
        report.warnings.append(
            Problem("unknown_variable", f"No mail has `{name}`; it prints nothing.", "#/template")
        )
    try:
        letters = letters_for(stationery, messages=_samples(campaign), now=timezone.now(), dry_run=True)
    except InvalidInput as error:
        report.errors.append(Problem("placement", error.detail, "#/placement"))
        return
    for letter in letters:
        try:
            mail = letter.render()
        except TemplateRefused as refused:
            report.errors += [Problem(entry.code, str(entry), "#/template") for entry in refused.problems]
            return
        report.rendered += 1
        report.largest_bytes = max(report.largest_bytes, len(mail.html.encode()))
        _check_lines(mail.subject, mail.preheader, locale=letter.message.locale, report=report)
    if report.largest_bytes > 0.9 * MAX_HTML_BYTES:
        detail = (
            f"The largest sample is {report.largest_bytes:,} bytes; Gmail clips after {MAX_HTML_BYTES:,}."
        )
        report.warnings.append(Problem("nearly_too_large", detail, "#/template"))


def _check_lines(subject: str, preheader: str, *, locale: str, report: Preflight) -> None:
    found = []
    if not subject:
        report.errors.append(
            Problem("empty_subject", f"The {locale} subject comes out empty.", f"#/subject/{locale}")
        )
    if len(subject) > SUBJECT_CHARACTERS:
        detail = (
            f"The {locale} subject has {len(subject)} characters; phones cut at about {SUBJECT_CHARACTERS}."
        )
        found.append(Problem("long_subject", detail, f"#/subject/{locale}"))
    low, high = PREHEADER_CHARACTERS
    if not low <= len(preheader) <= high:
        detail = f"The {locale} preheader has {len(preheader)} characters; {low} to {high} read best."
        found.append(Problem("preheader_length", detail, f"#/preheader/{locale}"))
    known = {(warning.code, warning.pointer) for warning in report.warnings}
    report.warnings += [warning for warning in found if (warning.code, warning.pointer) not in known]


def _samples(campaign: Campaign) -> list[Message]:
    """Unsaved messages for a few people of each language."""
    people: list[Customer] = []
    audience = audience_of(campaign)
    for locale in audience.order_by().values_list("locale", flat=True).distinct()[:20]:
        people += audience.filter(locale=locale).order_by("id")[:_SAMPLES_PER_LOCALE]
    made = (new_message(campaign, customer=customer) for customer in people)
    return [message for message in made if message is not None]
