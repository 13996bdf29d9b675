"""Makes the synthetic shop one that mails: addresses, languages, consents, a night of learning, a campaign."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Campaign
from personalization.mailings.sample import create_sample_campaign
from personalization.models import Consent, ModelVersion

_PEOPLE = """
UPDATE personalization_customer SET email = 'g' || external_id || '@mail.example',
    email_normalized = 'g' || external_id || '@mail.example', first_name = 'Guest ' || external_id, last_name = 'Sato',
    locale = (%(locales)s::text[])[1 + hashtext(external_id) %% %(count)s * sign(hashtext(external_id))::int]
WHERE workspace_id = %(workspace)s
"""
_CONSENTS = """
INSERT INTO personalization_consent
    (id, workspace_id, created_at, updated_at, customer_id, channel, granted, source, at)
SELECT gen_random_uuid(), workspace_id, %(now)s, %(now)s, id, 'email', true, 'benchmark', %(now)s
FROM personalization_customer WHERE workspace_id = %(workspace)s
"""


def make_ready(workspace: Workspace, *, locales: Sequence[str], learns: bool) -> None:
    given = {"workspace": workspace.pk, "locales": list(locales), "count": len(locales), "now": timezone.now()}
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
        cursor.execute("TRUNCATE mailings_message, personalization_recommendation")
    if learns and not ModelVersion.objects.filter(workspace=workspace).exists():
        from personalization.services.learning import learn_workspace

        print("a night of learning, kept for the next run …", flush=True)
        learn_workspace(
            workspace, now=datetime.now(UTC), ranking_seconds=20.0, tell=lambda step, said: print(f"  {step} {said}", flush=True)
        )
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def new_campaign(workspace: Workspace) -> Any:
    Campaign.objects.filter(workspace=workspace).delete()
    campaign = create_sample_campaign(workspace, product_count=6)
    now = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(state="preparing", scheduled_at=now, started_at=now)
    return Campaign.objects.select_related("workspace").get(pk=campaign.pk)
