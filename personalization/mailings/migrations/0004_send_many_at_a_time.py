"""What sending many at a time needs: when each message may go, who bounced, how fast a provider is written to."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import omotenashi.records


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("mailings", "0003_hear_from_providers"),
        ("personalization", "0007_exposures"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=omotenashi.records.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("provider", models.CharField(max_length=254)),
                ("permits", models.FloatField(default=0)),
                ("filled_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="message_pending",
        ),
        migrations.RemoveIndex(
            model_name="message",
            name="message_by_campaign_state",
        ),
        migrations.AddField(
            model_name="campaign",
            name="by_local_time",
            field=models.BooleanField(
                default=False,
                help_text="Send at this hour of each recipient's own clock; the hour is read in the workspace's.",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="max_bounce_percent",
            field=models.FloatField(
                default=5.0,
                help_text="Pause when more of the mails bounce: an old list harms the sender's name.",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="max_complaint_percent",
            field=models.FloatField(
                default=0.3,
                help_text="Pause when more recipients complain; mailbox providers block above 0.3.",
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="paused_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="campaign",
            name="wave_minutes",
            field=models.PositiveSmallIntegerField(
                default=60, help_text="Minutes from the start of one wave to the next."
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="wave_size",
            field=models.PositiveIntegerField(
                default=0, help_text="Send in waves of so many mails; 0 sends without a break."
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="bounced_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="complained_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="deaths",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="message",
            name="campaign",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="messages",
                to="mailings.campaign",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="idempotency_key",
            field=models.CharField(max_length=80),
        ),
        # Where nothing was said, a message may go at once.
        migrations.RunSQL(
            "UPDATE mailings_message SET not_before = created_at WHERE not_before IS NULL",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="message",
            name="not_before",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.AlterField(
            model_name="message",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                to="accounts.workspace",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "pending")),
                fields=["campaign", "not_before", "id"],
                name="message_due",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("bounced_at__isnull", False), ("complained_at__isnull", False), _connector="OR"
                ),
                fields=["campaign"],
                name="message_unwelcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_bounce_percent__gt", 0), ("max_complaint_percent__gt", 0)),
                name="campaign_stops_above_zero",
            ),
        ),
        migrations.AddField(
            model_name="pace",
            name="workspace",
            field=models.ForeignKey(
                editable=False, on_delete=django.db.models.deletion.CASCADE, to="accounts.workspace"
            ),
        ),
        migrations.AddConstraint(
            model_name="pace",
            constraint=models.UniqueConstraint(fields=("workspace", "provider"), name="pace_once"),
        ),
    ]
