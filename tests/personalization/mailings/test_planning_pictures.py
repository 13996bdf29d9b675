"""The form of a campaign as a marketer fills it, on a desk and a phone. `MAIL_PICTURES` keeps pictures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
from playwright.sync_api import Page

from omotenashi.accounts.models import User, Workspace
from personalization.mailings.models import Campaign
from tests.browser import address, page, sign_in
from tests.personalization.mailings.conftest import CustomerFactory
from tests.personalization.mailings.test_mail_pictures import TOO_WIDE, WIDTHS, keep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["address", "page"]  # fixtures


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
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        keep(page, name=f"plan-{device}")
        assert page.evaluate(TOO_WIDE) <= 0
    page.set_viewport_size({"width": 1280, "height": 900})
    page.fill("[name=quiet_until]", "07:30")
    page.click("[name=_continue]")
    page.wait_for_selector("text=was changed successfully")
    campaign.refresh_from_db()
    assert (campaign.scheduled_at, campaign.by_local_time) == (datetime(2026, 12, 1, 8, tzinfo=UTC), True)
    assert (campaign.quiet_from, campaign.quiet_until, campaign.wave_size) == (time(22), time(7, 30), 5_000)
    assert problems == []
