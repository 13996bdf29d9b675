"""A marketer's way through the studio, from an empty list to what a mailing brought, in a real browser.

`MAIL_PICTURES=folder` keeps each page: on a desk and a phone, by day and by night.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from omotenashi.accounts.models import User, Workspace
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message
from personalization.mailings.sample import create_sample_template
from tests.browser import address, page, sign_in
from tests.personalization.mailings.conftest import CustomerFactory, Relay
from tests.personalization.mailings.sample_mails import fill_shelf
from tests.personalization.mailings.test_mail_pictures import SCHEMES, TOO_WIDE, WIDTHS, keep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["address", "page"]  # fixtures


def show(page: Page, *, name: str) -> None:
    """Nothing may be wider than the screen."""
    for scheme in SCHEMES:
        page.evaluate("dark => document.documentElement.classList.toggle('dark', dark)", scheme == "dark")
        page.emulate_media(color_scheme=scheme)
        for device, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(150)
            keep(page, name=f"walk-{name}-{device}-{scheme}")
            assert page.evaluate(TOO_WIDE) <= 0, f"{name} is too wide on a {device}"
    page.emulate_media(color_scheme="light")
    page.evaluate("document.documentElement.classList.remove('dark')")
    page.set_viewport_size({"width": 1280, "height": 900})


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state("load")


def test_from_an_empty_list_to_what_it_brought(
    page: Page, address: str, member: Callable[[str], User], workspace: Workspace, relay: Relay,
    customer_factory: CustomerFactory,
) -> None:  # fmt: skip
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    fill_shelf(workspace, asset_url=address)
    create_sample_template(workspace)
    for number in range(6):
        customer_factory(locale=("en", "de", "ja")[number % 3], first_name=f"Guest {number}")
    member("approver")
    page.set_default_timeout(60_000)  # a cold process on a busy machine
    sign_in(page, address=address, role="approver")

    page.goto(f"{address}/studio/mailings/campaign/")
    show(page, name="1-no-campaigns")
    page.goto(f"{address}/studio/mailings/campaign/add/")
    page.fill("[name=name]", "Autumn letter")
    page.select_option("[name=template_version]", index=1)
    page.fill("[name=expression]", 'locale == "de" or locale == "en"')
    expect(page.locator("[data-audience]")).to_contain_text("4 people: de 2, en 2")
    show(page, name="2-new")
    page.fill("[name=expression]", "locale = ")
    expect(page.locator("[data-audience] .st-note-error")).to_contain_text("Who receives it: Position")
    show(page, name="3-audience-mistaken")
    page.fill("[name=expression]", 'locale == "de" or locale == "en"')
    page.click("[name=_continue]")
    page.wait_for_selector("text=was added successfully")
    campaign = Campaign.objects.get()
    show(page, name="4-draft")

    press(page, "Check the whole audience")
    show(page, name="5-checking")
    run_queued("mailings.check_audience")
    page.reload()
    show(page, name="6-checked")
    page.click("text=Preview as a customer")
    page.frame_locator("iframe").get_by_text("Tansu & Thyme").first.wait_for()
    show(page, name="7-preview")
    widths = {}
    for width in ("Desk", "Tablet", "Phone"):
        page.get_by_label(width, exact=True).check()
        widths[width] = (page.locator("iframe").bounding_box() or {})["width"]
    assert widths["Phone"] == 390 < widths["Tablet"] == 768 < widths["Desk"]
    page.go_back()

    press(page, "Schedule now")
    show(page, name="8-scheduled")
    services.tick()
    run_queued("mailings.prepare_campaign")
    services.tick()
    page.reload()
    show(page, name="9-sending")
    press(page, "Pause")
    expect(page.locator("body")).to_contain_text("Paused")
    show(page, name="10-paused")
    assert services.send_due() == 0
    press(page, "Resume")
    services.send_due()
    services.tick()
    page.reload()
    campaign.refresh_from_db()
    assert (campaign.state, len(relay.received)) == ("sent", 4)
    show(page, name="11-sent")
    page.goto(f"{address}/studio/mailings/message/")
    show(page, name="12-messages")
    page.goto(f"{address}/studio/mailings/message/{Message.objects.first().pk}/change/")
    show(page, name="13-message")
    page.goto(f"{address}/studio/mailings/campaign/")
    show(page, name="14-campaigns")
    for area in ("mailtemplate", "suppression", "mailprovider"):
        page.goto(f"{address}/studio/mailings/{area}/")
        show(page, name=f"15-{area}")
    page.goto(f"{address}/studio/")
    show(page, name="16-home")
    assert problems == []
