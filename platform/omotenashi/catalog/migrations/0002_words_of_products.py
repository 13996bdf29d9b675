"""The words that each product is found by, kept by PostgreSQL itself: whoever writes a product, search knows."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# One cutting for products and for what is typed. Scripts that write no spaces between words (Chinese, Japanese,
# Korean, Thai) are cut into pairs of characters; accents, width and case do not count. Written with ranges and not
# with classes such as [:alnum:], which depend on the database's locale.
TOKENS = r"""
CREATE FUNCTION catalog_search_tokens(given text, is_query boolean) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT token), '{}') FROM (
        SELECT unnest(CASE
            WHEN run !~ '^[\u0e00-\u0eff\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]'
                THEN ARRAY[left(run, 60)]
            WHEN length(run) = 1 THEN ARRAY[run]
            ELSE ARRAY(SELECT substr(run, at, 2) FROM generate_series(1, length(run) - 1) at)
                -- The last character starts no pair: a product is found by it alone too.
                || CASE WHEN is_query THEN '{}'::text[] ELSE ARRAY[right(run, 1)] END
        END) AS token
        FROM regexp_split_to_table(
            replace(normalize(regexp_replace(
                normalize(lower(given), NFKD), '[\u0300-\u036f]', '', 'g'), NFC), 'ß', 'ss'),
            '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2100-\u2bff\u3000-\u3004\u3008-\u3020\u30fb\uff00-\uff0f\ufe00-\ufe0f]+'
        ) AS word,
        LATERAL (SELECT m[1] AS run FROM regexp_matches(word,
            '[\u0e00-\u0eff\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]+|[^\u0e00-\u0eff\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]+',
            'g') m) runs
    ) cut WHERE token <> ''
$$;

-- 'word':1A is one word of weight A; quotes and backslashes are doubled.
CREATE FUNCTION catalog_search_lexemes(tokens text[], weight text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || replace(replace(token, '\', '\\'), '''', '''''') || ''':1' || weight, ' '), '')
    FROM unnest(tokens) token
$$;
"""

# A statement at a time, not a row: a feed of 1,000 rows is one INSERT here.
KEEPING = r"""
CREATE FUNCTION catalog_keep_words(changed uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO catalog_productwords AS kept (product_id, workspace_id, words, spelling)
    SELECT p.id, p.workspace_id, (
               catalog_search_lexemes(catalog_search_tokens(p.title || ' ' || coalesce(t.titles, ''), false), 'A')
               || ' ' || catalog_search_lexemes(
                   catalog_search_tokens(p.brand || ' ' || array_to_string(p.categories, ' '), false), 'B')
               || ' ' || catalog_search_lexemes(
                   catalog_search_tokens(p.sku || ' ' || p.external_id, false)
                   || array_remove(ARRAY[lower(p.sku), lower(p.external_id)], ''), 'C')
               || ' ''w:' || p.workspace_id || ''''
           )::tsvector,
           array_to_string(catalog_search_tokens(p.title || ' ' || coalesce(t.titles, '') || ' ' || p.brand, true), ' ')
    FROM catalog_product p
    LEFT JOIN LATERAL (
        SELECT string_agg(title, ' ') AS titles FROM catalog_producttitle WHERE product_id = p.id
    ) t ON true
    WHERE p.id = ANY(changed) ORDER BY p.id
    ON CONFLICT (product_id) DO UPDATE SET words = EXCLUDED.words, spelling = EXCLUDED.spelling
    WHERE (kept.words, kept.spelling) IS DISTINCT FROM (EXCLUDED.words, EXCLUDED.spelling)
$$;

CREATE FUNCTION catalog_words_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_keep_words(ARRAY(SELECT id FROM fresh));
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_words_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_keep_words(ARRAY(
        SELECT fresh.id FROM fresh JOIN stale USING (id)
        WHERE (fresh.title, fresh.brand, fresh.categories, fresh.sku, fresh.external_id)
            IS DISTINCT FROM (stale.title, stale.brand, stale.categories, stale.sku, stale.external_id)));
    RETURN NULL;
END $$;

CREATE FUNCTION catalog_words_of_titles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_keep_words(ARRAY(SELECT DISTINCT product_id FROM fresh));
    RETURN NULL;
END $$;

-- Only where the row is still there: a product that is deleted with its titles must not get new words.
CREATE FUNCTION catalog_words_of_gone_titles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM catalog_keep_words(ARRAY(
        SELECT DISTINCT fresh.product_id FROM fresh JOIN catalog_productwords USING (product_id)));
    RETURN NULL;
END $$;

CREATE TRIGGER catalog_product_words_new AFTER INSERT ON catalog_product
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_words_of_new();
CREATE TRIGGER catalog_product_words_changed AFTER UPDATE ON catalog_product
    REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
    FOR EACH STATEMENT EXECUTE FUNCTION catalog_words_of_changed();
CREATE TRIGGER catalog_producttitle_words_new AFTER INSERT ON catalog_producttitle
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_words_of_titles();
CREATE TRIGGER catalog_producttitle_words_changed AFTER UPDATE ON catalog_producttitle
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_words_of_titles();
CREATE TRIGGER catalog_producttitle_words_gone AFTER DELETE ON catalog_producttitle
    REFERENCING OLD TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION catalog_words_of_gone_titles();
"""

UNKEEPING = """
DROP TRIGGER catalog_producttitle_words_gone ON catalog_producttitle;
DROP TRIGGER catalog_producttitle_words_changed ON catalog_producttitle;
DROP TRIGGER catalog_producttitle_words_new ON catalog_producttitle;
DROP TRIGGER catalog_product_words_changed ON catalog_product;
DROP TRIGGER catalog_product_words_new ON catalog_product;
DROP FUNCTION catalog_words_of_gone_titles();
DROP FUNCTION catalog_words_of_titles();
DROP FUNCTION catalog_words_of_changed();
DROP FUNCTION catalog_words_of_new();
DROP FUNCTION catalog_keep_words(uuid[]);
"""

UNTOKENS = """
DROP FUNCTION catalog_search_lexemes(text[], text);
DROP FUNCTION catalog_search_tokens(text, boolean);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("catalog", "0001_catalogue")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(TOKENS, reverse_sql=UNTOKENS),
        migrations.CreateModel(
            name="ProductWords",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="catalog.product",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.workspace",
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.search.SearchVectorField(
                        help_text="What the product is found by, cut as `catalog_search_tokens` cuts."
                    ),
                ),
                ("spelling", models.TextField(help_text="Its names' words, for those who mistype.")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace"], name="product_words_workspace"),
                    django.contrib.postgres.indexes.GinIndex(fields=["words"], name="product_words"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["spelling"], name="product_words_spelling", opclasses=["gin_trgm_ops"]
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEPING, reverse_sql=UNKEEPING),
        migrations.RunSQL(
            "SELECT catalog_keep_words(ARRAY(SELECT id FROM catalog_product))",
            reverse_sql=migrations.RunSQL.noop,
        ),
        # Which vectors are new since a process last looked: what keeps its search index fresh.
        migrations.AddIndex(
            model_name="productvector",
            index=models.Index(fields=["workspace", "model_id", "updated_at"], name="product_vector_lately"),
        ),
    ]
