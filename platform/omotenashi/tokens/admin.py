"""Studio page of the token accounts: what each month has cost, and the limit."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace
from omotenashi.errors import OmotenashiError
from omotenashi.tokens.models import TokenAccount
from omotenashi.tokens.services import open_account, set_limit, this_month


class LimitForm(forms.ModelForm):
    class Meta:
        model = TokenAccount
        fields = ("limit",)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                set_limit(self.instance.workspace, tokens=cleaned.get("limit"))
            except OmotenashiError as error:
                self.add_error("limit", error.detail)
        return cleaned


@admin.register(TokenAccount)
class TokenAccountAdmin(WorkspaceAdmin):
    """The limit holds from now on; months that are over cannot be changed."""

    write_action = "administer"
    form = LimitForm
    list_display = ("month", "limit", "written", "reserved", "left", "read")
    fields = ("limit", "written", "reserved", "left", "read")
    readonly_fields = ("written", "reserved", "left", "read")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        workspace = current_workspace(request)
        if workspace is not None:
            open_account(workspace)  # a month in which nothing was written yet can have a limit too
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def save_model(self, request: HttpRequest, obj: TokenAccount, form: Any, change: bool) -> None:
        """Nothing: the form's check has set the limit, under the row's lock."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_now = obj is None or obj.month == this_month()
        return is_now and super().has_change_permission(request, obj)
