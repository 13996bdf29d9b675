"""The event table: partitioned by month, so that old months can be dropped and new ones stay small.

Events outside every month land in the default partition. `personalization_event_month(date)` makes a month's
partition and moves there what waits in the default one.
"""

import django.db.models.deletion
from django.db import migrations, models

import omotenashi.records

TABLE = """
CREATE TABLE personalization_event (
    id uuid NOT NULL,
    workspace_id uuid NOT NULL REFERENCES accounts_workspace (id) DEFERRABLE INITIALLY DEFERRED,
    customer_id uuid REFERENCES personalization_customer (id) DEFERRABLE INITIALLY DEFERRED,
    anonymous_id varchar(200) NOT NULL,
    kind varchar(16) NOT NULL,
    name varchar(200) NOT NULL,
    product_external_id varchar(200) NOT NULL,
    recommendation_id uuid,
    properties jsonb NOT NULL,
    context jsonb NOT NULL,
    happened_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);

CREATE INDEX event_by_customer ON personalization_event (customer_id, happened_at DESC);
CREATE INDEX event_by_visitor ON personalization_event (workspace_id, anonymous_id, happened_at DESC)
    WHERE anonymous_id <> '';
CREATE INDEX event_by_recommendation ON personalization_event (recommendation_id)
    WHERE recommendation_id IS NOT NULL;

CREATE TABLE personalization_event_default PARTITION OF personalization_event DEFAULT;
"""

MONTH = """
CREATE FUNCTION personalization_event_month(day date) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', day::timestamp) AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', day::timestamp) + interval '1 month') AT TIME ZONE 'UTC';
    name text := 'personalization_event_' || to_char(day, 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE personalization_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
    EXECUTE format(
        'WITH moved AS (DELETE FROM personalization_event_default WHERE happened_at >= %L AND happened_at < %L'
        ' RETURNING *) INSERT INTO %I SELECT * FROM moved', first, next, name);
    EXECUTE format(
        'ALTER TABLE personalization_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, next);
    RETURN true;
END
$$;

SELECT personalization_event_month((current_date + make_interval(months => ahead))::date)
FROM generate_series(0, 3) AS ahead;
"""

UNDO = "DROP FUNCTION personalization_event_month(date); DROP TABLE personalization_event;"


class Migration(migrations.Migration):
    dependencies = [("personalization", "0001_customers_orders_and_what_was_learned")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE + MONTH, UNDO)],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=omotenashi.records.uuid7,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("anonymous_id", models.CharField(blank=True, default="", max_length=200)),
                        ("kind", models.CharField(max_length=16)),
                        ("name", models.CharField(max_length=200)),
                        ("product_external_id", models.CharField(blank=True, default="", max_length=200)),
                        ("recommendation_id", models.UUIDField(null=True)),
                        ("properties", models.JSONField(default=dict)),
                        ("context", models.JSONField(default=dict)),
                        ("happened_at", models.DateTimeField()),
                        ("received_at", models.DateTimeField()),
                        (
                            "customer",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="events",
                                to="personalization.customer",
                            ),
                        ),
                        (
                            "workspace",
                            models.ForeignKey(
                                editable=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                to="accounts.workspace",
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="event",
                    index=models.Index(fields=["customer", "-happened_at"], name="event_by_customer"),
                ),
                migrations.AddIndex(
                    model_name="event",
                    index=models.Index(
                        condition=models.Q(("anonymous_id", ""), _negated=True),
                        fields=["workspace", "anonymous_id", "-happened_at"],
                        name="event_by_visitor",
                    ),
                ),
                migrations.AddIndex(
                    model_name="event",
                    index=models.Index(
                        condition=models.Q(("recommendation_id__isnull", False)),
                        fields=["recommendation_id"],
                        name="event_by_recommendation",
                    ),
                ),
            ],
        ),
    ]
