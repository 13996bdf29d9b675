"""Vectors learned from purchases. Partitioned by model version: see `services/version_tables.py`.

Rows carry no workspace and no foreign key in the database: their version has one, and a version's table is
filled by COPY and dropped whole.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from pgvector.django import HalfVectorField, HnswIndex

from omotenashi.catalog.models import Product
from personalization.models.customers import Customer
from personalization.models.learned import ModelVersion

PURCHASE_DIMENSIONS = 64


class PurchaseVectorItem(models.Model):
    """A product by who buys it. Its score for a customer: the inner product of their vectors."""

    pk = models.CompositePrimaryKey("product_id", "model_version_id")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    product = models.ForeignKey(
        Product, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    number = models.IntegerField()
    """Names the product within its version, in `linked` and in `candidates`: four bytes for sixteen."""
    vector = HalfVectorField(dimensions=PURCHASE_DIMENSIONS)
    pull = models.FloatField()
    """A purchase adds `pull` times the vector to its customer's."""
    linked = ArrayField(models.IntegerField())
    """Products that most of its buyers bought too, -1 behind the last."""
    buyers = ArrayField(models.IntegerField())
    """How many people bought both, in the order of `linked`."""

    class Meta:
        constraints = [
            # Also serves "which products are these candidates?", read for each recommendation.
            models.UniqueConstraint(fields=["number", "model_version"], name="purchasevectoritem_by_number"),
        ]
        indexes = [
            # Serves "what has the highest score for this vector?".
            HnswIndex(fields=["vector"], name="purchasevectoritem_nearest", opclasses=["halfvec_ip_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} ({self.model_version_id})"


class PurchaseVectorCustomer(models.Model):
    """A customer by what they bought up to `bought_until`."""

    pk = models.CompositePrimaryKey("customer_id", "model_version_id")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    vector = HalfVectorField(dimensions=PURCHASE_DIMENSIONS)
    bought_until = models.DateTimeField()
    candidates = ArrayField(models.IntegerField())
    """Numbers of the best products they never bought, -1 behind the last; empty: not chosen yet."""

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.model_version_id})"
