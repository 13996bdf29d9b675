"""A marketer in a real browser: from the built-in strategy to a saved one, with a preview between."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from omotenashi.accounts.models import User
from omotenashi.catalog.models import Product
from personalization.models import Order, Placement
from tests.browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_takes_a_marketer_from_an_idea_to_a_saved_strategy(
    page: Page, address: str, member: Callable[[str], User], shelf: list[Product],
    place_order: Callable[..., Order],
) -> None:  # fmt: skip
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    member("author")
    place_order([shelf[1]], customer="kim", days_ago=60)

    sign_in(page, address=address, role="author")
    page.goto(f"{address}/studio/personalization/placement/")
    page.click("li:has(strong:text-is('home')) >> text=Adjust")
    write_the_strategy(page)
    page.click("text=Preview the changes")
    page.fill("[name=customer]", "kim")
    page.click("button:has-text('Show')")
    page.wait_for_selector("h1:has-text('As kim')")
    edited = page.locator("[data-side=right]")
    assert "Not saved" in edited.inner_text()
    assert edited.locator(".pl-item").first.locator("strong").inner_text() == "Product 8"
    assert "excluded by the rule “No sevens”" in edited.inner_text()
    assert page.locator("[data-side=left] .pl-item").count() == 10
    assert not Placement.objects.exists()

    page.click("text=Keep editing")
    assert page.locator("[data-rule]").count() == 2
    page.fill("[name=count]", "6")
    page.click("text=Preview the changes")
    page.wait_for_selector("h1:has-text('nobody knows yet')")
    assert page.locator("[data-side=right] .pl-item").count() == 6
    page.click("text=Save these changes")
    page.wait_for_selector("text=The next answer of “home” follows it")
    saved = Placement.objects.get().settings
    assert [rule["action"] for rule in saved["rules"]] == ["pin", "exclude"]
    assert (saved["repeat_share"], saved["count"]) == (0, 6)
    assert problems == []


def write_the_strategy(page: Page) -> None:
    """The page judges filters while they are written, and shows only what an action needs."""
    page.check("input[name=mode][value=new]", force=True)
    page.fill("[name=filter]", "prise < 50")
    page.wait_for_selector("text=Did you mean price?")
    page.fill("[name=filter]", "price <")
    page.wait_for_selector("text=Position 8")
    page.fill("[name=filter]", "price < 50")
    page.wait_for_selector("text=10 of 10 products")
    add_rule(page, action="pin", value="1", condition='id == "p8"', name="Eight first")
    add_rule(page, action="exclude", value="", condition='id == "p7"', name="No sevens")
    page.click("text=Add a rule")
    page.locator("[data-remove-rule]").last.click()
    assert page.locator("[data-rule]").count() == 2


def add_rule(page: Page, *, action: str, value: str, condition: str, name: str) -> None:
    page.click("text=Add a rule")
    rule = page.locator("[data-rule]").last
    rule.locator("[name=rule-action]").select_option(action)
    if value:
        rule.locator("[name=rule-value]").fill(value)
    else:
        assert not rule.locator("[name=rule-value]").is_visible()
    rule.locator("[name=rule-name]").fill(name)
    rule.locator("[name=rule-filter]").fill(condition)
    rule.locator("text=1 of 10 products").wait_for()
