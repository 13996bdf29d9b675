"""Orders, as the shop sent them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline

from personalization.admin.reading import ReadOnlyAdmin
from personalization.models import Order, OrderLine


class LineInline(TabularInline):
    model = OrderLine
    extra = 0
    fields = readonly_fields = ("product_external_id", "title", "quantity", "unit_price")
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # who sees the order sees its lines

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    inlines = (LineInline,)
    list_display = ("external_id", "customer", "placed_at", "status", "revenue", "currency", "source")
    list_filter = ("status", "source", "country")
    list_select_related = ("customer",)
    search_fields = ("external_id", "customer__email_normalized", "customer__external_id")
    ordering = ("-placed_at",)
    fields = (
        "external_id", "customer", "placed_at", "status", "status_changed_at", "revenue", "currency",
        "country", "source",
    )  # fmt: skip
