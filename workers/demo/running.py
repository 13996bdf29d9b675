"""Starts the system, runs the stages, and keeps it up while the caller looks around."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.core.management.base import CommandError
from django.db import close_old_connections

from content.models import Brief, Draft
from omotenashi.local.application import Application
from omotenashi.local.errors import LocalError
from personalization.mailings.models import Campaign
from workers.demo import stages
from workers.demo.console import Console
from workers.demo.shop import DemoShop, open_shop
from workers.demo.summary import print_summary

START_SECONDS = 180


@dataclass(frozen=True)
class RunningDemo:
    shop: DemoShop
    brief: Brief
    drafts: tuple[Draft, ...]
    campaign: Campaign
    urls: dict[str, str]


@contextmanager
def running_demo() -> Iterator[RunningDemo]:
    """The system with the sample shop in it; stopped at the end of the block."""
    console = Console()
    application = _application()
    try:
        with console.stage("Start PostgreSQL, Valkey, web, workers, scheduler, inbox"):
            application.start()
            if not application.wait_until_ready(seconds=START_SECONDS):
                raise CommandError(
                    f"Not ready after {START_SECONDS} s. See the logs in {settings.VAR / 'log'}."
                )
        yield _run_stages(application, console=console)
    finally:
        console.say("\nStopping …")
        application.stop()


def _application() -> Application:
    try:
        application = Application(settings.VAR, stream=None)
    except LocalError as error:
        raise CommandError(str(error)) from error
    if "DATABASE_URL" not in os.environ and application.config.database_url != settings.DATABASE_URL:
        # A stranger took our port, so the servers got new ones after the settings were read: read them anew.
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
    return application


def _run_stages(application: Application, *, console: Console) -> RunningDemo:
    close_old_connections()
    web_url = application.config.web_url
    with console.stage("Open the shop: workspace, login, key, catalogue over REST"):
        shop = open_shop(web_url=web_url)
        workspace = shop.workspace
        stages.send_catalogue(workspace, web_url=web_url, key=shop.key)
    with console.stage("File a brief in three languages (the GPU worker begins)"):
        brief = stages.file_briefs(workspace)
    with console.stage("Load customers, orders and visits"):
        stages.load_history(workspace)
    with console.stage("Learn from them: text vectors, what goes together, customer vectors"):
        stages.learn(workspace, console=console)
    with console.stage("Ask for recommendations over REST"):
        customer = stages.regular_customer(workspace)
        answer = stages.recommend(customer, web_url=web_url, key=shop.key)
    with console.stage("Send a mailing over SMTP to the local inbox"):
        campaign = stages.send_mailing(workspace, console=console)
    with console.stage("Wait for the drafts"):
        drafts = stages.wait_for_drafts(brief, console=console)
    print_summary(
        console,
        shop=shop,
        customer=customer,
        answer=answer,
        drafts=drafts,
        campaign=campaign,
        urls=application.urls(),
    )
    return RunningDemo(shop, brief, tuple(drafts), campaign, application.urls())
