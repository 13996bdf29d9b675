"""Takes the pictures of docs/images: studio and inbox as a marketer sees them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.management.base import CommandError
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from workers.demo.running import RunningDemo

_WIDTH, _HEIGHT = 1440, 900
# Chromium's own errands would knock on a closed network.
_CALM = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
_ROOT_ONLY = ("--no-sandbox",)


def take_pictures(demo: RunningDemo, *, folder: Path) -> Iterator[Path]:
    """Yields each file as it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*_CALM, *_ROOT_ONLY], chromium_sandbox=False
        )
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, locale="en-GB")
        page.set_default_timeout(120_000)  # the first page of a cold, busy machine takes its time
        _sign_in(page, demo)
        for name, visit in _visits(demo).items():
            visit(page)
            path = folder / f"{name}.png"
            page.screenshot(path=path)
            yield path
        browser.close()


def chromium() -> str:
    """The system's browser. Raises CommandError with the remedy where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise CommandError("Chromium is missing: run `make browser`.")
    return found


def _sign_in(page: Page, demo: RunningDemo) -> None:
    page.goto(_url(demo, "admin:login"))
    page.fill("input[name=username]", demo.shop.username)
    page.fill("input[name=password]", demo.shop.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


def _visits(demo: RunningDemo) -> dict[str, Callable[[Page], None]]:
    english = next(draft for draft in demo.drafts if draft.locale.startswith("en"))
    return {
        "studio": lambda page: _open(page, _url(demo, "admin:index")),
        "brief": lambda page: _open(page, _url(demo, "admin:content_brief_change", demo.brief.pk)),
        "draft": lambda page: _open(page, _url(demo, "admin:content_draft_change", english.pk)),
        "products": lambda page: _open(page, _url(demo, "admin:catalog_product_changelist")),
        "campaign": lambda page: _open(page, _url(demo, "admin:mailings_campaign_change", demo.campaign.pk)),
        "inbox": lambda page: _open_first_mail(page, demo.urls["inbox"]),
        "api": lambda page: _open_docs(page, f"{_web(demo)}/api/docs/"),
    }


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("load")
    page.wait_for_timeout(600)  # fonts, pictures, the end of animations


def _open_docs(page: Page, url: str) -> None:
    _open(page, url)
    page.wait_for_selector(".opblock")


def _open_first_mail(page: Page, url: str) -> None:
    _open(page, url)
    page.locator("#list button").first.click()
    page.wait_for_timeout(1_000)


def _url(demo: RunningDemo, name: str, *args: object) -> str:
    return _web(demo) + reverse(name, args=args)


def _web(demo: RunningDemo) -> str:
    return demo.shop.workspace.site_url.rstrip("/")
