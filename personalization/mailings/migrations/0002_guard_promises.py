"""Promises that hold even for raw SQL: versions and suppressions never change, messages keep to their states."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION mailings_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Forgetting who made it is the one change that leaves the row as it was.
    IF to_jsonb(NEW) - 'created_by_id' - 'updated_at' IS DISTINCT FROM to_jsonb(OLD) - 'created_by_id' - 'updated_at'
       OR (to_jsonb(NEW) ->> 'created_by_id') IS DISTINCT FROM (to_jsonb(OLD) ->> 'created_by_id')
          AND (to_jsonb(NEW) ->> 'created_by_id') IS NOT NULL
    THEN
        RAISE EXCEPTION '% is never changed: add a new row', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- The drawing in engine/states.py; a test compares the two.
CREATE FUNCTION mailings_message_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('pending', 'claimed'), ('pending', 'skipped'),
        ('claimed', 'pending'), ('claimed', 'in_doubt'), ('claimed', 'failed'), ('claimed', 'skipped'),
        ('in_doubt', 'sent'), ('in_doubt', 'failed'), ('in_doubt', 'pending')
    ) THEN
        RAISE EXCEPTION 'a message does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER mailings_template_version_immutable BEFORE UPDATE ON mailings_mailtemplateversion
    FOR EACH ROW EXECUTE FUNCTION mailings_refuse_change();
CREATE TRIGGER mailings_suppression_immutable BEFORE UPDATE ON mailings_suppression
    FOR EACH ROW EXECUTE FUNCTION mailings_refuse_change();
CREATE TRIGGER mailings_message_states BEFORE UPDATE OF state ON mailings_message
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION mailings_message_step();
"""

UNGUARD = """
DROP TRIGGER mailings_message_states ON mailings_message;
DROP TRIGGER mailings_suppression_immutable ON mailings_suppression;
DROP TRIGGER mailings_template_version_immutable ON mailings_mailtemplateversion;
DROP FUNCTION mailings_message_step();
DROP FUNCTION mailings_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("mailings", "0001_first_tables")]

    operations = [migrations.RunSQL(GUARDS, reverse_sql=UNGUARD)]
