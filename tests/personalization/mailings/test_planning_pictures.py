"""The form of a campaign as a marketer fills it, on a desk and a phone. `MAIL_PICTURES` keeps pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
from playwright.sync_api import Page

from content.models import Brand, Draft
from content.services import writing
from omotenashi.accounts.models import User, Workspace
from omotenashi.catalog.models import Product
from omotenashi.jobs.testing import run_queued
from personalization.mailings.models import Campaign
from tests.browser import address, page, sign_in
from tests.content.conftest import brand, teapot
from tests.content.scripted import ScriptedModel
from tests.personalization.mailings.conftest import CustomerFactory
from tests.personalization.mailings.test_mail_pictures import TOO_WIDE, WIDTHS, keep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["address", "brand", "page", "teapot"]  # fixtures


def test_a_marketer_plans_a_campaign_in_the_browser(
    page: Page, address: str, member: Callable[[str], User], workspace: Workspace, campaign: Campaign,
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    customer_factory()
    member("author")
    Workspace.objects.filter(pk=workspace.pk).update(time_zone="Europe/Berlin")
    sign_in(page, address=address, role="author")
    page.goto(f"{address}/studio/mailings/campaign/{campaign.pk}/change/")
    page.fill("[name=scheduled_at_0]", "2026-12-01")
    page.fill("[name=scheduled_at_1]", "09:00")
    page.get_by_label("At each recipient's local time").check()
    page.fill("[name=quiet_from]", "22:00")
    page.fill("[name=wave_size]", "5000")
    page.click("[name=_continue]")
    page.wait_for_selector("text=Give “Until” too, or leave “Quiet hours from” empty.")
    show(page, name="plan")
    page.fill("[name=quiet_until]", "07:30")
    page.click("[name=_continue]")
    page.wait_for_selector("text=was changed successfully")
    campaign.refresh_from_db()
    assert (campaign.scheduled_at, campaign.by_local_time) == (datetime(2026, 12, 1, 8, tzinfo=UTC), True)
    assert (campaign.quiet_from, campaign.quiet_until, campaign.wave_size) == (time(22), time(7, 30), 5_000)
    assert problems == []


def test_subject_lines_are_asked_for_approved_and_used_in_the_browser(
    page: Page, address: str, member: Callable[[str], User], campaign: Campaign, brand: Brand,
    teapot: Product, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    customer_factory()
    member("author"), member("approver")
    monkeypatch.setattr(writing, "language_model", lambda preset: ScriptedModel())
    own = f"{address}/studio/mailings/campaign/{campaign.pk}/change/"
    sign_in(page, address=address, role="author")
    page.goto(own)
    page.get_by_label("About the products").fill("teapot")
    page.click("text=Write subject lines")
    page.wait_for_selector("text=Subject lines are being written.")
    run_queued("content.write_brief", "content.write_draft")
    page.wait_for_selector("text=Read, edit and approve")  # the page noticed by itself
    draft = Draft.objects.get(locale="en")
    sign_in(page, address=address, role="approver")
    page.goto(f"{address}/studio/content/draft/{draft.pk}/change/")
    page.click("button:has-text('Approve')")
    page.goto(own)
    show(page, name="subjects")
    page.click("text=Use the approved lines as variants")
    page.wait_for_selector("text=The approved lines are variants now.")
    assert [variant.name for variant in campaign.variants.all()] == ["line-1", "line-2", "line-3"]
    assert problems == []


def show(page: Page, *, name: str) -> None:
    """On a desk and a phone, where nothing may be wider than the screen."""
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        keep(page, name=f"{name}-{device}")
        assert page.evaluate(TOO_WIDE) <= 0
    page.set_viewport_size({"width": 1280, "height": 900})
