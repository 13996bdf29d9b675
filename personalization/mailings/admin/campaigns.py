"""Campaigns in the studio: the list with counts, the form, the steps, and the preview as a customer."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from content.admin.pages import actor_of
from content.models import Publication
from omotenashi.accounts.admin_base import WorkspaceAdmin, WorkspaceInline
from omotenashi.accounts.permissions import Action
from omotenashi.accounts.sessions import current_workspace, may
from omotenashi.errors import InvalidInput, NotFound
from personalization.mailings import selectors, services
from personalization.mailings.admin.campaign_form import LINES, CampaignForm, VariantForm, asked_by
from personalization.mailings.admin.clock import on_workspace_clock, shown_now
from personalization.mailings.admin.steps import attempt
from personalization.mailings.engine.states import CampaignState, campaign_may
from personalization.mailings.labels import CAMPAIGN, ago, chip, duration
from personalization.mailings.models import Campaign, CampaignCopy, CampaignSeries, CampaignVariant
from personalization.mailings.outcomes import outcome_report
from personalization.mailings.peek import peek
from personalization.mailings.preflight import preflight
from personalization.mailings.preview import find_customer, preview
from personalization.mailings.services.subject_lines import (
    LinesAsked,
    products_of_copy,
    use_approved_lines,
    write_subject_lines,
)
from personalization.mailings.services.verdicts import latest_check, running_check
from personalization.mailings.views import LETTER_POLICY
from personalization.mailings.written_lines import written_lines

# Step → (what it does, the state it leads to, what the studio says afterwards).
STEPS: dict[str, tuple[Callable[[Campaign], Any], CampaignState, str]] = {
    "schedule": (services.schedule, CampaignState.SCHEDULED, "Scheduled."),
    "unschedule": (
        services.unschedule,
        CampaignState.DRAFT,
        "Back to draft: change it, then schedule it again.",
    ),
    "pause": (services.pause, CampaignState.PAUSED, "Paused. Mails already handed over are not called back."),
    "resume": (services.resume, CampaignState.SENDING, "Going on where it stopped."),
    "cancel": (services.cancel, CampaignState.CANCELED, "Canceled. Mails not yet begun are skipped."),
}


OUTCOME_AT_ONCE = 20_000
"""Messages of a campaign whose clicks and orders are counted with the page; for more one asks."""


FIELDSETS = (
    (None, {"fields": ("name", "kind", "template_version", ("placement", "product_count"))}),
    (
        "Who receives it",
        {"fields": ("expression", "exclusion", "audience", "hold_out_percent", ("cap_mails", "cap_days"))},
    ),
    (
        "When",
        {
            "fields": ("scheduled_at", "by_local_time", "by_best_hour", ("quiet_from", "quiet_until")),
            "description": "To send it again and again, save it and say so under Repeat.",
        },
    ),
    (
        "How fast, and when to stop",
        {"fields": (("wave_size", "wave_minutes"), ("max_bounce_percent", "max_complaint_percent"))},
    ),
    ("What it brings", {"fields": ("winner_rule", "attribution_days")}),
)


class CopyInline(WorkspaceInline):
    model = CampaignCopy
    fields = ("locale", "publication", "variant")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        live = Publication.objects.live().filter(workspace=current_workspace(request))
        return super().formfield_for_foreignkey(db_field, request, **{"queryset": live, **kwargs})


class VariantInline(WorkspaceInline):
    model = CampaignVariant
    form = VariantForm
    fields = ("name", "weight", "subject", "preheader", "placement")


@admin.register(Campaign)
class CampaignAdmin(WorkspaceAdmin):
    form = CampaignForm
    inlines = (CopyInline, VariantInline)
    list_display = ("name", "state_chip", "scheduled_at", "progress", "uncertain")
    list_filter = ("state",)
    search_fields = ("name",)
    list_select_related = ("template_version__template",)
    change_form_outer_before_template = "mailings/campaign_panel.html"
    fieldsets = FIELDSETS
    actions = ("pause_chosen", "resume_chosen", "cancel_chosen")

    class Media:
        js = ("personalization/audience.js",)

    @admin.display(description="Who receives it")
    def expression(self, campaign: Campaign) -> str:
        """Where the form is only looked at."""
        return str(campaign.audience.get("expression") or "everyone who agreed to mail")

    @admin.display(description="Except")
    def exclusion(self, campaign: Campaign) -> str:
        return str(campaign.audience.get("except") or "–")

    @admin.display(description="State", ordering="state")
    def state_chip(self, campaign: Campaign) -> str:
        return chip(campaign.state, colours=CAMPAIGN)

    @admin.display(description="Sent")
    def progress(self, campaign: Campaign) -> str:
        counts = self._counts(campaign)
        return f"{counts['sent']:,} of {counts['total']:,}" if counts["total"] else "–"

    @admin.display(description="In doubt")
    def uncertain(self, campaign: Campaign) -> str:
        return str(self._counts(campaign)["in_doubt"] or "–")

    @staticmethod
    def _counts(campaign: Campaign) -> dict[str, int]:
        if not hasattr(campaign, "_counts"):
            campaign._counts = selectors.message_counts(campaign)  # type: ignore[attr-defined]
        counts: dict[str, int] = campaign._counts  # type: ignore[attr-defined]
        return counts

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Where the form is only looked at, its JSON says nothing that does not stand in words above."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj) or set(obj.audience) - set(LINES.values()):
            return sets
        return [
            (name, {**own, "fields": [field for field in own["fields"] if field != "audience"]})
            for name, own in sets
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_editable)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and obj.is_editable and super().has_delete_permission(request, obj)

    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Who may set mail going, and stop it."""
        return may(request, "approve")

    @admin.action(description="Pause", permissions=["approve"])
    def pause_chosen(self, request: HttpRequest, queryset: Any) -> None:
        self._step_all(request, queryset, name="pause")

    @admin.action(description="Resume", permissions=["approve"])
    def resume_chosen(self, request: HttpRequest, queryset: Any) -> None:
        self._step_all(request, queryset, name="resume")

    @admin.action(description="Cancel", permissions=["approve"])
    def cancel_chosen(self, request: HttpRequest, queryset: Any) -> None:
        self._step_all(request, queryset, name="cancel")

    @staticmethod
    def _step_all(request: HttpRequest, queryset: Any, *, name: str) -> None:
        step, _, done = STEPS[name]
        for campaign in queryset.select_related("workspace"):
            attempt(request, lambda campaign=campaign: step(campaign), done=f"{campaign}: {done}")  # type: ignore[misc]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("audience/", view(self.audience_view), name="mailings_campaign_audience"),
            path("<uuid:campaign_id>/winner/", view(self.winner_view), name="mailings_campaign_winner"),
            path("<uuid:campaign_id>/step/", view(self.step_view), name="mailings_campaign_step"),
            path("<uuid:campaign_id>/repeat/", view(self.repeat_view), name="mailings_campaign_repeat"),
            path("<uuid:campaign_id>/subjects/", view(self.subjects_view), name="mailings_campaign_subjects"),
            path("<uuid:campaign_id>/check/", view(self.check_view), name="mailings_campaign_check"),
            path("<uuid:campaign_id>/preview/", view(self.preview_view), name="mailings_campaign_preview"),
            path(
                "<uuid:campaign_id>/preview/letter/", view(self.letter_view), name="mailings_campaign_letter"
            ),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        context = {**(extra_context or {})}
        if object_id and request.method == "GET":
            campaign = self._campaign(request, object_id, action="view")
            context |= self._panel(request, campaign)
        with on_workspace_clock(request):
            return shown_now(super().changeform_view(request, object_id, form_url, context))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        with on_workspace_clock(request):
            return shown_now(super().changelist_view(request, extra_context))

    def _panel(self, request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
        """What the page says above the form."""
        is_draft = campaign.state == CampaignState.DRAFT
        check = latest_check(campaign)
        skipped = check.report["skipped"].items() if check else []
        counts = selectors.message_counts(campaign)
        is_quick = counts["total"] <= OUTCOME_AT_ONCE or "outcome" in request.GET
        return {
            "campaign": campaign,
            "chip": chip(campaign.state, colours=CAMPAIGN),
            "counts": counts,
            "reasons": selectors.skip_reasons(campaign),
            "preflight": preflight(campaign) if is_draft else None,
            "series": CampaignSeries.objects.filter(pattern=campaign).first(),
            "may_repeat": is_draft and may(request, "approve"),
            "check": check,
            "check_ago": ago(check.finished_at, now=timezone.now()) if check else "",
            "check_time": duration(check.report["seconds"]) if check else "",
            "check_skipped": [(why, people) for why, people in skipped if people],
            "check_job": running_check(campaign),
            "may_check": is_draft and may(request, "write"),
            "written": written_lines(campaign) if is_draft else None,
            "lines_about": ", ".join(products_of_copy(campaign)) if is_draft else "",
            "steps": _possible_steps(campaign) if may(request, "approve") else [],
            "outcome": outcome_report(campaign, now=timezone.now()) if is_quick else None,
            "variant_names": [own.name for own in campaign.variants.all()],
            "may_decide": may(request, "approve") and bool(campaign.prepared_at) and not campaign.winner,
        }

    def step_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """POST only: a link must not set mail going."""
        campaign = self._campaign(request, campaign_id, action="approve")
        name = request.POST.get("step", "")
        if request.method != "POST" or name not in STEPS:
            raise Http404("There is no such step.")
        step, _, done = STEPS[name]
        attempt(request, lambda: step(campaign), done=done)
        return HttpResponseRedirect(reverse("admin:mailings_campaign_change", args=[campaign.pk]))

    def check_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """POST only: the pre-flight over the whole audience is a job."""
        campaign = self._campaign(request, campaign_id, action="write")
        if request.method != "POST":
            raise Http404("Post here to check the whole audience.")
        services.request_check(campaign)
        return HttpResponseRedirect(reverse("admin:mailings_campaign_change", args=[campaign.pk]))

    def subjects_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """POST only: has lines written, or makes variants of those that were approved."""
        campaign = self._campaign(request, campaign_id, action="write")
        if request.method != "POST":
            raise Http404("Post here to have subject lines written.")
        if "use" in request.POST:
            done = "The approved lines are variants now."
            attempt(request, lambda: use_approved_lines(campaign), done=done)
        else:
            products = [own.strip() for own in request.POST.get("products", "").split(",") if own.strip()]
            asked = LinesAsked(product_ids=products, audience=request.POST.get("audience", ""))
            attempt(
                request,
                lambda: write_subject_lines(campaign, asked=asked, by=actor_of(request)),
                done="Subject lines are being written.",
            )
        return HttpResponseRedirect(reverse("admin:mailings_campaign_change", args=[campaign.pk]))

    def repeat_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """POST only: from now on a copy of this draft goes out by the rule, or none any more."""
        campaign = self._campaign(request, campaign_id, action="approve")
        if request.method != "POST":
            raise Http404("Post here to repeat the campaign.")
        if "stop" in request.POST:
            attempt(request, lambda: services.stop_repeating(campaign), done="It does not repeat any more.")
        else:
            rule = request.POST.get("rule", "")
            attempt(request, lambda: services.repeat(campaign, rule=rule), done="It repeats from now on.")
        return HttpResponseRedirect(reverse("admin:mailings_campaign_change", args=[campaign.pk]))

    def winner_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """POST only, like every step."""
        campaign = self._campaign(request, campaign_id, action="approve")
        if request.method != "POST":
            raise Http404("There is no such step.")
        name = request.POST.get("winner", "")
        attempt(
            request,
            lambda: services.choose_winner(campaign, name=name),
            done=f"Mails that wait carry {name} now.",
        )
        return HttpResponseRedirect(reverse("admin:mailings_campaign_change", args=[campaign.pk]))

    def audience_view(self, request: HttpRequest) -> HttpResponse:
        """How many, and who for example? For the form, while one types."""
        workspace = current_workspace(request)
        if workspace is None or not may(request, "view"):
            raise PermissionDenied("Your role does not allow this.")
        try:
            return JsonResponse(peek(asked_by(request.GET, workspace=workspace)))
        except NotFound as error:
            raise Http404(error.detail) from error

    def preview_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        campaign = self._campaign(request, campaign_id, action="view")
        words, variant = request.GET.get("customer", ""), request.GET.get("variant", "")
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": f"Preview: {campaign}",
            "campaign": campaign, "words": words, "variant": variant,
            "variant_names": [own.name for own in campaign.variants.all()],
            "people": selectors.audience_of(campaign).order_by("id")[:12],
        }  # fmt: skip
        try:
            customer = find_customer(campaign, words=words)
            shown = preview(campaign, customer=customer, variant=variant)
            context |= {"customer": customer, "shown": shown, "mail": shown.mail}
        except (NotFound, InvalidInput) as error:
            context["error"] = error.detail
        return TemplateResponse(request, "mailings/preview.html", context)

    def letter_view(self, request: HttpRequest, campaign_id: Any) -> HttpResponse:
        """The HTML alone, for the frame: it can run nothing, neither there nor in a tab of its own."""
        campaign = self._campaign(request, campaign_id, action="view")
        try:
            customer = find_customer(campaign, words=request.GET.get("customer", ""))
            shown = preview(campaign, customer=customer, variant=request.GET.get("variant", ""))
        except (NotFound, InvalidInput) as error:
            raise Http404(error.detail) from error
        return HttpResponse(shown.mail.html, headers={"Content-Security-Policy": LETTER_POLICY})

    @staticmethod
    def _campaign(request: HttpRequest, campaign_id: Any, *, action: Action) -> Campaign:
        workspace = current_workspace(request)
        if workspace is None or not may(request, action):
            raise PermissionDenied("Your role does not allow this.")
        try:
            return selectors.access_campaign(workspace, campaign_id=campaign_id)
        except NotFound as error:
            raise Http404(error.detail) from error


def _possible_steps(campaign: Campaign) -> list[tuple[str, str]]:
    """Steps whose arrow is drawn from where the campaign stands. Resuming is for what was paused."""
    state = CampaignState(campaign.state)
    possible = [name for name, (_, to, _) in STEPS.items() if campaign_may(state, become=to)]
    if state != CampaignState.PAUSED:
        possible = [name for name in possible if name != "resume"]
    return [(name, name.capitalize()) for name in possible]
