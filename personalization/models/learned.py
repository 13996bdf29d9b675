"""What was learned from history. Rows of a version are read only while that version is active.

Rows that come by the hundred thousand name their workspace without a foreign key of their own: the version,
which has one, is of the same workspace, and checking each row again would cost the run its time.
"""

from django.db import models
from django.db.models import Q
from pgvector.django import HalfVectorField

from omotenashi.catalog.models import Product
from omotenashi.records import UUIDModel, WorkspaceModel
from personalization.models.customers import Customer

DIMENSIONS = 384


class ModelVersion(WorkspaceModel):
    """One run of learning. building → active → retired; at most one is active in a workspace."""

    class State(models.TextChoices):
        BUILDING = "building", "Building"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    state = models.CharField(max_length=16, choices=State.choices, default=State.BUILDING)
    as_of = models.DateTimeField(help_text="Orders up to this moment were learned from.")
    statistics = models.JSONField(default=dict)

    class Meta:
        constraints = [
            # Also serves "which version answers now?", read for each recommendation.
            models.UniqueConstraint(
                fields=["workspace"], condition=Q(state="active"), name="modelversion_one_active"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["building", "active", "retired"]), name="modelversion_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} ({self.state})"


class ProductNeighbor(UUIDModel):
    """`neighbor` was in `baskets` orders together with `product`."""

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_constraint=False, db_index=False
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+", db_index=False)
    neighbor = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    baskets = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Also serves "what goes with these products?", read for each recommendation.
            models.UniqueConstraint(
                fields=["model_version", "product", "neighbor"], name="productneighbor_unique"
            ),
        ]
        indexes = [
            # Serves the cascade when a product is deleted.
            models.Index(fields=["product"], name="productneighbor_by_product"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} → {self.neighbor_id}"


class ProductPopularity(UUIDModel):
    """`buyers` people of `market` bought the product in the `window_days` days before `as_of`."""

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_constraint=False, db_index=False
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    market = models.CharField(
        max_length=2, blank=True, default="", help_text="Country code; empty: all markets."
    )
    window_days = models.PositiveSmallIntegerField()
    score = models.FloatField()
    buyers = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "product popularity"
        constraints = [
            models.UniqueConstraint(
                fields=["model_version", "market", "window_days", "product"], name="productpopularity_unique"
            ),
        ]
        indexes = [
            # Serves "the most popular of this market", read for each recommendation.
            models.Index(fields=["model_version", "market", "-score"], name="productpopularity_top"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.market or 'all markets'}"


class ProductRhythm(UUIDModel):
    """How soon buyers come back for a product: the median days between two purchases of one person."""

    workspace = models.ForeignKey(
        "accounts.Workspace", on_delete=models.CASCADE, editable=False, db_constraint=False, db_index=False
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")
    interval_days = models.FloatField()
    returning_buyers = models.PositiveIntegerField()
    buyers = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Also serves "is this purchase due again?", read for each recommendation.
            models.UniqueConstraint(fields=["model_version", "product"], name="productrhythm_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} every {self.interval_days:.0f} days"


class CustomerVector(WorkspaceModel):
    """A customer's taste: the recency-weighted mean of the vectors of what they bought."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="vectors", db_index=False)
    model_id = models.CharField(max_length=120)
    vector = HalfVectorField(dimensions=DIMENSIONS)

    class Meta:
        constraints = [
            # Also serves the read of one customer's vector for each recommendation.
            models.UniqueConstraint(fields=["customer", "model_id"], name="customervector_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.model_id})"
