"""A text that is taken back pauses the campaigns that carry it, in the very commit that takes it back.

Before each final dot a lane asks whether its campaign sends. So no mail is let go that carries such a text,
and nothing more is asked for a mail. Scheduled campaigns are looked at when their time has come.
"""

from django.db import migrations

GUARDS = """
-- Locked first: a campaign that is resumed or begun at this moment is judged after this commit, or paused.
CREATE FUNCTION mailings_pause(ids uuid[], notices text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM mailings_campaign WHERE id = ANY(ids) AND state NOT IN ('draft', 'canceled')
        ORDER BY id FOR UPDATE;
    UPDATE mailings_campaign c
    SET state = 'paused', paused_at = now(), updated_at = now(), notice = told.notice
    FROM (SELECT DISTINCT ON (id) id, notice FROM unnest(ids, notices) AS own(id, notice)) AS told
    WHERE c.id = told.id AND c.state IN ('preparing', 'sending');
END $$;

-- The words of personalization/mailings/approvals.py.
CREATE FUNCTION mailings_copy_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mailings_pause(array_agg(c.campaign_id), array_agg(format(
        'The %s copy%s, “%s”, was withdrawn. Have it approved and published again and resume, or cancel the campaign.',
        c.locale, CASE WHEN c.variant = '' THEN '' ELSE ' of variant ' || c.variant END,
        coalesce(nullif(NEW.seo ->> 'title', ''), NEW.slug))))
    FROM mailings_campaigncopy c JOIN content_publication p ON p.id = c.publication_id
    WHERE p.version_id = NEW.version_id
      AND NOT EXISTS (SELECT FROM content_publication own
                      WHERE own.version_id = NEW.version_id AND own.withdrawn_at IS NULL)
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION mailings_lines_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM mailings_pause(array_agg(v.campaign_id), array_agg(format(
        'The approval of the %s lines of %s was taken back. Have them approved again and resume, or cancel the campaign.',
        NEW.locale, v.name)))
    FROM mailings_campaignvariant v WHERE v.brief_id = NEW.brief_id
    HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER mailings_copy_withdrawn AFTER UPDATE OF withdrawn_at ON content_publication
    FOR EACH ROW WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL)
    EXECUTE FUNCTION mailings_copy_withdrawn();
CREATE TRIGGER mailings_lines_taken_back AFTER UPDATE OF state ON content_draft
    FOR EACH ROW WHEN (OLD.state IN ('approved', 'published') AND NEW.state NOT IN ('approved', 'published'))
    EXECUTE FUNCTION mailings_lines_taken_back();
"""

UNGUARD = """
DROP TRIGGER mailings_lines_taken_back ON content_draft;
DROP TRIGGER mailings_copy_withdrawn ON content_publication;
DROP FUNCTION mailings_lines_taken_back();
DROP FUNCTION mailings_copy_withdrawn();
DROP FUNCTION mailings_pause(uuid[], text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("mailings", "0010_count_clicks"), ("content", "0007_name_subject_lines")]

    operations = [migrations.RunSQL(GUARDS, reverse_sql=UNGUARD)]
