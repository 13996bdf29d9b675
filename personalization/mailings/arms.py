"""What a campaign's variants change about a mail: lines, copy, and the placement that fills its slots."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.mailings.compiled import compiled
from personalization.mailings.copies import Copies, Copy, copies_of
from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import CompiledTemplate
from personalization.mailings.models import Campaign, MailTemplateVersion
from personalization.mailings.written_lines import line_versions


@dataclass(frozen=True)
class Arm:
    """What the mails of one variant carry; what it leaves open is the campaign's own."""

    name: str
    placement: str
    subject: Subject
    copies: tuple[Copies, ...]
    """Its own, then the campaign's."""
    line_version_ids: tuple[uuid.UUID, ...] = ()
    """Approved versions that its lines are from, where the model wrote them."""

    @property
    def has_copies(self) -> bool:
        """A campaign without any copy says what the template says."""
        return any(self.copies)

    def copy(self, locale: str) -> Copy | None:
        found = (nearest(own, locale=locale) for own in self.copies)
        return next((copy for copy in found if copy is not None), None)


@dataclass(frozen=True)
class Arms:
    """Of one campaign: read once for many chunks, for a campaign that is sent changes no more."""

    own: Arm
    """Of mails that carry no variant."""
    by_name: Mapping[str, Arm] = field(default_factory=dict)

    def of(self, variant: str) -> Arm:
        return self.by_name.get(variant, self.own)


def arms_of_campaign(campaign: Campaign) -> Arms:
    """Two queries; two more for each variant whose lines the model wrote."""
    copies = copies_of(campaign)
    shared: Copies = copies.get("", {})
    variants = campaign.variants.all()
    written = line_versions(variants, campaign=campaign)
    return Arms(
        own=Arm("", campaign.placement, (), (shared,)),
        by_name={
            own.name: Arm(
                own.name, own.placement or campaign.placement, own.lines,
                copies=(copies.get(own.name, {}), shared), line_version_ids=written.get(own.name, ()),
            )
            for own in variants
        },
    )  # fmt: skip


def template_of(arm: Arm, *, campaign: Campaign) -> CompiledTemplate:
    """Raises TemplateRefused."""
    return compiled(campaign.template_version_id, arm.subject)


def subject_problems(
    subject: object, *, template_version: MailTemplateVersion, part: Part = "subject"
) -> list[str]:
    """What is wrong with a variant's subjects, or its preheaders."""
    if not isinstance(subject, Mapping) or not all(isinstance(own, str) for own in subject.values()):
        return ['Write an object of locales, such as {"en": "Tea?"}.']
    unknown = [locale for locale in subject if locale not in template_version.subject]
    if unknown:
        known = ", ".join(template_version.subject)
        return [f"The template has no locale {unknown[0]}. It has: {known}."]
    try:
        compiled(template_version.pk, tuple((part, *own) for own in sorted(subject.items())))
    except TemplateRefused as refused:
        return [str(problem) for problem in refused.problems]
    return []
