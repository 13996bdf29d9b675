"""Studio pages of mailings, one module per noun."""

from personalization.mailings.admin.campaigns import CampaignAdmin
from personalization.mailings.admin.caps import FrequencyCapAdmin
from personalization.mailings.admin.messages import MessageAdmin
from personalization.mailings.admin.providers import MailProviderAdmin
from personalization.mailings.admin.suppressions import SuppressionAdmin
from personalization.mailings.admin.templates import MailTemplateAdmin

__all__ = [
    "CampaignAdmin",
    "FrequencyCapAdmin",
    "MailProviderAdmin",
    "MailTemplateAdmin",
    "MessageAdmin",
    "SuppressionAdmin",
]
