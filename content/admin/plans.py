"""Plans in the studio: what each content type holds, to read, to copy and to edit."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from content import services
from content.admin.pages import StudioPages, actor_of, register, told, workspace_of
from content.engine.own_plans import plan_text
from content.engine.plans import CONTENT_PLANS
from content.labels import CONTENT_TYPES
from content.models import ContentPlan
from omotenashi.errors import InvalidInput


@register(ContentPlan)
class ContentPlanAdmin(StudioPages):
    def get_urls(self) -> list[URLPattern]:
        return [
            self.route("copy/<str:content_type>/", self.copy_page, name="contentplan_copy"),
            self.route("plan/<slug:key>/", self.plan_page, name="contentplan_plan"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False  # a plan begins as the copy of another

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        packaged = [
            {"key": name, "plan": plan, "icon": CONTENT_TYPES[name][0], "hint": CONTENT_TYPES[name][1]}
            for name, plan in CONTENT_PLANS.items()
        ]
        own = ContentPlan.objects.for_workspace(workspace).select_related("changed_by")
        return self.page(request, "content/plans.html", title="Plans", packaged=packaged, own=own)

    @told
    def copy_page(self, request: HttpRequest, content_type: str) -> HttpResponse:
        """A packaged plan to read; saving makes a copy of one's own."""
        if content_type not in CONTENT_PLANS:
            return HttpResponseRedirect(reverse("admin:content_contentplan_changelist"))
        label = CONTENT_PLANS[content_type].label
        return self._edited(request, text=plan_text(content_type), title=f"{label}: your own plan", plan=None)

    @told
    def plan_page(self, request: HttpRequest, key: str) -> HttpResponse:
        workspace = workspace_of(request, action="view")
        plan = ContentPlan.objects.for_workspace(workspace).filter(key=key).first()
        if plan is None:
            return HttpResponseRedirect(reverse("admin:content_contentplan_changelist"))
        return self._edited(request, text=plan.text, title=plan.name, plan=plan)

    def _edited(
        self, request: HttpRequest, *, text: str, title: str, plan: ContentPlan | None
    ) -> HttpResponse:
        workspace_of(request, action="write" if request.method == "POST" else "view")
        key = plan.key if plan else request.POST.get("key", "")
        if request.method == "POST":
            text = request.POST.get("text", "")
            try:
                return self._save(request, key=key, text=text)
            except InvalidInput as error:
                messages.error(request, error.detail)
        return self.page(request, "content/plan.html", title=title, key=key, text=text, plan=plan)

    @staticmethod
    def _save(request: HttpRequest, *, key: str, text: str) -> HttpResponse:
        workspace = workspace_of(request, action="write")
        if "delete" in request.POST:
            services.delete_plan(workspace, key=key)
            messages.success(request, "The plan is gone. Its briefs go on with the packaged one.")
        else:
            plan = services.save_plan(workspace, key=key, text=text, by=actor_of(request))
            messages.success(request, f"Saved. “{plan.name}” can be chosen in new briefs.")
        return HttpResponseRedirect(reverse("admin:content_contentplan_changelist"))
