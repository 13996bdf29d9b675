"""What writes mailings. Workers call `prepare_campaign`, `check_audience`, `tick`; mail workers send.

`subject_lines` is by itself: it brings in all that writes copy, and a mail worker writes none.
"""

from personalization.mailings.services.audience_check import check_audience, request_check
from personalization.mailings.services.campaigns import (
    cancel,
    change_campaign,
    create_campaign,
    pause,
    resume,
    schedule,
    unschedule,
)
from personalization.mailings.services.deciding import choose_winner
from personalization.mailings.services.doubt import confirm_delivered, send_again
from personalization.mailings.services.prepare import prepare_campaign
from personalization.mailings.services.reports import receive_report
from personalization.mailings.services.send import send_due
from personalization.mailings.services.series import repeat, set_repeating, stop_repeating
from personalization.mailings.services.suppression import suppress, unsubscribe
from personalization.mailings.services.templates import create_template, save_template_version
from personalization.mailings.services.tick import tick

__all__ = [
    "cancel",
    "change_campaign",
    "check_audience",
    "choose_winner",
    "confirm_delivered",
    "create_campaign",
    "create_template",
    "pause",
    "prepare_campaign",
    "receive_report",
    "repeat",
    "request_check",
    "resume",
    "save_template_version",
    "schedule",
    "send_again",
    "send_due",
    "set_repeating",
    "stop_repeating",
    "suppress",
    "tick",
    "unschedule",
    "unsubscribe",
]
