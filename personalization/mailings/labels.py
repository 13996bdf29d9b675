"""Colours and icons of states, for people who look at many."""

from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

CAMPAIGN = {
    "draft": ("quiet", "draft"),
    "scheduled": ("blue", "schedule"),
    "preparing": ("blue", "group"),
    "sending": ("amber", "send"),
    "paused": ("orange", "pause_circle"),
    "sent": ("green", "check_circle"),
    "canceled": ("quiet", "cancel"),
}
MESSAGE = {
    "pending": ("quiet", "schedule"),
    "claimed": ("blue", "outgoing_mail"),
    "in_doubt": ("orange", "help"),
    "sent": ("green", "check_circle"),
    "failed": ("red", "error"),
    "skipped": ("quiet", "block"),
}


def chip(state: str, *, colours: dict[str, tuple[str, str]]) -> SafeString:
    colour, icon = colours.get(state, ("quiet", "circle"))
    return format_html(
        '<span class="st-chip st-{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        colour, icon, state.replace("_", " ").capitalize(),
    )  # fmt: skip


STAGES = {
    "mail": "about the sender",
    "rcpt": "about the address",
    "data": "before the mail",
    "body": "during the mail",
    "dot": "after the mail",
}
"""Of the conversation with the relay, for people who never spoke SMTP."""


def said_by_relay(reason: str) -> str:
    """`dot: 250 taken` as it is shown; any other reason is in words already."""
    stage, colon, said = reason.partition(": ")
    return f"The relay, {STAGES[stage]}: {said}" if colon and stage in STAGES else reason


def ago(moment: datetime | None, *, now: datetime) -> str:
    """`just now` or `4 minutes ago`."""
    if moment is None or now - moment < timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment, now)} ago"


def duration(seconds: int) -> str:
    """`40 seconds`, `12 minutes`, `3 hours`: an estimate is no more exact than that."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}s"
    return f"{max(1, seconds)} second{'s' if seconds > 1 else ''}"
