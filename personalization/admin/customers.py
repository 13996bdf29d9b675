"""A customer's page: who they are, what they did, and what we would recommend to them now."""

from typing import Any

from django.contrib import admin
from django.contrib.admin import display
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from omotenashi.accounts.admin_base import current_workspace, may
from omotenashi.errors import OmotenashiError
from personalization.admin.reading import ReadOnlyAdmin
from personalization.engine.placements import DEFAULTS
from personalization.models import Customer, Placement
from personalization.selectors.customers import has_email_consent, recent_events, recent_orders
from personalization.selectors.timing import timing_of
from personalization.services.recommending import recommend
from personalization.services.requests import RecommendationAnswer, RecommendationRequest

ORDERS_SHOWN, EVENTS_SHOWN, ITEMS_SHOWN = 10, 25, 6


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("name", "email", "locale", "country", "order_count", "last_order")
    list_filter = ("country", "locale")
    search_fields = ("external_id", "email_normalized", "first_name", "last_name")
    search_help_text = "A name, an address or your shop's id"
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        placed = Q(orders__status="placed")
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(
            orders_placed=Count("orders", filter=placed), latest=Max("orders__placed_at", filter=placed)
        )
        return counted

    @display(description="Customer", ordering="last_name")
    def name(self, customer: Customer) -> str:
        return str(customer)

    @display(description="Orders", ordering="orders_placed")
    def order_count(self, customer: Any) -> int:
        return int(customer.orders_placed)

    @display(description="Last order", ordering="latest")
    def last_order(self, customer: Any) -> Any:
        return customer.latest

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """No form: a page of our own."""
        customer = self.get_object(request, object_id or "")
        if not may(request, "view"):
            raise PermissionDenied("Your role does not allow this.")
        if customer is None:
            raise Http404("There is no such customer.")
        return TemplateResponse(request, "personalization/customer.html", self._page(request, customer))

    def _page(self, request: HttpRequest, customer: Customer) -> dict[str, Any]:
        placement = request.GET.get("placement", "home")
        locale = request.GET.get("locale", "") or customer.locale
        answer, problem = _preview(request, customer, placement=placement, locale=locale)
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "model_admin": self,
            "title": str(customer),
            "customer": customer,
            "has_consent": has_email_consent(customer),
            "orders": recent_orders(customer)[:ORDERS_SHOWN],
            "events": recent_events(customer)[:EVENTS_SHOWN],
            "timing": timing_of(customer),
            "answer": answer,
            "problem": problem,
            "placement": placement,
            "placements": _placements(request),
            "locale": locale,
            "locales": sorted({*customer.workspace.locales, customer.locale, locale} - {""}),
        }


def _preview(
    request: HttpRequest, customer: Customer, *, placement: str, locale: str
) -> tuple[RecommendationAnswer | None, str]:
    """What this customer would see now; nothing is recorded."""
    asked = RecommendationRequest(
        workspace=customer.workspace,
        customer_id=customer.external_id,
        placement=placement,
        locale=locale,
        count=ITEMS_SHOWN,
        dry_run=True,
    )
    try:
        return recommend(asked), ""
    except OmotenashiError as error:
        return None, error.detail


def _placements(request: HttpRequest) -> list[str]:
    workspace = current_workspace(request)
    own = Placement.objects.for_workspace(workspace).values_list("key", flat=True) if workspace else []
    return sorted({*DEFAULTS, *own})
