"""Subject lines written for a campaign, and which variant carries which of them."""

import django.db.models.deletion
from django.db import migrations, models

import omotenashi.records


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("content", "0007_name_subject_lines"),
        ("mailings", "0007_compare_copy"),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignBrief",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="campaignvariant",
            name="brief",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="content.brief",
            ),
        ),
        migrations.AddField(
            model_name="campaignvariant",
            name="brief_line",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="campaignvariant",
            name="preheader",
            field=models.JSONField(
                blank=True, default=dict, help_text="Likewise, what the inbox shows after the subject."
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignvariant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("brief__isnull", True), ("brief_line__isnull", True)),
                    models.Q(("brief__isnull", False), ("brief_line__gte", 1)),
                    _connector="OR",
                ),
                name="campaignvariant_line_of_a_brief",
            ),
        ),
        migrations.AddField(
            model_name="campaignbrief",
            name="brief",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="content.brief"
            ),
        ),
        migrations.AddField(
            model_name="campaignbrief",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="briefs", to="mailings.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaignbrief",
            name="workspace",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.workspace"
            ),
        ),
    ]
