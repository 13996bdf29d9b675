"""When each customer buys again, and when each product is due. Read only while their version is active.

Like the rows of `learned.py`, these name their workspace without a foreign key of their own.
"""

from django.db import models
from django.db.models import F, Q

from omotenashi.catalog.models import Product
from omotenashi.records import UUIDModel
from personalization.models.customers import Customer
from personalization.models.learned import ModelVersion


class CustomerTiming(UUIDModel):
    """As of the version's `as_of`: the chance to buy within 7, 14 and 30 days, and when they buy next."""

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_constraint=False, db_index=False
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="timings", db_index=False)
    p7 = models.FloatField(help_text="Chance to buy within 7 days.")
    p14 = models.FloatField()
    p30 = models.FloatField()
    expected_at = models.DateTimeField(null=True, help_text="Empty: not within a year.")
    early_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True, help_text="Empty: later than the history can vouch for.")

    class Meta:
        constraints = [
            # Also serves the customer's page, and the cascade when a customer is deleted.
            models.UniqueConstraint(fields=["customer", "model_version"], name="customertiming_unique"),
            models.CheckConstraint(
                condition=Q(p7__gte=0, p7__lte=F("p14"), p14__lte=F("p30"), p30__lte=1),
                name="customertiming_longer_is_likelier",
            ),
        ]
        indexes = [
            # Serve the audiences "likely to buy" and "expected soon", and the removal of an old version.
            models.Index(fields=["model_version", "p30"], name="customertiming_by_chance"),
            models.Index(fields=["model_version", "expected_at"], name="customertiming_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.p30:.0%} within 30 days"


class ProductDue(UUIDModel):
    """`customer` bought `product` on `days_bought` days; if it is bought again soon, then about `due_at`."""

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_constraint=False, db_index=False
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    days_bought = models.PositiveIntegerField()
    interval_days = models.FloatField(help_text="The expected gap between two purchases.")
    due_at = models.DateTimeField()
    early_at = models.DateTimeField()
    late_at = models.DateTimeField()
    chance = models.FloatField(help_text="To be bought again within the version's due horizon.")

    class Meta:
        verbose_name_plural = "products due"
        constraints = [
            # Also serves "what is due for this person?", read for each answer, and the cascade of customers.
            models.UniqueConstraint(
                fields=["customer", "model_version", "product"], name="productdue_unique"
            ),
            models.CheckConstraint(
                condition=Q(early_at__lte=F("due_at"), due_at__lte=F("late_at")), name="productdue_in_order"
            ),
        ]
        indexes = [
            # Serves the audience "this product is due", and the cascade when a product is deleted.
            models.Index(fields=["product", "model_version", "due_at"], name="productdue_by_product"),
            # Serves the audience "anything is due", and the removal of an old version.
            models.Index(fields=["model_version", "due_at"], name="productdue_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} for {self.customer_id} on {self.due_at:%Y-%m-%d}"
