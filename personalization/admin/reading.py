"""Rows that come through the API: the studio shows them and changes nothing."""

from typing import Any

from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin


class ReadOnlyAdmin(WorkspaceAdmin):
    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
