"""Promises that hold even for raw SQL: versions, guidelines and approvals never change; no approval with errors."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION content_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Forgetting who made it (created_by set to NULL) is the one change that leaves the text as it was.
    IF to_jsonb(NEW) - 'created_by_id' - 'updated_at' IS DISTINCT FROM to_jsonb(OLD) - 'created_by_id' - 'updated_at'
       OR (to_jsonb(NEW) ->> 'created_by_id') IS DISTINCT FROM (to_jsonb(OLD) ->> 'created_by_id')
          AND (to_jsonb(NEW) ->> 'created_by_id') IS NOT NULL
    THEN
        RAISE EXCEPTION '% is immutable: make a new one', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION content_refuse_faulty_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT error_count FROM content_version WHERE id = NEW.version_id) > 0 THEN
        RAISE EXCEPTION 'a version with errors cannot be approved' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER content_version_immutable BEFORE UPDATE ON content_version
    FOR EACH ROW EXECUTE FUNCTION content_refuse_change();
CREATE TRIGGER content_guideline_immutable BEFORE UPDATE ON content_guideline
    FOR EACH ROW EXECUTE FUNCTION content_refuse_change();
CREATE TRIGGER content_approval_immutable BEFORE UPDATE ON content_approval
    FOR EACH ROW EXECUTE FUNCTION content_refuse_change();
CREATE TRIGGER content_approval_needs_clean_version BEFORE INSERT ON content_approval
    FOR EACH ROW EXECUTE FUNCTION content_refuse_faulty_approval();
"""

UNGUARD = """
DROP TRIGGER content_approval_needs_clean_version ON content_approval;
DROP TRIGGER content_approval_immutable ON content_approval;
DROP TRIGGER content_guideline_immutable ON content_guideline;
DROP TRIGGER content_version_immutable ON content_version;
DROP FUNCTION content_refuse_faulty_approval();
DROP FUNCTION content_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("content", "0001_first_tables")]

    operations = [migrations.RunSQL(GUARDS, reverse_sql=UNGUARD)]
