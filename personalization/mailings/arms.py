"""What a campaign's variants change about a mail: lines, copy, and the placement that fills its slots."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.mailings.compiled import compiled
from personalization.mailings.copies import Copies, Copy, copies_of
from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.locales import nearest
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import CompiledTemplate
from personalization.mailings.models import Campaign, CampaignVariant, MailTemplateVersion


@dataclass(frozen=True)
class Arm:
    """What the mails of one variant carry; what it leaves open is the campaign's own."""

    name: str
    placement: str
    subject: Subject
    copies: tuple[Copies, ...]
    """Its own, then the campaign's."""

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
    """Two queries."""
    copies = copies_of(campaign)
    shared: Copies = copies.get("", {})
    return Arms(
        own=Arm("", campaign.placement, (), (shared,)),
        by_name={
            own.name: _arm(own, campaign=campaign, copies=(copies.get(own.name, {}), shared))
            for own in campaign.variants.all()
        },
    )


def _arm(variant: CampaignVariant, *, campaign: Campaign, copies: tuple[Copies, ...]) -> Arm:
    return Arm(variant.name, variant.placement or campaign.placement, variant.lines, copies)


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
