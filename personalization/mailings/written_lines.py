"""Subject lines the language model wrote for a campaign: how far they are, which a person approved."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from content.locales import standard_locale
from content.models import Approval, Brief, Draft, DraftState, Version
from omotenashi.jobs import Job
from personalization.mailings.engine.lines import Part, literal
from personalization.mailings.models import Campaign, CampaignBrief, CampaignVariant

Lines = Mapping[int, Mapping[Part, Mapping[str, str]]]
"""By number, by part, by the template's locale: lines of Liquid."""
_APPROVED = (DraftState.APPROVED, DraftState.PUBLISHED)


@dataclass(frozen=True)
class WrittenDraft:
    """The lines of one locale, as they are now."""

    draft: Draft
    lines: tuple[tuple[int, str, str], ...]
    """Number, subject, preheader."""
    error_count: int

    @property
    def is_approved(self) -> bool:
        return self.draft.state in _APPROVED


@dataclass(frozen=True)
class WrittenLines:
    """Everything about the newest brief of a campaign."""

    brief: Brief
    drafts: tuple[WrittenDraft, ...]

    @property
    def jobs(self) -> list[Job]:
        """Those that still go on."""
        jobs = [self.brief.job, *(own.draft.job for own in self.drafts)]
        return [job for job in jobs if job is not None and not job.is_finished]

    @property
    def may_be_used(self) -> bool:
        return any(own.is_approved for own in self.drafts)


def written_lines(campaign: Campaign) -> WrittenLines | None:
    """None where nobody asked for any."""
    row = CampaignBrief.objects.filter(campaign=campaign).select_related("brief__job").first()
    if row is None:
        return None
    drafts = row.brief.drafts.select_related("job").prefetch_related("versions")
    return WrittenLines(brief=row.brief, drafts=tuple(_as_it_is(draft) for draft in drafts))


def approved_lines(brief: Brief, *, campaign: Campaign) -> Lines:
    """Read from approvals alone: a text without one cannot be among them."""
    rows = Approval.objects.filter(version__draft__brief=brief, version__draft__state__in=_APPROVED)
    newest = {  # the last approval of a draft whose state says approved is that of its newest version
        own.version.draft.locale: own.version
        for own in rows.select_related("version__draft").order_by("version__number")
    }
    found: dict[int, dict[Part, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for locale, tag in template_locales(campaign).items():
        for number, subject, preheader in _lines_of(newest.get(locale)):
            found[number]["subject"][tag] = literal(subject)
            found[number]["preheader"][tag] = literal(preheader)
    return found


def unapproved_lines(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Written lines of variants that differ from what is approved now: where each is, and what it is."""
    for number, variant in enumerate(campaign.variants.select_related("brief")):
        for pointer, what in _unapproved(variant, campaign=campaign):
            yield f"#/variants/{number}/{pointer}", what


def _unapproved(variant: CampaignVariant, *, campaign: Campaign) -> Iterator[tuple[str, str]]:
    if variant.brief is None or variant.brief_line is None:
        return  # a person's own
    approved = approved_lines(variant.brief, campaign=campaign).get(variant.brief_line, {})
    carried: dict[Part, dict[str, str]] = {"subject": variant.subject, "preheader": variant.preheader}
    for part, lines in carried.items():
        known = approved.get(part, {})
        for locale in sorted(tag for tag, line in lines.items() if known.get(tag) != line):
            yield f"{part}/{locale}", f"The {locale} {part} of {variant.name} is not the approved one."


def template_locales(campaign: Campaign) -> dict[str, str]:
    """Standard tag to the template's own way to write it."""
    found = {}
    for tag in campaign.template_version.subject:
        try:
            found[standard_locale(tag)] = tag
        except ValueError:
            continue  # no language anyone can write in
    return found


def _as_it_is(draft: Draft) -> WrittenDraft:
    version = next(iter(draft.versions.all()), None)  # newest first
    errors = version.error_count if version else 0
    return WrittenDraft(draft=draft, lines=tuple(_lines_of(version)), error_count=errors)


def _lines_of(version: Version | None) -> Iterator[tuple[int, str, str]]:
    fields = version.fields if version else {}
    number = 1
    while f"subject_{number}" in fields:
        subject = fields[f"subject_{number}"].strip()
        if subject:
            yield number, subject, fields.get(f"preheader_{number}", "").strip()
        number += 1
