"""What is known of a customer, for the shop's own servers."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from omotenashi.api.limits import Limited
from omotenashi.api.views import WorkspaceView
from personalization.api.recommendations import QUERY, answer, query_of
from personalization.api.serializers import AnswerBody
from personalization.models import Customer, Order
from personalization.selectors.customers import access_customer, has_email_consent, recent_orders

ORDERS_SHOWN = 20


class OrderBody(serializers.ModelSerializer[Order]):
    order_id = serializers.CharField(source="external_id")

    class Meta:
        model = Order
        fields = ("order_id", "placed_at", "status", "currency", "revenue")


class CustomerBody(serializers.ModelSerializer[Customer]):
    customer_id = serializers.CharField(source="external_id")
    email_consent = serializers.SerializerMethodField()
    recent_orders = serializers.SerializerMethodField()

    class Meta:
        model = Customer
        fields = (
            "customer_id", "email", "first_name", "last_name", "locale", "country", "time_zone", "traits",
            "email_consent", "recent_orders", "created_at",
        )  # fmt: skip

    def get_email_consent(self, customer: Customer) -> bool:
        return has_email_consent(customer)

    def get_recent_orders(self, customer: Customer) -> list[dict[str, Any]]:
        return [dict(row) for row in OrderBody(recent_orders(customer)[:ORDERS_SHOWN], many=True).data]


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
