"""How often each answer was served."""

from django.db import migrations, models

import omotenashi.records


class Migration(migrations.Migration):
    dependencies = [
        ("personalization", "0006_customer_rankings"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExposureBatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="recommendation",
            name="exposures",
            field=models.PositiveIntegerField(
                default=1, help_text="How often it was served: an unchanged answer is served again."
            ),
        ),
    ]
