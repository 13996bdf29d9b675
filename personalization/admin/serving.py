"""The record of what was recommended."""

from collections import Counter

from django.contrib import admin
from django.contrib.admin import display

from personalization.admin.reading import ReadOnlyAdmin
from personalization.models import Recommendation


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
