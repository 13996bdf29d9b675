"""The numbers beside the form, and the form itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from omotenashi.accounts.models import User
from personalization.mailings import services
from personalization.mailings.held_out import held_out_of
from personalization.mailings.models import Campaign, FrequencyCap, MailPreference
from personalization.models import Customer
from tests.browser import sign_in
from tests.personalization.mailings.conftest import CustomerFactory, Relay, send


@pytest.fixture
def peeked(viewer_client: Client) -> Any:
    def ask(**sent: Any) -> dict[str, Any]:
        answer = viewer_client.get(reverse("admin:mailings_campaign_audience"), sent)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    return ask


@pytest.mark.django_db
def test_the_form_is_told_how_many_and_who(
    peeked: Any, campaign: Campaign, relay: Relay, customer_factory: CustomerFactory
) -> None:
    for country, locale in (("DE", "de"), ("DE", "de"), ("AT", "de"), ("JP", "ja")):
        customer_factory(country=country, locale=locale)
    customer_factory(country="DE", agrees=False)
    services.suppress(campaign.workspace, address="guest1@mail.example", reason="manual", source="test")
    Campaign.objects.filter(pk=campaign.pk).update(audience={"customer_ids": ["c-2"]})
    campaign.refresh_from_db()
    send(campaign)
    FrequencyCap.objects.create(workspace=campaign.workspace, mails=1, days=7)
    found = peeked(expression='language == "de"', exclusion='country == "AT"', hold_out_percent="50")
    assert found | {"sample": []} == {
        "ok": True, "people": 2, "mails": 0, "by_locale": {"de": 2}, "excluded": 1, "no_consent": 0,
        "same_address": 0, "invalid": 0, "suppressed": 1, "declined": 0, "capped": 1, "too_soon": 0,
        "held_out": 0, "is_drawn": False, "sample": [], "warning": "",
    }  # fmt: skip
    assert found["sample"] == []
    shown = peeked(expression="", cap_mails="0", hold_out_percent="50")
    assert (shown["mails"], shown["held_out"]) == (1, 2)
    assert [one["id"] for one in shown["sample"]] == ["c-2", "c-3", "c-4"]
    typo = peeked(expression='contry == "DE"')
    assert typo["warning"] == "No customer has a trait called contry. Did you mean country?"
    wrong = peeked(expression="orders = 2", audience="{")
    assert [error["field"] for error in wrong["errors"]] == ["audience"]
    (error,) = peeked(expression="orders = 2")["errors"]
    assert error == {"field": "expression", "detail": "Position 8: Write == to compare."}
    assert peeked(cap_mails="x", cap_days="-4", hold_out_percent="nan")["people"] == 4


@pytest.mark.django_db
def test_another_shops_people_are_not_counted(
    outsider_client: Client, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    url = reverse("admin:mailings_campaign_audience")
    assert outsider_client.get(url, {"expression": "orders == 0"}).json()["people"] == 0
    assert outsider_client.get(url, {"campaign": str(campaign.pk)}).status_code == 404
    assert Client().get(url).status_code == 302


def drawing(campaign: Campaign, *, percent: float) -> Campaign:
    campaign.hold_out_percent = percent
    return campaign


def form_of(campaign: Campaign, **changed: Any) -> dict[str, Any]:
    rows = {
        f"{name}-{field}": value
        for name in ("copies", "variants")
        for field, value in (("TOTAL_FORMS", 0), ("INITIAL_FORMS", 0))
    }
    return rows | {
        "name": campaign.name, "kind": "news", "template_version": str(campaign.template_version_id),
        "expression": "", "exclusion": "", "audience": "{}", "hold_out_percent": "0", "cap_mails": "",
        "cap_days": "7",
        "placement": "email", "product_count": "0", "attribution_days": "7", "winner_rule": "",
        "wave_size": "0", "wave_minutes": "60", "max_bounce_percent": "5", "max_complaint_percent": "0.3",
    } | changed  # fmt: skip


@pytest.mark.django_db
def test_the_form_keeps_the_line_and_refuses_what_is_none(author_client: Client, campaign: Campaign) -> None:
    url = reverse("admin:mailings_campaign_change", args=[campaign.pk])
    sent = form_of(
        campaign, expression="orders >= 2", exclusion="at_risk", audience='{"countries": ["DE"]}',
        hold_out_percent="10",
    )  # fmt: skip
    answer = author_client.post(url, sent)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    campaign.refresh_from_db()
    assert campaign.audience == {"countries": ["DE"], "expression": "orders >= 2", "except": "at_risk"}
    assert campaign.hold_out_percent == 10
    page = author_client.get(url).content.decode()
    assert "orders &gt;= 2" in page
    wrong = author_client.post(url, form_of(campaign, expression="orders = 2"))
    assert "Position 8: Write == to compare." in wrong.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_page_counts_while_one_types(
    address: str, page: Page, member: Any, campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    user: User = member("author")
    for number in range(14):
        customer_factory(country="DE" if number % 3 else "AT", locale="de" if number % 2 else "en")
    sign_in(page, address=address, role=user.username)
    page.goto(f"{address}{reverse('admin:mailings_campaign_change', args=[campaign.pk])}")
    panel = page.locator("[data-audience]")
    expect(panel).to_contain_text("14 people")
    page.fill("[name=expression]", 'country == "DE"')
    page.fill("[name=hold_out_percent]", "20")
    expect(panel).to_contain_text("9 people")
    drawn = held_out_of(Customer.objects.filter(country="DE"), campaign=drawing(campaign, percent=20)).count()
    if drawn:
        expect(panel).to_contain_text(f"less {drawn} held out")
    expect(panel).to_contain_text(f"{9 - drawn} mails")
    page.select_option("[name=kind]", "offers")
    MailPreference.objects.create(
        workspace=campaign.workspace, address_normalized="guest2@mail.example", declined_kinds=["picks"]
    )
    page.fill("[name=hold_out_percent]", "0")
    expect(panel).to_contain_text("9 mails")
    page.select_option("[name=kind]", "picks")
    expect(panel).to_contain_text("less 1 who declined this kind of mail")
    expect(panel).to_contain_text("8 mails")
    page.fill("[name=exclusion]", "orders = 2")
    expect(panel).to_contain_text("Position 8: Write == to compare.")
    page.fill("[name=exclusion]", 'language == "en"')
    expect(panel).to_contain_text("5 people: de 5; 4 excluded")
