"""Suppressed addresses: added by hand or by the system, never changed or removed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from omotenashi.accounts.admin_base import WorkspaceAdmin
from omotenashi.accounts.sessions import current_workspace
from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.models import Suppression
from personalization.mailings.services import suppress


class SuppressionForm(forms.ModelForm):
    class Meta:
        model = Suppression
        fields = ("address_normalized",)

    def clean_address_normalized(self) -> str:
        address = normalize_address(self.cleaned_data["address_normalized"])
        if address is None:
            raise forms.ValidationError("This is not a mail address. Write it like name@example.com.")
        return address


@admin.register(Suppression)
class SuppressionAdmin(WorkspaceAdmin):
    form = SuppressionForm
    list_display = ("address_normalized", "reason", "source", "at")
    list_filter = ("reason",)
    search_fields = ("address_normalized",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Suppression, form: forms.ModelForm, change: bool) -> None:
        workspace = current_workspace(request)
        assert workspace is not None  # has_add_permission let the person in
        saved = suppress(
            workspace,
            address=obj.address_normalized,
            reason=Suppression.Reason.MANUAL,
            source=f"studio: {request.user}",
        )
        obj.pk, obj.workspace = saved.pk, saved.workspace
