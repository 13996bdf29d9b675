"""Tables of the content half, split by noun."""

from content.models.brands import Brand, Guideline
from content.models.briefs import Brief, BriefState, ContentType, Length
from content.models.drafts import Approval, ChangeRequest, Draft, Version
from content.models.plans import ContentPlan
from content.models.publications import Publication
from content.models.rule_packs import RulePack
from content.transitions import DraftState

__all__ = [
    "Approval",
    "Brand",
    "Brief",
    "BriefState",
    "ChangeRequest",
    "ContentPlan",
    "ContentType",
    "Draft",
    "DraftState",
    "Guideline",
    "Length",
    "Publication",
    "RulePack",
    "Version",
]
