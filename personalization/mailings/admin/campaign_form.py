"""The form of a campaign: who receives it is written in words, not in JSON."""

import json
import re
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from unfold.widgets import UnfoldAdminTextareaWidget

from omotenashi.accounts.models import Workspace
from personalization.mailings.arms import subject_problems
from personalization.mailings.caps import cap_for
from personalization.mailings.engine.assignment import HOLD_OUT, MAIN
from personalization.mailings.engine.audience import parse_audience
from personalization.mailings.engine.lines import Part
from personalization.mailings.engine.plan import PLANNED, SendingPlan
from personalization.mailings.engine.preferences import MailKind
from personalization.mailings.engine.schedule import instant_of
from personalization.mailings.head_count import Plan
from personalization.mailings.models import Campaign, CampaignVariant
from personalization.mailings.peek import Asked
from personalization.mailings.selectors import access_campaign

# A field of the form, and its name in the audience's JSON.
LINES = {"expression": "expression", "exclusion": "except"}


class CampaignForm(forms.ModelForm):
    expression = forms.CharField(
        label="Who receives it",
        required=False,
        max_length=2_000,
        help_text='Such as country in ("DE", "AT") and orders >= 2 and not bought("p-17", 365). '
        "Empty: everyone. Only customers who agreed to mail are ever among them.",
    )
    exclusion = forms.CharField(
        label="Except", required=False, max_length=2_000, help_text="Such as at_risk or last_order_days < 3."
    )

    class Meta:
        model = Campaign
        fields = (
            "name", "kind", "template_version", "expression", "exclusion", "audience", "hold_out_percent",
            "cap_mails", "cap_days", "placement", "product_count", *PLANNED, "winner_rule",
            "attribution_days",
        )  # fmt: skip
        labels: ClassVar = {
            "scheduled_at": "Goes out at",
            "by_local_time": "At each recipient's local time",
            "by_best_hour": "At their best hour",
            "quiet_from": "Quiet hours from",
            "quiet_until": "Until",
            "wave_size": "Mails a wave",
            "wave_minutes": "Minutes from wave to wave",
            "max_bounce_percent": "Stop at bounces over, in %",
            "max_complaint_percent": "Stop at complaints over, in %",
        }
        help_texts: ClassVar = {
            "by_local_time": "The hour above on each recipient's own clock, east first: schedule it a day "
            "ahead. Who has no known time zone gets it by the workspace's clock.",
            "by_best_hour": "Within a day of the hour above, when each is most likely to look: learned from "
            "the hours in which they came to the shop; who came seldom, when the others do.",
            "quiet_from": "On each recipient's own clock. Empty: none.",
            "quiet_until": "What was due goes out then, on the next day perhaps.",
            "cap_days": "Counted over so many days, of which this mail's is the last one.",
            "wave_size": "So many, then a break, then the next. 0: all of them without a break.",
            "wave_minutes": "From the start of one to the start of the next; a pause moves those to come.",
            "max_bounce_percent": "It pauses and says why; counted from 100 mails on. 100 never stops.",
        }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._name_the_clock()
        audience = self.instance.audience if isinstance(self.instance.audience, dict) else {}
        if "audience" not in self.fields:
            return  # only looked at: nothing can be typed
        for field, name in LINES.items():
            self.fields[field].widget = UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"})
            self.initial.setdefault(field, audience.get(name, ""))
        self.fields["expression"].widget.attrs |= {
            "data-audience-check": reverse("admin:mailings_campaign_audience"),
            "data-campaign": "" if self.instance._state.adding else str(self.instance.pk),
        }
        self.initial["audience"] = {name: own for name, own in audience.items() if name not in LINES.values()}
        self.fields["audience"].label = "Further conditions (JSON)"
        self.fields[
            "audience"
        ].help_text = 'Such as {"customer_ids": ["c-1", "c-2"]}, for a mailing to a few.'
        self.fields["audience"].widget.attrs["rows"] = 2

    def _name_the_clock(self) -> None:
        if "scheduled_at" in self.fields:
            clock = timezone.get_current_timezone_name()
            help_text = f"By the clock of {clock}. Empty: at once, when you press Schedule."
            self.fields["scheduled_at"].help_text = help_text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_plan(data)
        if not isinstance(data.get("audience") or {}, dict):
            self.add_error("audience", "Further conditions are a JSON object such as {}.")
            return data
        audience = together(data.get("audience") or {}, lines=data)
        for problem in parse_audience(audience)[1]:
            at = problem.path.split("/")[1] if problem.path else ""
            field = next((own for own, name in LINES.items() if name == at), "audience")
            self.add_error(field, problem.detail)
        data["audience"] = audience
        return data

    def _check_plan(self, data: dict[str, Any]) -> None:
        """What was refused already counts as it was before, so that nothing is told twice."""
        planned = {name: data.get(name, getattr(self.instance, name)) for name in PLANNED}
        for problem in SendingPlan(**planned).problems():
            self.add_error(problem.field, self._in_labels(problem.detail))

    def _in_labels(self, detail: str) -> str:
        """A page calls fields by their labels, not by their names."""
        for name in PLANNED:
            detail = re.sub(rf"\b{name}\b", f"“{self.fields[name].label}”", detail)
        return detail


class VariantForm(forms.ModelForm):
    class Meta:
        model = CampaignVariant
        fields = ("name", "weight", "subject", "preheader", "placement")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name in {MAIN, HOLD_OUT}:
            raise forms.ValidationError(f"{name} means something else here. Choose another name.")
        return name

    def clean_subject(self) -> dict[str, str]:
        return self._lines("subject")

    def clean_preheader(self) -> dict[str, str]:
        return self._lines("preheader")

    def _lines(self, part: Part) -> dict[str, str]:
        lines: dict[str, str] = self.cleaned_data[part] or {}
        version = (
            getattr(self.instance.campaign, "template_version", None) if self.instance.campaign_id else None
        )
        problems = subject_problems(lines, template_version=version, part=part) if version and lines else []
        if problems:
            raise forms.ValidationError(problems)
        return lines


def together(further: dict[str, Any], *, lines: dict[str, Any]) -> dict[str, Any]:
    """The audience's JSON of what the form holds in parts."""
    written = {name: str(lines.get(field) or "").strip() for field, name in LINES.items()}
    return further | {name: text for name, text in written.items() if text}


def asked_by(sent: QueryDict, *, workspace: Workspace) -> Asked:
    """The form as it stands; what is not a number yet counts as left empty."""
    campaign_id, now = sent.get("campaign", ""), timezone.now()
    campaign = access_campaign(workspace, campaign_id=campaign_id) if campaign_id else None
    mails = _number(sent.get("cap_mails"))
    cap = cap_for(
        workspace,
        mails=None if mails is None else int(mails),
        days=min(max(int(_number(sent.get("cap_days")) or 7), 1), 365),
    )
    plan = Plan(
        workspace=workspace,
        kind=sent.get("kind", "") or MailKind.NEWS.value,
        cap=cap,
        at=_hour(sent, workspace=workspace) or now,
        hold_out_percent=min(max(_number(sent.get("hold_out_percent")) or 0.0, 0.0), 90.0),
        campaign=campaign,
    )
    return Asked(workspace=workspace, audience=_audience(sent), plan=plan, now=now)


def _hour(sent: QueryDict, *, workspace: Workspace) -> datetime | None:
    """When it goes out, by the workspace's clock; None while that is no hour yet."""
    try:
        typed = parse_datetime(f"{sent.get('scheduled_at_0')} {sent.get('scheduled_at_1')}")
    except ValueError:
        return None  # shaped like one, such as the 31st of February
    return instant_of(typed.replace(tzinfo=None), zone=workspace.time_zone) if typed else None


def _audience(sent: QueryDict) -> object:
    try:
        further = json.loads(sent.get("audience") or "{}")
    except ValueError:
        further = None
    if not isinstance(further, dict):
        return further
    return together(further, lines=sent.dict())


def _number(text: str | None) -> float | None:
    try:
        found = float(text or "")
    except ValueError:
        return None
    return found if 0 <= found < 30_000 else None
