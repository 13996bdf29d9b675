"""What a campaign's variants change about a mail: its lines in the inbox, and the placement of its slots."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from personalization.mailings.compiled import compiled_with
from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.models import Campaign, CampaignVariant, MailTemplateVersion, Message


@dataclass(frozen=True)
class Drawn:
    """Which variant each of some messages carries."""

    placements: Mapping[str, str]
    subjects: Mapping[str, Subject]
    drawn: Mapping[uuid.UUID, str]
    default_placement: str

    def placement(self, message_id: uuid.UUID) -> str:
        return self.placements.get(self.drawn.get(message_id, "")) or self.default_placement

    def subject(self, message_id: uuid.UUID) -> Subject:
        return self.subjects.get(self.drawn.get(message_id, ""), ())


@dataclass(frozen=True)
class Arms:
    """A campaign's variants, read once for many chunks."""

    campaign: Campaign
    variants: Sequence[CampaignVariant] = field(default_factory=tuple)

    def of(self, message_ids: Sequence[uuid.UUID]) -> Drawn:
        """One query a chunk, and none where the campaign has no variants."""
        drawn: dict[uuid.UUID, str] = {}
        if self.variants:
            drawn = dict(Message.objects.filter(pk__in=message_ids).values_list("pk", "variant"))
        return Drawn(
            placements={own.name: own.placement for own in self.variants},
            subjects={own.name: own.lines for own in self.variants},
            drawn=drawn,
            default_placement=self.campaign.placement,
        )


def arms_of_campaign(campaign: Campaign) -> Arms:
    return Arms(campaign, tuple(CampaignVariant.objects.filter(campaign=campaign)))


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
        compiled_with(template_version.pk, tuple((part, *own) for own in sorted(subject.items())))
    except TemplateRefused as refused:
        return [str(problem) for problem in refused.problems]
    return []
