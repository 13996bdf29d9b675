"""What was bought: orders and their lines, with or without a known customer."""

from django.db import models
from django.db.models import Q

from omotenashi.catalog.models import Product
from omotenashi.records import WorkspaceModel
from personalization.models.customers import Customer


class Order(WorkspaceModel):
    """One order. placed → cancelled | refunded; nothing leads back."""

    class Status(models.TextChoices):
        PLACED = "placed", "Placed"
        CANCELLED = "cancelled", "Cancelled"
        REFUNDED = "refunded", "Refunded"

    external_id = models.CharField(max_length=200)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    anonymous_id = models.CharField(max_length=200, blank=True, default="")
    placed_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PLACED)
    status_changed_at = models.DateTimeField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    revenue = models.DecimalField(max_digits=14, decimal_places=2)
    country = models.CharField(max_length=2, blank=True, default="")
    source = models.CharField(max_length=60, help_text="Where the order came from: track, import, sample.")

    class Meta:
        constraints = [
            # Also serves the look-up by the shop's number when an order is cancelled or sent again.
            models.UniqueConstraint(fields=["workspace", "external_id"], name="order_external_id_unique"),
            models.CheckConstraint(
                condition=Q(status__in=["placed", "cancelled", "refunded"]), name="order_status_known"
            ),
        ]
        indexes = [
            # Serves a customer's purchase history, read for each recommendation.
            models.Index(fields=["customer", "-placed_at"], name="order_by_customer"),
            # Serves the same for a visitor who has not signed in.
            models.Index(
                fields=["workspace", "anonymous_id"], name="order_by_visitor", condition=~Q(anonymous_id="")
            ),
            # Serves the learning job's window of recent orders and the studio's list.
            models.Index(fields=["workspace", "-placed_at"], name="order_by_time"),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(WorkspaceModel):
    """A product in an order. One the catalogue does not know yet keeps the shop's id."""

    workspace = models.ForeignKey(
        # Checked through the order: a second foreign key would cost as much again on each of a million lines.
        "accounts.Workspace",
        on_delete=models.CASCADE,
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    product_external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=500, blank=True, default="")
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        constraints = [
            # Makes a second import of the same file harmless; also serves "the lines of this order".
            models.UniqueConstraint(
                fields=["order", "product_external_id", "quantity", "unit_price"],
                name="orderline_unique_in_order",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="orderline_quantity_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title or self.product_external_id}"
