"""Makes the synthetic shop one that mails: addresses, languages, consents, the night's lists, a campaign."""

from collections.abc import Sequence
from math import gcd
from typing import Any

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.mailings.models import Campaign, MailTemplate
from personalization.mailings.sample import create_sample_campaign
from personalization.models import Consent, ModelVersion
from personalization.services.version_tables import attach_table, create_table

_PEOPLE = """
UPDATE personalization_customer
SET email = 'g' || external_id || '@mail.example', email_normalized = 'g' || external_id || '@mail.example',
    first_name = 'Guest ' || external_id, last_name = 'Sato',
    locale = (%(locales)s::text[])[1 + abs(hashtext(external_id)::bigint) %% %(count)s]
WHERE workspace_id = %(workspace)s
"""
_CONSENTS = """
INSERT INTO personalization_consent
    (id, workspace_id, created_at, updated_at, customer_id, channel, granted, source, at)
SELECT gen_random_uuid(), workspace_id, %(now)s, %(now)s, id, 'email', true, 'benchmark', %(now)s
FROM personalization_customer WHERE workspace_id = %(workspace)s
"""


_ITEMS = """
INSERT INTO personalization_purchasevectoritem
    (product_id, model_version_id, number, vector, pull, linked, buyers)
SELECT id, %(version)s, row_number() OVER (ORDER BY id) - 1, %(vector)s, 1.0, '{}', '{}'
FROM catalog_product WHERE workspace_id = %(workspace)s
"""
_LISTS = """
INSERT INTO personalization_customerranking
    (customer_id, model_version_id, listed_all, because_all, buyers_all, listed_new, because_new, buyers_new)
SELECT c.id, %(version)s, own.listed, own.because, own.buyers, own.listed, own.because, own.buyers
FROM personalization_customer c, LATERAL (
    SELECT array_agg((start + k * %(stride)s) %% %(products)s ORDER BY k) AS listed,
           array_agg(CASE WHEN k %% 4 = 0 THEN -1 ELSE (start + k * 11 + 5) %% %(products)s END ORDER BY k)
               AS because,
           array_agg(2 + (start + k) %% 40 ORDER BY k) AS buyers
    FROM (SELECT abs(hashtext(c.external_id)) %% %(products)s AS start) AS s, generate_series(0, 49) AS k
) AS own
WHERE c.workspace_id = %(workspace)s
"""


def make_ready(workspace: Workspace, *, locales: Sequence[str]) -> None:
    given = {
        "workspace": workspace.pk,
        "locales": list(locales),
        "count": len(locales),
        "now": timezone.now(),
    }
    Workspace.objects.filter(pk=workspace.pk).update(
        sender_email="hello@synthetic.example", sender_name="Synthetic shop", site_url="https://shop.example",
        locales=list(locales), postal_address="Hafenstraße 1, 20457 Hamburg",
    )  # fmt: skip
    workspace.refresh_from_db()
    with connection.cursor() as cursor:
        if not Consent.objects.filter(workspace=workspace).exists():
            cursor.execute(_PEOPLE, given)
            cursor.execute(_CONSENTS, given)
            cursor.execute("VACUUM (ANALYZE) personalization_customer, personalization_consent")
        cursor.execute("TRUNCATE mailings_message, personalization_recommendation CASCADE")
        if not ModelVersion.objects.filter(workspace=workspace, state=ModelVersion.State.ACTIVE).exists():
            _make_lists(workspace)


def _make_lists(workspace: Workspace) -> None:
    """The night's lists, drawn and not learned: what is in them is no matter here, that they are read is."""
    version = ModelVersion.objects.create(
        workspace=workspace, as_of=timezone.now(), statistics={"similarity_floor": 0.9}
    )
    for kind in ("purchase_items", "purchase_customers", "rankings"):
        create_table(version.id, kind=kind)
        attach_table(version.id, kind=kind)
    products = Product.objects.filter(workspace=workspace).count()
    stride = next(own for own in range(37, products) if gcd(own, products) == 1)
    given = {"workspace": workspace.pk, "version": version.id, "products": products, "stride": stride,
             "vector": str([1.0] + [0.0] * 63)}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, given)
        cursor.execute(_LISTS, given)
    version.state = ModelVersion.State.ACTIVE
    version.save()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def new_campaign(workspace: Workspace) -> Any:
    Campaign.objects.filter(workspace=workspace).delete()
    MailTemplate.objects.filter(workspace=workspace).delete()  # the sample's own may have changed since
    campaign = create_sample_campaign(workspace, product_count=6)
    now = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(state="preparing", scheduled_at=now, started_at=now)
    return Campaign.objects.select_related("workspace").get(pk=campaign.pk)
