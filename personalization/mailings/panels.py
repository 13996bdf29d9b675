"""Mailings' part of the studio's home page."""

from django.http import HttpRequest

from omotenashi.accounts.models import Workspace
from omotenashi.studio.dashboard import Panel
from personalization.mailings import selectors
from personalization.mailings.labels import CAMPAIGN, chip
from personalization.mailings.models import Campaign

SHOWN = 5


def mailings(request: HttpRequest, workspace: Workspace) -> Panel:
    """The newest campaigns, and how many mails wait for a person's judgement."""
    newest = Campaign.objects.for_workspace(workspace).order_by("-id")[:SHOWN]
    rows = [
        (campaign, chip(campaign.state, colours=CAMPAIGN), selectors.message_counts(campaign))
        for campaign in newest
    ]
    context = {"rows": rows, "uncertain": selectors.uncertain_messages(workspace).count()}
    return Panel(template="mailings/panel.html", context=context, order=40)
