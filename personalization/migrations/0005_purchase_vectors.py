"""Vectors learned from purchases: two tables, partitioned by model version.

A version's rows are written into a table of their own, indexed there, and attached when they are whole; an old
version's table is dropped. So a night leaves no dead rows behind, dropping a million rows takes milliseconds,
and the index of nearest products holds one version of one workspace: nothing in it has to be skipped.
"""

import django.db.models.deletion
import pgvector.django.halfvec
import pgvector.django.indexes
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

TABLES = """
CREATE TABLE personalization_purchasevectoritem (
    model_version_id uuid NOT NULL,
    product_id uuid NOT NULL,
    number integer NOT NULL,
    vector halfvec(64) NOT NULL,
    pull real NOT NULL,
    linked integer[] NOT NULL,
    buyers integer[] NOT NULL,
    PRIMARY KEY (product_id, model_version_id)
) PARTITION BY LIST (model_version_id);
CREATE UNIQUE INDEX purchasevectoritem_by_number ON personalization_purchasevectoritem (number, model_version_id);
CREATE INDEX purchasevectoritem_nearest ON personalization_purchasevectoritem USING hnsw (vector halfvec_ip_ops);

CREATE TABLE personalization_purchasevectorcustomer (
    model_version_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    vector halfvec(64) NOT NULL,
    bought_until timestamptz NOT NULL,
    candidates integer[] NOT NULL,
    PRIMARY KEY (customer_id, model_version_id)
) PARTITION BY LIST (model_version_id);
"""
UNDO = "DROP TABLE personalization_purchasevectoritem; DROP TABLE personalization_purchasevectorcustomer;"


def _version() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="personalization.modelversion",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("personalization", "0004_hash_event_keys"),
        ("catalog", "0001_catalogue"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, UNDO)],
            state_operations=[
                migrations.CreateModel(
                    name="PurchaseVectorItem",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "product_id",
                                "model_version_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("model_version", _version()),
                        (
                            "product",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="catalog.product",
                            ),
                        ),
                        ("number", models.IntegerField()),
                        ("vector", pgvector.django.halfvec.HalfVectorField(dimensions=64)),
                        ("pull", models.FloatField()),
                        ("linked", ArrayField(base_field=models.IntegerField(), size=None)),
                        ("buyers", ArrayField(base_field=models.IntegerField(), size=None)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=["number", "model_version"], name="purchasevectoritem_by_number"
                            )
                        ],
                        "indexes": [
                            pgvector.django.indexes.HnswIndex(
                                fields=["vector"],
                                name="purchasevectoritem_nearest",
                                opclasses=["halfvec_ip_ops"],
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurchaseVectorCustomer",
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
                        ("model_version", _version()),
                        (
                            "customer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="personalization.customer",
                            ),
                        ),
                        ("vector", pgvector.django.halfvec.HalfVectorField(dimensions=64)),
                        ("bought_until", models.DateTimeField()),
                        ("candidates", ArrayField(base_field=models.IntegerField(), size=None)),
                    ],
                ),
            ],
        ),
    ]
