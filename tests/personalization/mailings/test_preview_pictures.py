"""The preview in a real browser: one variant after the other, on a desktop and a phone."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from personalization.mailings.addressing import draw
from personalization.mailings.models import Campaign
from tests.browser import sign_in
from tests.personalization.mailings.conftest import CustomerFactory, Publish, another
from tests.personalization.mailings.test_mail_pictures import TOO_WIDE, WIDTHS, keep


@pytest.mark.django_db(transaction=True)
def test_the_marketer_looks_at_one_variant_after_the_other(
    address: str, page: Page, member: Any, campaign: Campaign, customer_factory: CustomerFactory,
    publish_copy: Publish,
) -> None:  # fmt: skip
    customer = customer_factory()
    short = {"name": "short", "subject": {"en": "Few words"}, "copies": {"en": publish_copy("A cup of tea")}}
    long = {"name": "long", "copies": {"en": publish_copy("A cup of tea for the evening")}}
    own = another(campaign, variants=[short, long])
    (drawn,) = draw(own, [customer.pk])
    other = "long" if drawn == "short" else "short"
    titles = {"short": "A cup of tea", "long": "A cup of tea for the evening"}
    member("viewer")
    sign_in(page, address=address, role="viewer")
    page.goto(f"{address}{reverse('admin:mailings_campaign_preview', args=[own.pk])}")
    letter = page.frame_locator("iframe")
    for chosen in ("", other, drawn):
        page.get_by_label("Which variant?").select_option(chosen)
        page.get_by_role("button", name="Show").click()
        shown = chosen or drawn
        expect(page.locator("section .st-hint").first).to_contain_text(f"variant {shown}")
        expect(letter.get_by_text(titles[shown], exact=True)).to_be_visible()
        expect(page.get_by_label("Which variant?")).to_have_value(chosen)
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        keep(page, name=f"preview-variant-{device}")
        assert page.evaluate(TOO_WIDE) <= 0
