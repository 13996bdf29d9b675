"""Placements, which a marketer sets, and the record of what was recommended."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin import display

from omotenashi.accounts.admin_base import WorkspaceAdmin
from personalization.admin.reading import ReadOnlyAdmin
from personalization.engine.placements import InvalidSettings, settings_for
from personalization.models import Placement, Recommendation


class PlacementForm(forms.ModelForm):
    class Meta:
        model = Placement
        fields = ("key", "settings")

    def clean_settings(self) -> dict[str, Any]:
        settings = self.cleaned_data["settings"] or {}
        key = self.cleaned_data.get("key") or "home"
        if not isinstance(settings, dict):
            raise forms.ValidationError('Write an object, such as {"count": 8}.')
        try:
            settings_for(key, own={key: settings})
        except InvalidSettings as error:
            raise forms.ValidationError(str(error)) from error
        return settings


@admin.register(Placement)
class PlacementAdmin(WorkspaceAdmin):
    form = PlacementForm
    list_display = ("key", "settings", "updated_at")
    ordering = ("key",)


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    list_display = ("at", "placement", "customer", "item_count", "sources", "is_fallback")
    list_filter = ("placement",)
    list_select_related = ("customer",)
    search_fields = ("customer__external_id", "customer__email_normalized", "anonymous_id")
    ordering = ("-id",)
    fields = ("at", "placement", "customer", "anonymous_id", "items", "fallback", "model_version")

    @display(description="Items")
    def item_count(self, row: Recommendation) -> int:
        return len(row.items)

    @display(description="Sources")
    def sources(self, row: Recommendation) -> str:
        counts = Counter(item["source"] for item in row.items)
        return ", ".join(f"{source} {count}" for source, count in counts.most_common())

    @display(description="Fallback", boolean=True)
    def is_fallback(self, row: Recommendation) -> bool:
        return bool(row.fallback.get("used"))
