"""The studio's pages about content."""

from content.admin.brands import BrandAdmin
from content.admin.briefs import BriefAdmin
from content.admin.drafts import DraftAdmin
from content.admin.plans import ContentPlanAdmin
from content.admin.publications import PublicationAdmin
from content.admin.rule_packs import RulePackAdmin

__all__ = ["BrandAdmin", "BriefAdmin", "ContentPlanAdmin", "DraftAdmin", "PublicationAdmin", "RulePackAdmin"]
