"""Placements in the studio: the list, the form, the live check of a filter, the preview."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify

from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace, may
from omotenashi.accounts.models import Workspace
from omotenashi.accounts.permissions import Action
from omotenashi.marks import touch_workspace
from personalization.admin.placement_form import (
    ACTIONS,
    MIXES,
    PURPOSES,
    SOURCE_WORDS,
    default_of,
    fields_of,
    sent_settings,
)
from personalization.admin.placement_preview import preview_page
from personalization.engine.placements import DEFAULTS, InvalidSettings, settings_for
from personalization.models import Placement
from personalization.services.filter_check import check_filter


@admin.register(Placement)
class PlacementAdmin(WorkspaceAdmin):
    list_display = ("name", "purpose", "sources", "mixture", "products", "rule_count", "updated_at")
    ordering = ("key",)
    list_before_template = "personalization/placements_before.html"

    @display(description="Placement", ordering="key")
    def name(self, placement: Placement) -> str:
        return placement.key

    @display(description="What it is for")
    def purpose(self, placement: Placement) -> str:
        return PURPOSES.get(placement.key, "Made by your shop.")

    @display(description="Sources")
    def sources(self, placement: Placement) -> str:
        mix = placement.settings.get("mix") or default_of(placement.key).mix
        order = sorted(mix, key=lambda name: -mix[name])
        return ", ".join(SOURCE_WORDS.get(name, (name, ""))[0] for name in order[:3])

    @display(description="Repeat and new")
    def mixture(self, placement: Placement) -> str:
        fields = fields_of(placement.key, settings=placement.settings)
        names = {name: title for name, title, _ in MIXES}
        return f"{fields['share_percent']} % repeats" if fields["mode"] == "mix" else names[fields["mode"]]

    @display(description="Filter")
    def products(self, placement: Placement) -> SafeString | str:
        text = placement.settings.get("filter", "")
        return format_html("<code>{}</code>", text[:60]) if text else "–"

    @display(description="Rules")
    def rule_count(self, placement: Placement) -> str:
        return str(len(placement.settings.get("rules", [])) or "–")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.preview_view), name="personalization_placement_preview"),
            path("check/", view(self.check_view), name="personalization_placement_check"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = current_workspace(request)
        own = set(Placement.objects.filter(workspace=workspace).values_list("key", flat=True))
        untouched = [(key, PURPOSES.get(key, "")) for key in DEFAULTS if key not in own]
        context = {
            "untouched": untouched,
            "has_none": not own,
            "may_write": self.has_add_permission(request),
            **(extra_context or {}),
        }
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """A page of our own: nobody should have to write JSON."""
        is_writing = request.method == "POST" or not object_id
        workspace = workspace_of(request, action="write" if is_writing else "view")
        placement = self._placement(request, workspace=workspace, object_id=object_id)
        if request.method != "POST":
            return self._form(request, placement, settings=placement.settings)
        is_new = placement._state.adding
        if is_new:
            placement.key = slugify(request.POST.get("key", ""))[:60]
        return self._answer_form(request, placement)

    def _answer_form(self, request: HttpRequest, placement: Placement) -> HttpResponse:
        """Saves the form, or settings that come back from the preview; `resume` only shows those again."""
        saved = placement.settings
        try:
            settings = sent_settings(placement.key, data=request.POST)
        except InvalidSettings as error:
            return self._form(request, placement, settings=saved, problem=error)
        if "resume" in request.POST:
            return self._form(request, placement, settings=settings)
        try:
            self._save(placement, settings=settings)
        except InvalidSettings as error:
            return self._form(request, placement, settings=settings, problem=error)
        messages.success(request, f"Saved. The next answer of “{placement.key}” follows it.")
        return HttpResponseRedirect(reverse("admin:personalization_placement_change", args=[placement.pk]))

    def _placement(self, request: HttpRequest, *, workspace: Workspace, object_id: str | None) -> Placement:
        if object_id is None:
            return Placement(workspace=workspace, key=slugify(request.GET.get("key", ""))[:60])
        found: Placement | None = self.get_object(request, object_id)
        if found is None:
            raise Http404("There is no such placement.")
        return found

    @staticmethod
    def _save(placement: Placement, *, settings: dict[str, Any]) -> None:
        if not placement.key:
            raise InvalidSettings("Give the placement a name, such as home or sale-page.", field="key")
        settings_for(placement.key, own={placement.key: settings})
        placement.settings = settings
        try:
            with transaction.atomic():
                placement.save()
                touch_workspace(placement.workspace_id)
        except IntegrityError as error:
            detail = f"There is a placement “{placement.key}” already. Open that one, or choose another name."
            raise InvalidSettings(detail, field="key") from error

    def _form(
        self,
        request: HttpRequest,
        placement: Placement,
        *,
        settings: dict[str, Any],
        problem: InvalidSettings | None = None,
    ) -> TemplateResponse:
        rules = settings.get("rules")
        shown = {**settings, "rules": rules if isinstance(rules, list) else []}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "model_admin": self,
            "title": placement.key or "New placement",
            "placement": placement,
            "is_new": placement._state.adding,
            "purpose": PURPOSES.get(placement.key, ""),
            "fields": fields_of(placement.key, settings=shown),
            "mixes": MIXES,
            "actions": ACTIONS,
            "problem": problem,
            "problem_rule": _rule_number(problem),
            "may_write": may(request, "write"),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "personalization/placement.html", context)

    def check_view(self, request: HttpRequest) -> HttpResponse:
        """Is this a filter, and how many products pass it? For the form, while one types."""
        workspace = workspace_of(request, action="view")
        return JsonResponse(check_filter(workspace, text=request.GET.get("filter", "")))

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "model_admin": self,
            "title": "Preview",
            **preview_page(workspace, request=request),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "personalization/placement_preview.html", context)


def workspace_of(request: HttpRequest, *, action: Action) -> Workspace:
    workspace = current_workspace(request)
    if workspace is None or not may(request, action):
        raise PermissionDenied("Your role does not allow this.")
    return workspace


def _rule_number(problem: InvalidSettings | None) -> int | None:
    """Which row of the rules is wrong, from 0."""
    parts = problem.field.split("/") if problem else []
    return int(parts[1]) if len(parts) > 1 and parts[0] == "rules" else None
