"""The base of every studio page about a workspace's rows: filtered to it, and checked by role."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from omotenashi.accounts.permissions import Action
from omotenashi.accounts.sessions import current_workspace, may
from omotenashi.marks import touch_workspace

__all__ = ["WorkspaceAdmin", "WorkspaceInline", "current_workspace", "may"]


class OwnChoices:
    """Choices of a related row are of the same workspace only."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _keep_to_own(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        _keep_to_own(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]


def _keep_to_own(db_field: Any, request: HttpRequest, kwargs: dict[str, Any]) -> None:
    related: type[Model] = db_field.remote_field.model
    if "queryset" not in kwargs and any(field.name == "workspace" for field in related._meta.fields):
        kwargs["queryset"] = related._default_manager.filter(workspace=current_workspace(request))


class WorkspaceAdmin(OwnChoices, ModelAdmin):
    """`write_action` is the right that adding and changing needs; deleting needs it too.

    Whatever is changed here may show in recommendations: kept answers are void.
    """

    write_action: Action = "write"
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        workspace = current_workspace(request)
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(workspace=workspace) if workspace else rows.none()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.workspace = current_workspace(request)
        super().save_model(request, obj, form, change)
        touch_workspace(obj.workspace_id)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        touch_workspace(obj.workspace_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        touched = set(queryset.values_list("workspace_id", flat=True))
        super().delete_queryset(request, queryset)
        for workspace_id in touched:
            touch_workspace(workspace_id)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for inline in formset.forms:  # inline rows belong to their parent's workspace
            if hasattr(inline.instance, "workspace_id"):
                inline.instance.workspace_id = form.instance.workspace_id
        super().save_formset(request, form, formset, change)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_own(request, obj) and may(request, "view")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return may(request, self.write_action)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_own(request, obj) and may(request, self.write_action)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_own(request, obj) and may(request, self.write_action)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        workspace = current_workspace(request)
        owner = getattr(obj, "workspace_id", None)
        return obj is None or (workspace is not None and (owner is None or owner == workspace.pk))


class WorkspaceInline(OwnChoices, TabularInline):
    """Rows shown within their parent; rights come from the person's role, as everywhere."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "write")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "write")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "write")
