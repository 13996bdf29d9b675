"""Each customer's ranked lists, partitioned by model version as the vectors are (migration 0005)."""

import django.db.models.deletion
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TABLE = """
CREATE TABLE personalization_customerranking (
    model_version_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    listed_all integer[] NOT NULL,
    because_all integer[] NOT NULL,
    buyers_all integer[] NOT NULL,
    listed_new integer[] NOT NULL,
    because_new integer[] NOT NULL,
    buyers_new integer[] NOT NULL,
    PRIMARY KEY (customer_id, model_version_id)
) PARTITION BY LIST (model_version_id);
"""
LISTS = ("listed_all", "because_all", "buyers_all", "listed_new", "because_new", "buyers_new")


def _to(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=f"personalization.{model}",
    )


class Migration(migrations.Migration):
    dependencies = [("personalization", "0005_purchase_vectors")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE personalization_customerranking;")],
            state_operations=[
                migrations.CreateModel(
                    name="CustomerRanking",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "customer_id",
                                "model_version_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("model_version", _to("modelversion")),
                        ("customer", _to("customer")),
                        *((name, ArrayField(base_field=models.IntegerField(), size=None)) for name in LISTS),
                    ],
                ),
            ],
        ),
    ]
