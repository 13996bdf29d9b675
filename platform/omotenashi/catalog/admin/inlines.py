"""Rows shown within their product or import."""

from typing import Any

from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceInline
from omotenashi.catalog.models import Fact, ProductTitle, RowIssue


class FactInline(WorkspaceInline):
    model = Fact
    fields = ("name", "value", "unit", "kind", "locale")
    ordering = ("name", "locale")
    verbose_name_plural = "facts: what copy may say about it"


class TitleInline(WorkspaceInline):
    model = ProductTitle
    fields = ("locale", "title")
    ordering = ("locale",)
    verbose_name_plural = "titles in other languages"


class IssueInline(WorkspaceInline):
    model = RowIssue
    fields = readonly_fields = ("row_number", "severity", "pointer", "detail", "raw")
    ordering = ("row_number", "id")
    per_page = 50  # unfold pages the inline: a run may hold thousands
    verbose_name_plural = "rows to look at"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
