"""Fixtures of tests that drive a real Chromium against the real server; a conftest.py names them."""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from django.db import connections
from playwright.sync_api import Page, sync_playwright

from tests.conftest import PASSWORD

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
def address(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The real ASGI server on a free port, so that the progress stream streams."""
    from omotenashi.asgi import application

    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the test's own thread
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(application, port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
    connections.close_all()  # Playwright's loop has a context of its own, and with it a connection of its own


@pytest.fixture
def page() -> Iterator[Page]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: see `make browser`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def sign_in(page: Page, *, address: str, role: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{address}/studio/login/")
    page.fill("#id_username", role)
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in")
    page.wait_for_url("**/studio/")
