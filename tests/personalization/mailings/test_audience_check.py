"""The pre-flight over a whole audience: what it finds and blocks, and that it goes on after a kill."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from omotenashi.errors import InvalidInput
from omotenashi.jobs.testing import run_queued
from personalization.mailings import checked, services
from personalization.mailings.engine import domains
from personalization.mailings.models import Campaign, MailPreference, Message, PreflightRun
from personalization.mailings.rows import DECLINED
from personalization.mailings.sample import sample_source
from personalization.mailings.services import audience_check
from personalization.mailings.services.surroundings import broken_links
from personalization.mailings.services.verdicts import latest_check
from personalization.models import Recommendation
from tests.personalization.mailings.conftest import CustomerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_name_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may have none, and waiting for it is not what these are about."""
    monkeypatch.setattr(domains, "ask_system", lambda name: None)


def careless(campaign: Campaign, *, greeting: str = "Dear {{ customer.first_name }},") -> Campaign:
    """A template that prints a name without asking whether there is one."""
    _, source = sample_source()
    wording = {locale: {**words, "greeting": greeting} for locale, words in source.wording.items()}
    template = campaign.template_version.template
    version = services.save_template_version(template, source=replace(source, wording=wording))
    Campaign.objects.filter(pk=campaign.pk).update(template_version=version)
    campaign.refresh_from_db()
    return campaign


def check(campaign: Campaign) -> dict[str, Any]:
    services.request_check(campaign)
    (job,) = run_queued("mailings.check_audience")
    assert job.state == "succeeded", job.error
    run = latest_check(campaign)
    assert run is not None
    report: dict[str, Any] = run.report
    return report


def found(report: dict[str, Any]) -> dict[str, int]:
    return {own["code"]: own["mails"] for own in report["findings"] if own["severity"] != "info"}


def test_it_writes_everyones_mail_and_sends_and_records_nothing(
    campaign: Campaign, customer_factory: CustomerFactory, product_factory: Callable[..., Product]
) -> None:
    for _ in range(4):
        product_factory(url="https://tansu.example/p", image_url="https://tansu.example/i.png")
    Campaign.objects.filter(pk=campaign.pk).update(product_count=4)
    for locale in ("en", "de", "ja", "ja"):
        customer_factory(locale=locale)
    campaign.refresh_from_db()
    report = check(campaign)
    assert (report["mails"], report["by_locale"]) == (4, {"en": 1, "de": 1, "ja": 2})
    assert report["largest_bytes"] > 10_000
    assert not Message.objects.exists()
    assert not Recommendation.objects.exists()


def test_it_counts_those_who_get_no_mail_with_the_reason(
    campaign: Campaign, customer_factory: CustomerFactory, workspace: Workspace
) -> None:
    for _ in range(4):
        customer_factory()
    customer_factory(agrees=False)
    services.suppress(workspace, address="guest1@mail.example", reason="manual", source="test")
    MailPreference.objects.create(
        workspace=workspace, address_normalized="guest2@mail.example", declined_kinds=["news"]
    )
    report = check(campaign)
    assert report["mails"] == 2
    assert report["skipped"] == {"suppressed: manual": 1, DECLINED: 1, "no consent": 1}


def test_a_blank_name_is_found_and_keeps_the_campaign_from_being_sent(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    careless(campaign)
    for _ in range(3):
        customer_factory()
    nameless = customer_factory(first_name="")
    report = check(campaign)
    assert found(report)["blank_variable"] == 1
    assert report["worst"][0]["customer"] == nameless.external_id
    with pytest.raises(InvalidInput) as refusal:
        services.schedule(campaign)
    assert [own.code for own in refusal.value.errors] == ["blank_variable"]
    assert "customer.first_name" in refusal.value.errors[0].detail


def test_a_campaign_that_was_mended_since_may_be_scheduled(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    careless(campaign)
    customer_factory(first_name="")
    check(campaign)
    careless(campaign, greeting="{{ customer.first_name | default: 'Hello' }},")
    assert latest_check(campaign) is None
    assert services.schedule(campaign).state == "scheduled"


def test_a_campaign_scheduled_while_it_is_checked_waits_and_comes_back_as_a_draft(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    careless(campaign)
    customer_factory(first_name="")
    services.request_check(campaign)
    services.schedule(campaign)
    assert services.tick()["started"] == 0
    run_queued("mailings.check_audience")
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    assert "customer.first_name" in campaign.notice


def test_products_that_are_missing_untranslated_or_sold_out_meanwhile_are_found(
    campaign: Campaign, customer_factory: CustomerFactory, product_factory: Callable[..., Product],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    product = product_factory(url="https://tansu.example/p", image_url="https://tansu.example/i.png")
    Campaign.objects.filter(pk=campaign.pk).update(product_count=2)
    campaign.refresh_from_db()
    customer_factory(locale="de")
    shelf = checked._shelf

    def sold_meanwhile(product_ids: Any, **given: Any) -> Any:
        Product.objects.filter(pk=product.pk).update(stock=0)
        return shelf(product_ids, **given)

    monkeypatch.setattr(checked, "_shelf", sold_meanwhile)
    report = check(campaign)
    assert {"few_products": 1, "untranslated_product": 1, "stale_offer": 1}.items() <= found(report).items()


def test_it_goes_on_where_a_worker_was_killed(
    campaign: Campaign, customer_factory: CustomerFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        customer_factory()
    monkeypatch.setattr(audience_check, "CHUNK", 2)
    judge, seen = audience_check.Examiner.judge, []

    def dying(self: Any, people: Any, *, now: Any) -> Any:
        seen.append(len(people))
        if len(seen) == 2:
            raise RuntimeError("killed")
        return judge(self, people, now=now)

    monkeypatch.setattr(audience_check.Examiner, "judge", dying)
    job = services.request_check(campaign)
    run_queued("mailings.check_audience")
    type(job).objects.filter(pk=job.pk).update(run_after=None)
    run_queued("mailings.check_audience")
    report = PreflightRun.objects.get().report
    assert (report["mails"], seen) == (5, [2, 2, 2, 1])


def test_no_query_is_made_for_a_single_recipient(
    campaign: Campaign, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    with CaptureQueriesContext(connection) as few:
        check(campaign)
    for _ in range(30):
        customer_factory()
    with CaptureQueriesContext(connection) as many:
        check(campaign)
    assert len(many) <= len(few) + 3


def test_a_feed_that_is_silent_for_weeks_is_told(
    campaign: Campaign, customer_factory: CustomerFactory, product_factory: Callable[..., Product]
) -> None:
    product = product_factory()
    customer_factory()
    Product.objects.filter(pk=product.pk).update(updated_at=timezone.now() - timedelta(days=12))
    assert "stale_feed" in found(check(campaign))


class _Shop(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(404 if "gone" in self.path else 200)
        self.end_headers()

    def log_message(self, *given: Any) -> None:
        pass


@pytest.fixture
def shop_url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_page_that_is_gone_blocks_and_a_site_out_of_reach_does_not(shop_url: str) -> None:
    (gone,) = broken_links([f"{shop_url}/a", f"{shop_url}/gone"], allow_private=True)
    assert (gone.code, gone.severity) == ("broken_link", "error")
    (unreached,) = broken_links(["http://127.0.0.1:9/a", "http://127.0.0.1:9/b"], allow_private=True)
    assert (unreached.code, unreached.severity) == ("site_not_reached", "info")


def test_it_asks_no_address_within_the_private_network(shop_url: str) -> None:
    (refused,) = broken_links([f"{shop_url}/gone"])
    assert refused.code == "site_not_reached"


def test_the_studio_starts_it_and_shows_the_report(
    campaign: Campaign, customer_factory: CustomerFactory, author_client: Client, viewer_client: Client
) -> None:
    careless(campaign)
    customer_factory(first_name="")
    page = f"/studio/mailings/campaign/{campaign.pk}"
    assert viewer_client.post(f"{page}/check/").status_code == 403
    assert author_client.get(f"{page}/check/").status_code == 404
    assert author_client.post(f"{page}/check/").status_code == 302
    assert "data-progress" in author_client.get(f"{page}/change/").content.decode()
    run_queued("mailings.check_audience")
    shown = author_client.get(f"{page}/change/").content.decode()
    assert "customer.first_name" in shown
    assert "worst-looking" in shown


def test_the_api_starts_it_and_tells_the_report(
    campaign: Campaign, customer_factory: CustomerFactory, api: APIClient, outsider_api: APIClient
) -> None:
    customer_factory()
    path = f"/v1/campaigns/{campaign.pk}/preflight"
    assert outsider_api.post(path).status_code == 404
    answer = api.post(path)
    assert (answer.status_code, answer["Location"]) == (202, answer.json()["job"]["url"])
    assert api.get(path).json()["audience"] is None
    run_queued("mailings.check_audience")
    assert api.get(path).json()["audience"]["mails"] == 1
