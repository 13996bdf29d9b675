"""Studio pages for people, the workspace and API keys."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace, may
from omotenashi.accounts.models import ApiKey, Membership, Workspace
from omotenashi.accounts.services import create_api_key, revoke_api_key

admin.site.unregister(Group)  # roles come from memberships


@admin.register(ApiKey)
class ApiKeyAdmin(WorkspaceAdmin):
    write_action = "administer"
    list_display = ("name", "kind", "prefix", "last_used_at", "is_usable")
    fields = ("name", "kind")
    actions = ("revoke",)

    @admin.display(boolean=True, description="active")
    def is_usable(self, key: ApiKey) -> bool:
        return key.is_active

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: forms.ModelForm, change: bool) -> None:
        workspace = current_workspace(request)
        assert workspace is not None
        key, plain = create_api_key(workspace, kind=obj.kind, name=obj.name)
        obj.pk, obj.workspace = key.pk, workspace
        messages.warning(request, f"Copy this key now, it is not shown again: {plain}")

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        response: HttpResponse = self.response_post_save_add(request, obj)
        return response

    @admin.action(description="Revoke: the shop using it is locked out at once", permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            revoke_api_key(key)
        messages.success(request, f"Revoked: {', '.join(str(key) for key in queryset)}")


@admin.register(Workspace)
class WorkspaceSettingsAdmin(ModelAdmin):
    list_display = ("name", "default_locale", "currency", "site_url")
    fields = (
        "name", "site_url", "default_locale", "locales", "currency", "time_zone",
        "sender_name", "sender_email", "postal_address",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        workspace = current_workspace(request)
        return Workspace.objects.filter(pk=workspace.pk) if workspace else Workspace.objects.none()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "administer") and (obj is None or obj == current_workspace(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Membership)
class MembershipAdmin(WorkspaceAdmin):
    write_action = "administer"
    list_display = ("user", "role")
    list_select_related = ("user",)
    fields = ("user", "role")
