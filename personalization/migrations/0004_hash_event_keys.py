"""Message ids are remembered by a 16-byte hash: one index instead of two, and no foreign key to check.

What was taken stays taken: each key is the hash of its workspace and message id, as
`personalization.engine.message_keys` computes it. The table is written anew in the order of its keys and swapped
in one transaction; events wait meanwhile (measured: six seconds for 200,000 keys on a busy machine). There is no way
back: the ids themselves are gone.
"""

from django.db import migrations, models

HASH = """
LOCK TABLE personalization_eventkey IN ACCESS EXCLUSIVE MODE;
CREATE TABLE personalization_eventkey_hashed (id uuid NOT NULL);
INSERT INTO personalization_eventkey_hashed (id)
SELECT DISTINCT encode(
    substring(sha256(uuid_send(workspace_id) || convert_to(message_id, 'UTF8')) FROM 1 FOR 16), 'hex'
)::uuid AS key FROM personalization_eventkey ORDER BY key;
DROP TABLE personalization_eventkey;
ALTER TABLE personalization_eventkey_hashed RENAME TO personalization_eventkey;
ALTER TABLE personalization_eventkey
    ADD CONSTRAINT personalization_eventkey_pkey PRIMARY KEY (id);
ANALYZE personalization_eventkey;
"""


class Migration(migrations.Migration):
    dependencies = [("personalization", "0003_timing")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(HASH)],
            state_operations=[
                migrations.RemoveConstraint(model_name="eventkey", name="event_message_id_unique"),
                migrations.RemoveField(model_name="eventkey", name="message_id"),
                migrations.RemoveField(model_name="eventkey", name="workspace"),
                migrations.AlterField(
                    model_name="eventkey",
                    name="id",
                    field=models.UUIDField(editable=False, primary_key=True, serialize=False),
                ),
            ],
        ),
    ]
