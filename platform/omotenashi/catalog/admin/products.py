"""The product list and a product's page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.postgres.forms import SimpleArrayField
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from omotenashi.accounts.admin_base import WorkspaceAdmin, current_workspace
from omotenashi.catalog.admin.inlines import FactInline, TitleInline
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import categories_of
from omotenashi.catalog.services import request_vectors

MAX_CATEGORIES_OFFERED = 200


class CategoryFilter(admin.SimpleListFilter):
    title = "category"
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        workspace = current_workspace(request)
        names = categories_of(workspace) if workspace else []
        return [(name, name) for name in names[:MAX_CATEGORIES_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(categories__contains=[self.value()]) if self.value() else queryset


class StockFilter(admin.SimpleListFilter):
    title = "stock"
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("in", "Can be bought"), ("out", "Cannot be bought"), ("gone", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        rows: Any = queryset  # Any: ProductQuerySet's own methods
        if self.value() == "gone":
            return queryset.filter(archived_at__isnull=False)
        live = rows.live()
        sellable = Product.objects.sellable().values("id")
        by_choice = {"in": rows.sellable, "out": lambda: live.exclude(id__in=sellable)}
        return by_choice.get(self.value() or "", lambda: live)()  # type: ignore[no-any-return]


class ProductForm(forms.ModelForm):
    categories = SimpleArrayField(
        forms.CharField(max_length=300),
        delimiter="\n",  # names hold commas
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="One a line, the widest first.",
    )

    class Meta:
        model = Product
        fields = "__all__"  # noqa: DJ007  the page's fieldsets choose


@admin.register(Product)
class ProductAdmin(WorkspaceAdmin):
    form = ProductForm
    inlines = (FactInline, TitleInline)
    list_display = ("picture", "name", "category", "offer", "stock_state", "fact_count")
    list_display_links = ("picture", "name")
    list_filter = (CategoryFilter, StockFilter)
    search_fields = ("title", "external_id", "sku", "titles__title")
    search_help_text = "A title in any language, an id or an SKU"
    ordering = ("-id",)
    list_before_template = "catalog/products_before.html"
    compressed_fields = True
    readonly_fields = ("picture_large",)
    fieldsets = (
        (None, {"fields": ("picture_large", "title", "description", "brand", "categories")}),
        ("Offer", {"fields": ("price", "currency", "stock", "available")}),
        (
            "Identity",
            {
                "fields": ("external_id", "sku", "group_id", "url", "image_url", "attributes"),
                "classes": ("collapse",),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        rows: QuerySet[Product] = super().get_queryset(request)
        return rows.annotate(number_of_facts=Count("facts", distinct=True))

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "external_id") if obj else self.readonly_fields

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        workspace = current_workspace(request)
        own = {"currency": workspace.currency} if workspace else {}
        return {**own, **super().get_changeform_initial_data(request)}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        workspace = current_workspace(request)
        is_empty = not Product.objects.filter(workspace=workspace).exists()
        context = {"catalogue_is_empty": is_empty, "can_write": self.has_add_permission(request)}
        response: HttpResponse = super().changelist_view(request, {**context, **(extra_context or {})})
        return response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        request_vectors(form.instance.workspace, product_ids=[form.instance.pk])

    @admin.display(description="")
    def picture(self, product: Product) -> SafeString:
        return _picture(product, size=40)

    @admin.display(description="picture")
    def picture_large(self, product: Product) -> SafeString:
        return _picture(product, size=160)

    @admin.display(description="product", ordering="title")
    def name(self, product: Product) -> str:
        return product.title

    @admin.display(description="category")
    def category(self, product: Product) -> str:
        return product.categories[-1] if product.categories else "–"

    @admin.display(description="price", ordering="price")
    def offer(self, product: Product) -> str:
        return f"{product.price} {product.currency}"

    @display(  # type: ignore[untyped-decorator]  # unfold's
        description="stock",
        ordering="stock",
        label={"Archived": "info", "Sold out": "danger", "Off sale": "warning"},
    )
    def stock_state(self, product: Product) -> str:
        if product.archived_at:
            return "Archived"
        if not product.available:
            return "Off sale"
        if product.stock is None:
            return "In stock"
        return f"{product.stock} in stock" if product.stock else "Sold out"

    @admin.display(description="facts", ordering="number_of_facts")
    def fact_count(self, product: Any) -> int:  # Any: a product with the list's annotation
        return int(product.number_of_facts)


def _picture(product: Product, *, size: int) -> SafeString:
    if not product.image_url:
        return format_html('<span class="material-symbols-outlined" title="{}">image</span>', "No picture")
    return format_html(
        '<img src="{}" alt="" width="{}" height="{}" loading="lazy" referrerpolicy="no-referrer"'
        ' style="object-fit: cover; border-radius: 6px">',
        product.image_url,
        size,
        size,
    )
