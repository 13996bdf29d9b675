"""One marketer and one approver, in a real browser: from a brief to a publication."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from content.models import Brand, Draft, Publication
from content.services import writing
from omotenashi.accounts.models import User
from omotenashi.catalog.models import Product
from omotenashi.jobs.testing import run_queued
from tests.browser import sign_in
from tests.content.scripted import ScriptedModel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_it_takes_a_text_from_a_brief_to_the_world(
    page: Page, address: str, member: Callable[[str], User], brand: Brand, teapot: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(dialog.message))
    member("author"), member("approver")
    monkeypatch.setattr(writing, "language_model", lambda preset: ScriptedModel())

    sign_in(page, address=address, role="author")
    file_a_brief(page)
    run_queued()
    page.wait_for_selector("text=statement")  # the page noticed by itself that the draft is there
    draft = Draft.objects.get()

    page.goto(f"{address}/studio/content/draft/{draft.pk}/change/")
    find_and_mend_an_invention(page)
    edited = draft.versions.order_by("-number")[0]
    assert edited.fields["title"] == "Cast iron teapot in matt black from Japan"
    assert edited.manifest["editor"] == "author"

    sign_in(page, address=address, role="approver")
    page.click(f"a[href='/studio/content/draft/{draft.pk}/change/']")
    page.click("button:has-text('Approve')")
    page.click("button:has-text('Publish')")
    page.fill("#publish-dialog [name=slug]", "iwa")
    page.click("text=Publish now")
    page.click("text=What is live")
    page.wait_for_selector("text=Where your shop finds it")
    assert Publication.objects.live().get().slug == "iwa"
    assert problems == []


def file_a_brief(page: Page) -> None:
    """With the keyboard where it counts: the picker is arrow keys and Enter."""
    page.click("text=New brief")
    page.fill("[data-search]", "iwa")
    page.wait_for_selector("[data-options] li")
    page.keyboard.press("Enter")
    for tag in ("de", "ja"):
        page.uncheck(f"input[name=locales][value={tag}]")
    page.fill("[name=keyphrase-en]", "cast iron teapot")
    page.check("input[name=length][value=short]", force=True)
    page.click("text=Write the drafts")
    page.wait_for_selector("text=Waiting for a writer")


def find_and_mend_an_invention(page: Page) -> None:
    """A false number is found while typing; clicking the finding selects it; then all is put right."""
    page.fill("#field-title", "Cast iron teapot for 1.7 litres")
    finding = page.locator("[data-findings] button", has_text="1.7")
    finding.click()
    assert "1.7" in selected_text(page)
    page.fill("#field-title", "Cast iron teapot in matt black from Japan")
    page.fill("#field-meta_description", META)
    page.fill("#field-body_markdown", BODY)
    page.wait_for_function("document.querySelector('[data-error-count]').textContent === ''")
    page.keyboard.press("Control+s")
    page.wait_for_selector("text=Saved as version 2")


def selected_text(page: Page) -> str:
    script = "() => { const { value, selectionStart, selectionEnd } = document.activeElement; "
    return str(page.evaluate(script + "return value.slice(selectionStart, selectionEnd); }"))


META = "A cast iron teapot in matt black. It holds 800 ml and comes from Japan. Have a look."
BODY = (
    "This cast iron teapot is matt black. It holds 800 ml. It comes from Japan. "
    "Rinse it with hot water only. The cast iron teapot is made for tea."
)
