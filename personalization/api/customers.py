"""What is known of a customer, for the shop's own servers."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.limits import Limited
from omotenashi.api.views import WorkspaceView
from personalization.api.recommendations import QUERY, answer, query_of
from personalization.api.serializers import AnswerBody
from personalization.models import Customer, CustomerTiming, Order, ProductDue
from personalization.selectors.customers import access_customer, has_email_consent, recent_orders
from personalization.selectors.timing import timing_of

ORDERS_SHOWN = 20


class OrderBody(serializers.ModelSerializer[Order]):
    order_id = serializers.CharField(source="external_id")

    class Meta:
        model = Order
        fields = ("order_id", "placed_at", "status", "currency", "revenue")


class DueBody(serializers.ModelSerializer[ProductDue]):
    product_id = serializers.CharField(source="product.external_id")

    class Meta:
        model = ProductDue
        fields = ("product_id", "days_bought", "interval_days", "due_at", "early_at", "late_at", "chance")


class TimingBody(serializers.ModelSerializer[CustomerTiming]):
    """A forecast as of `as_of`; a date that cannot be vouched for is null."""

    as_of = serializers.DateTimeField(source="model_version.as_of")

    class Meta:
        model = CustomerTiming
        fields = ("as_of", "p7", "p14", "p30", "expected_at", "early_at", "late_at")


class CustomerBody(serializers.ModelSerializer[Customer]):
    customer_id = serializers.CharField(source="external_id")
    email_consent = serializers.SerializerMethodField()
    recent_orders = serializers.SerializerMethodField()
    timing = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = (
            "customer_id", "email", "first_name", "last_name", "locale", "country", "time_zone", "traits",
            "email_consent", "recent_orders", "timing", "created_at",
        )  # fmt: skip

    def get_email_consent(self, customer: Customer) -> bool:
        return has_email_consent(customer)

    def get_recent_orders(self, customer: Customer) -> list[dict[str, Any]]:
        return [dict(row) for row in OrderBody(recent_orders(customer)[:ORDERS_SHOWN], many=True).data]

    @extend_schema_field(TimingBody(allow_null=True))
    def get_timing(self, customer: Customer) -> dict[str, Any] | None:
        """Null before the first night of learning after the customer's first order."""
        timing = timing_of(customer)
        if timing is None:
            return None
        return {
            **TimingBody(timing.row).data,
            "due": [dict(row) for row in DueBody(timing.due, many=True).data],
        }


class CustomerView(WorkspaceView):
    scopes = {"GET": "customers:read"}

    @extend_schema(summary="One customer", responses=CustomerBody)
    def get(self, request: Request, customer_id: str) -> Response:
        return Response(CustomerBody(access_customer(self.workspace, external_id=customer_id)).data)


class BuyAgainView(Limited, WorkspaceView):
    """A secret key's right: it answers with what a person bought."""

    scopes = {"GET": "customers:read"}

    @extend_schema(summary="What is due to be bought again", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, customer_id: str) -> HttpResponse:
        access_customer(self.workspace, external_id=customer_id)
        return answer(self.workspace, query_of(request, placement="buy-again", customer_id=customer_id))


class RecentlyViewedView(Limited, WorkspaceView):
    """Also what they looked at before they signed in. A secret key's right, as above."""

    scopes = {"GET": "customers:read"}

    @extend_schema(summary="What they looked at lately", parameters=QUERY, responses=AnswerBody)
    def get(self, request: Request, customer_id: str) -> HttpResponse:
        access_customer(self.workspace, external_id=customer_id)
        return answer(self.workspace, query_of(request, placement="recently-viewed", customer_id=customer_id))
