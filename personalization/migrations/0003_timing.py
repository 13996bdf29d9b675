"""When each customer buys again, and when each product is due."""

import django.db.models.deletion
from django.db import migrations, models

import omotenashi.records


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("catalog", "0001_catalogue"),
        ("personalization", "0002_events_by_month"),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerTiming",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("p7", models.FloatField(help_text="Chance to buy within 7 days.")),
                ("p14", models.FloatField()),
                ("p30", models.FloatField()),
                ("expected_at", models.DateTimeField(help_text="Empty: not within a year.", null=True)),
                ("early_at", models.DateTimeField(null=True)),
                (
                    "late_at",
                    models.DateTimeField(help_text="Empty: later than the history can vouch for.", null=True),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timings",
                        to="personalization.customer",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="personalization.modelversion",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["model_version", "p30"], name="customertiming_by_chance"),
                    models.Index(fields=["model_version", "expected_at"], name="customertiming_by_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "model_version"), name="customertiming_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("p14__lte", models.F("p30")),
                            ("p30__lte", 1),
                            ("p7__gte", 0),
                            ("p7__lte", models.F("p14")),
                        ),
                        name="customertiming_longer_is_likelier",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductDue",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("days_bought", models.PositiveIntegerField()),
                ("interval_days", models.FloatField(help_text="The expected gap between two purchases.")),
                ("due_at", models.DateTimeField()),
                ("early_at", models.DateTimeField()),
                ("late_at", models.DateTimeField()),
                (
                    "chance",
                    models.FloatField(help_text="To be bought again within the version's due horizon."),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="personalization.customer",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="personalization.modelversion",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.workspace",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "products due",
                "indexes": [
                    models.Index(fields=["product", "model_version", "due_at"], name="productdue_by_product"),
                    models.Index(fields=["model_version", "due_at"], name="productdue_by_day"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "model_version", "product"), name="productdue_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__lte", models.F("late_at")), ("early_at__lte", models.F("due_at"))
                        ),
                        name="productdue_in_order",
                    ),
                ],
            },
        ),
    ]
