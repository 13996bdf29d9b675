"""The sample shop's letter as mail programs show it: on a desk and on a phone, by day and by night.

`MAIL_PICTURES=folder` keeps the pictures.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.render import compile_template, render
from personalization.mailings.sample import sample_source
from tests.browser import address, page
from tests.personalization.mailings import wire
from tests.personalization.mailings.conftest import Relay
from tests.personalization.mailings.engine.letters import CONTENT
from tests.personalization.mailings.sample_mails import SampleMail, regulars_mails

pytestmark = pytest.mark.django_db
__all__ = ["address", "page"]  # fixtures
WIDTHS = {"desktop": 1_280, "phone": 390}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Every text that is seen, with the contrast of its ink on what lies beneath (WCAG 2.2, 1.4.3).
PALE_TEXTS = """() => {
  const channels = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const beneath = node => {
    for (let own = node; own; own = own.parentElement) {
      const ground = channels(getComputedStyle(own).backgroundColor);
      if (ground.length === 3 || ground[3] > 0) return ground;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement, box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    if (!walk.currentNode.data.trim() || box.width < 2 || box.height < 2) continue;
    if (style.visibility === 'hidden' || +style.opacity === 0 || parseFloat(style.fontSize) < 2) continue;
    const [a, b] = [light(channels(style.color)), light(beneath(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
      found.push(`${ratio.toFixed(1)}: ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return found;
}"""
MISSING_PICTURES = """() => [...document.images].filter(own => !own.naturalWidth).map(own => own.src)"""
TOO_WIDE = """() => document.documentElement.scrollWidth - window.innerWidth"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.sheet, .paper')].flatMap(area =>
  [...area.querySelectorAll('div, a')].filter(own => own.innerText?.trim() && !own.querySelector('div'))
    .map(own => parseFloat(getComputedStyle(own).fontSize)).filter(size => size > 2)))"""

# A thumb's width: the button, and what a reader who wants to leave must hit.
SMALL_TARGETS = """() => [...document.querySelectorAll('.links a, td[role=presentation] > a')]
  .filter(own => own.getBoundingClientRect().height < 40).map(own => own.innerText)"""
START_EDGES = """() => [...document.querySelectorAll('.card')].slice(0, 2).map(own =>
  [own.getBoundingClientRect().x, getComputedStyle(own.querySelector('.ink div')).textAlign])"""


@pytest.fixture
def mails(address: str, workspace: Workspace, relay: Relay, settings: Any) -> dict[str, SampleMail]:
    settings.PUBLIC_URL = address
    return regulars_mails(workspace, relay=relay, asset_url=address)


def test_each_letter_reads_well_on_desk_and_phone_by_day_and_by_night(
    mails: dict[str, SampleMail], page: Page
) -> None:
    for mail in mails.values():
        wire.read(mail.raw)  # letters of the whole catalogue keep to the grammar too
    wrong: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        for device, width in WIDTHS.items():
            for locale, mail in mails.items():
                _show(page, mail, width=width, scheme=scheme)
                keep(page, name=f"mail-{locale}-{device}-{scheme}")
                if found := _faults(page):
                    wrong[f"{locale}, {device}, {scheme}"] = found
    assert wrong == {}


def test_in_a_language_written_from_the_right_the_letter_begins_there(page: Page) -> None:
    _, own = sample_source()
    words = dict.fromkeys(own.wording["en"], "كلمات")
    source = replace(
        own, subject={"ar": "رسالة من المتجر"}, preheader={"ar": "اخترنا لك"}, wording={"ar": words}
    )
    mail = render(compile_template(source), content=replace(CONTENT, locale="ar"))
    for device, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.set_content(mail.html)
        keep(page, name=f"mail-ar-{device}-light")
        (first, align), (second, _) = page.evaluate(START_EDGES)
        assert align == "right"
        assert first > second if device == "desktop" else first == second
        assert page.evaluate(TOO_WIDE) <= 0
    button = page.locator("td[role=presentation] > a").bounding_box()
    assert button is not None
    assert button["x"] + button["width"] > 300


def test_the_check_of_contrast_finds_ink_that_is_too_pale(page: Page) -> None:
    page.set_content("<body style='background:#fff'><p style='color:#999'>pale</p><p>plain</p></body>")
    assert page.evaluate(PALE_TEXTS) == ["2.8: pale"]


def _faults(page: Page) -> list[str]:
    found = [f"missing picture: {own}" for own in page.evaluate(MISSING_PICTURES)]
    found += [f"pale text: {own}" for own in page.evaluate(PALE_TEXTS)]
    if (more := page.evaluate(TOO_WIDE)) > 0:
        found.append(f"{more} pixels too wide")
    if (size := page.evaluate(SMALLEST)) < 12:
        found.append(f"text of {size} pixels")
    if page.evaluate("window.innerWidth") == WIDTHS["phone"]:
        found += [f"too small for a thumb: {own}" for own in page.evaluate(SMALL_TARGETS)]
    return found


def _show(page: Page, mail: SampleMail, *, width: int, scheme: Literal["light", "dark"]) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.set_content(mail.html, wait_until="load")


def keep(page: Page, *, name: str) -> None:
    if folder := os.environ.get("MAIL_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
