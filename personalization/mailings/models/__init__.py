"""Tables of mailings, split by noun."""

from personalization.mailings.models.campaigns import (
    Campaign,
    CampaignBrief,
    CampaignCopy,
    CampaignVariant,
    FrequencyCap,
)
from personalization.mailings.models.messages import Message
from personalization.mailings.models.paces import Pace
from personalization.mailings.models.preferences import MailPreference
from personalization.mailings.models.preflights import PreflightRun
from personalization.mailings.models.reports import MailClick, MailProvider, MailReport
from personalization.mailings.models.series import CampaignSeries
from personalization.mailings.models.suppressions import Suppression
from personalization.mailings.models.templates import MailTemplate, MailTemplateVersion

__all__ = [
    "Campaign",
    "CampaignBrief",
    "CampaignCopy",
    "CampaignSeries",
    "CampaignVariant",
    "FrequencyCap",
    "MailClick",
    "MailPreference",
    "MailProvider",
    "MailReport",
    "MailTemplate",
    "MailTemplateVersion",
    "Message",
    "Pace",
    "PreflightRun",
    "Suppression",
]
