"""The number beside the form is the number of rows that preparation makes, reason by reason."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from personalization.mailings import services
from personalization.mailings.head_count import Plan, count_heads
from personalization.mailings.models import Campaign, MailPreference, Message
from personalization.mailings.rows import DECLINED, HELD_OUT, INVALID, TOO_SOON
from personalization.mailings.selectors import audience_of
from tests.personalization.mailings.conftest import MANY, CustomerFactory, another, prepared

pytestmark = pytest.mark.django_db
CAPPED = "frequency cap: 2 mails in 7 days"
WORDS = {
    "": "mails", HELD_OUT: "held_out", INVALID: "invalid", DECLINED: "declined", TOO_SOON: "too_soon",
    CAPPED: "capped", "suppressed: manual": "suppressed",
}  # fmt: skip


@pytest.fixture
def everyone(campaign: Campaign, customer_factory: CustomerFactory) -> Campaign:
    """People with each reason to get nothing, some with two of them; a campaign that all are meant for."""
    for number in range(MANY):
        customer_factory(locale="de" if number % 3 else "")
    for number in range(1, 7):
        services.suppress(
            campaign.workspace, address=f"guest{number}@mail.example", reason="manual", source="test"
        )
    kinds = {5: ["news"], 7: ["news"], 8: ["news", "offers"], 9: ["offers"]}
    often = {9: "weekly", 10: "weekly", 11: "monthly", 12: "monthly"}
    for number in range(5, 13):
        MailPreference.objects.create(
            workspace=campaign.workspace, address_normalized=f"guest{number}@mail.example",
            declined_kinds=kinds.get(number, []), frequency=often.get(number, "any"), locale="ja",
        )  # fmt: skip
    some = {"customer_ids": [f"c-{number}" for number in (1, 7, 10, 11, 12, 13, 14, 15)]}
    both = {"customer_ids": [f"c-{number}" for number in (12, 13, 14)]}
    for audience in (some, both):  # what waits for them already
        prepared(another(campaign, audience=audience, cap_mails=0))
    customer_factory(email="GUEST20@mail.example", external_id="twin")
    customer_factory(email="Jo@m\u00fcnchen.example", external_id="idn")
    customer_factory(email="jo@xn--mnchen-3ya.example", external_id="idn twin")
    customer_factory(email="no spaces@mail.example", external_id="odd")
    customer_factory(email="jo@localhost", external_id="near")
    for number in range(3):
        customer_factory(external_id=f"no-{number}", agrees=False)
    return another(campaign, cap_mails=2, cap_days=7, hold_out_percent=30, kind="news")


def rows_of(campaign: Campaign) -> Counter[str]:
    return Counter(WORDS[own.reason] for own in prepared(campaign))


def test_the_form_counts_the_rows_that_preparation_makes(everyone: Campaign, viewer_client: Client) -> None:
    asked = {"campaign": str(everyone.pk), "hold_out_percent": "30", "cap_mails": "2", "cap_days": "7"}
    found: Any = viewer_client.get(reverse("admin:mailings_campaign_audience"), asked).json()
    rows = rows_of(everyone)
    assert {name: found[name] for name in set(WORDS.values())} == {
        name: rows[name] for name in set(WORDS.values())
    }
    # Whoever is drawn to be held out, each reason is there, and those with two of them count for the first.
    assert (rows["suppressed"], rows["declined"], rows["too_soon"], rows["capped"]) == (6, 2, 3, 2)
    assert rows["invalid"] == 2
    assert (found["same_address"], found["no_consent"]) == (2, 3)
    assert found["people"] == rows.total() + found["same_address"]
    assert found["by_locale"] == dict(
        Counter(Message.objects.filter(campaign=everyone).values_list("locale", flat=True))
    )


def test_the_sample_are_people_who_get_the_mail_in_its_language(
    everyone: Campaign, viewer_client: Client
) -> None:
    asked = {"campaign": str(everyone.pk), "hold_out_percent": "30", "cap_mails": "2", "cap_days": "7"}
    found: Any = viewer_client.get(reverse("admin:mailings_campaign_audience"), asked).json()
    rows = [own for own in prepared(everyone) if not own.reason]
    first = sorted(rows, key=lambda own: str(own.customer_id))[:10]
    assert [(one["id"], one["locale"]) for one in found["sample"]] == [
        (own.customer.external_id, own.locale) for own in first if own.customer
    ]


def test_a_cap_counts_around_the_hour_of_the_form(
    campaign: Campaign, customer_factory: CustomerFactory, viewer_client: Client
) -> None:
    customer_factory()
    prepared(another(campaign))
    asked = {"cap_mails": "1", "cap_days": "7"}
    url = reverse("admin:mailings_campaign_audience")
    later = timezone.now() + timedelta(days=30)
    hour = {"scheduled_at_0": f"{later:%Y-%m-%d}", "scheduled_at_1": "09:00"}
    for given, mails in ((asked, 0), (asked | hour, 1), (asked | {"scheduled_at_0": "2026-02-31"}, 0)):
        assert viewer_client.get(url, given).json()["mails"] == mails


def test_it_asks_the_same_however_many_there_are(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    plan = Plan(campaign.workspace, "news", None, timezone.now(), 10, campaign)
    for people in (1, MANY):
        for _ in range(people):
            customer_factory()
        with CaptureQueriesContext(connection) as queries:
            found = count_heads(audience_of(campaign), plan=plan)
        assert len(queries) == 2
    assert found.by_reason.total() == MANY + 1
