"""Each customer's ranked lists. Partitioned by model version: see `services/version_tables.py`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from personalization.models.customers import Customer
from personalization.models.learned import ModelVersion


class CustomerRanking(models.Model):
    """What the learned ranking put first for one customer; products by their number in the version."""

    pk = models.CompositePrimaryKey("customer_id", "model_version_id")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    listed_all = ArrayField(models.IntegerField())
    """Best first, what was bought before too; -1 behind the last."""
    because_all = ArrayField(models.IntegerField())
    """The customer's own product that most buyers of the listed one bought too; -1: none."""
    buyers_all = ArrayField(models.IntegerField())
    """How many bought both; without a product, how many bought the listed one in the last 30 days."""
    listed_new = ArrayField(models.IntegerField())
    """Only what the customer never bought."""
    because_new = ArrayField(models.IntegerField())
    buyers_new = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"{self.customer_id} ({self.model_version_id})"
