"""Frequency caps, the hold-out, and variants of a campaign."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import omotenashi.records
import personalization.mailings.engine.states


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("mailings", "0005_choose_check_repeat"),
        ("personalization", "0007_exposures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignVariant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("name", models.SlugField(help_text="Short, such as a or question.", max_length=20)),
                (
                    "weight",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="Its share relative to the others."
                    ),
                ),
                (
                    "subject",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text='Locale to a line of Liquid, such as {"en": "Tea?"}. Empty: the template\'s.',
                    ),
                ),
                (
                    "placement",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Placement that fills its slots. Empty: the campaign's.",
                        max_length=60,
                    ),
                ),
            ],
            options={
                "verbose_name": "variant",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="FrequencyCap",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("mails", models.PositiveSmallIntegerField(verbose_name="at most mails")),
                ("days", models.PositiveSmallIntegerField(default=7, verbose_name="in days")),
            ],
            options={
                "verbose_name": "frequency cap",
            },
        ),
        migrations.AddField(
            model_name="campaign",
            name="attribution_days",
            field=models.PositiveSmallIntegerField(
                default=7,
                help_text="An order counts for the last mail before it, when it comes within so many days.",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="cap_days",
            field=models.PositiveSmallIntegerField(default=7, verbose_name="in days"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="cap_mails",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Of all campaigns together, this one included. Empty: as the workspace says; 0: no limit.",
                null=True,
                verbose_name="at most mails",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="decided_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="hold_out_percent",
            field=models.FloatField(
                default=0.0,
                help_text="Percent of the audience who get no mail, so that the report can say what the mailing brought. The same people whenever it is drawn.",
                verbose_name="hold-out",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="winner",
            field=models.CharField(blank=True, default="", editable=False, max_length=40),
        ),
        migrations.AddField(
            model_name="campaign",
            name="winner_rule",
            field=models.CharField(
                blank=True,
                choices=[("", "By hand"), ("clicks", "Most clicks"), ("orders", "Most orders")],
                default="",
                help_text="By rule: as soon as one variant is surely better, the mails that wait get it.",
                max_length=10,
                verbose_name="winner by",
            ),
        ),
        migrations.AlterField(
            model_name="campaign",
            name="audience",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text='Who receives it, for example {"expression": "country == \\"DE\\" and orders >= 2"}. Empty: everyone who agreed to mail.',
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("hold_out_percent__gte", 0), ("hold_out_percent__lte", 90)),
                name="campaign_hold_out_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("cap_days__gte", 1), ("cap_days__lte", 365)),
                name="campaign_cap_days_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("attribution_days__gte", 1), ("attribution_days__lte", 90)),
                name="campaign_attribution_days_sane",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("variant", "hold-out"), _negated=True),
                    ("state", personalization.mailings.engine.states.MessageState["SKIPPED"]),
                    _connector="OR",
                ),
                name="message_held_out_is_never_sent",
            ),
        ),
        migrations.AddField(
            model_name="campaignvariant",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="mailings.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaignvariant",
            name="workspace",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.workspace"
            ),
        ),
        migrations.AddField(
            model_name="frequencycap",
            name="workspace",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.workspace"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignvariant",
            constraint=models.UniqueConstraint(fields=("campaign", "name"), name="campaignvariant_name_once"),
        ),
        migrations.AddConstraint(
            model_name="campaignvariant",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__in", ["main", "hold-out"]), _negated=True),
                name="campaignvariant_name_free",
            ),
        ),
        migrations.AddConstraint(
            model_name="frequencycap",
            constraint=models.UniqueConstraint(fields=("workspace",), name="frequencycap_one_a_workspace"),
        ),
        migrations.AddConstraint(
            model_name="frequencycap",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 1), ("days__lte", 365), ("mails__gte", 1)),
                name="frequencycap_sane",
            ),
        ),
    ]
