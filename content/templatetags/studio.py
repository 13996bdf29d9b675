"""Small pieces of the studio's templates."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from content.labels import CONTENT_TYPES, STATES, label_of
from content.locales import locale_name
from content.models import BriefState, DraftState

register = template.Library()


@register.simple_tag
def state_chip(state: str) -> SafeString:
    colour, icon = STATES.get(state, ("quiet", "circle"))
    words = dict(DraftState.choices) | {"writing": BriefState.WRITING.label}
    return format_html(
        '<span class="st-chip st-{}">'
        '<span class="material-symbols-outlined" aria-hidden="true">{}</span>{}</span>',
        colour, icon, words.get(state, state),
    )  # fmt: skip


@register.filter
def language(tag: str) -> str:
    return locale_name(tag)


@register.filter
def field_label(name: str) -> str:
    return label_of(name).name


@register.filter
def ago(moment: datetime) -> str:
    return "just now" if timezone.now() - moment < timedelta(minutes=1) else f"{timesince(moment)} ago"


@register.filter
def type_icon(content_type: str) -> str:
    return CONTENT_TYPES.get(content_type, ("draft", ""))[0]


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:  # Any: whatever the mapping holds
    return mapping.get(key, "")
