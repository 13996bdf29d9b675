"""Links to products in a mail: on to the shop with the recommendation's id, and counted once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product
from personalization.mailings.models import MailClick, Message
from personalization.mailings.outcomes import arms_of
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.tokens import links_for
from tests.personalization.mailings.conftest import CustomerFactory, Relay, send

pytestmark = pytest.mark.django_db
SITE = "https://tansu.example"


@pytest.fixture
def mailed(
    workspace: Workspace,
    relay: Relay,
    customer_factory: CustomerFactory,
    product_factory: Callable[..., Product],
) -> Message:
    """A mail with three products, the last of which has no page."""
    Workspace.objects.filter(pk=workspace.pk).update(site_url=SITE)
    workspace.refresh_from_db()
    for name, url in (("a", f"{SITE}/a?size=2"), ("b", "/b"), ("c", "javascript:alert(1)")):
        product_factory(external_id=name, title=f"Bowl {name}", url=url)
    customer_factory()
    send(create_sample_campaign(workspace, name="Three", product_count=3))
    return Message.objects.get()


def product_links(relay: Relay) -> dict[str, str]:
    """By title, as the reader's mail program shows them."""
    page = relay.mail().get_body(("html",))
    assert page is not None
    found = re.findall(r'<a href="([^"]*)"[^>]*>(Bowl .)</a>', page.get_content())
    return {title: unescape(url) for url, title in found}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_a_link_leads_to_the_product_and_names_the_recommendation(
    mailed: Message, relay: Relay, stranger: Client
) -> None:
    links = product_links(relay)
    answer = stranger.get(path_of(links["Bowl a"]))
    assert answer.status_code == 302
    to = urlsplit(answer["Location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{SITE}/a"
    assert parse_qs(to.query) == {
        "size": ["2"], "utm_source": ["omotenashi"], "utm_medium": ["email"],
        "recommendation_id": [str(mailed.recommendation_id)],
    }  # fmt: skip
    assert stranger.get(path_of(links["Bowl b"]))["Location"].startswith(f"{SITE}/b?")
    assert not answer.cookies
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_product_without_a_page_has_no_link(mailed: Message, relay: Relay) -> None:
    assert product_links(relay)["Bowl c"] == ""


def test_a_click_counts_once_however_often(mailed: Message, relay: Relay, stranger: Client) -> None:
    (arm,) = arms_of(mailed.campaign, now=timezone.now())
    assert arm.clicks == 0
    for _ in range(3):
        stranger.get(path_of(product_links(relay)["Bowl a"]))
    assert MailClick.objects.count() == 1
    (arm,) = arms_of(mailed.campaign, now=timezone.now() + timedelta(days=2))
    assert (arm.clicks, arm.by_clicks.successes) == (1, 1)


def test_a_click_after_a_day_is_no_part_of_the_comparison(
    mailed: Message, relay: Relay, stranger: Client
) -> None:
    Message.objects.update(sent_at=timezone.now() - timedelta(days=3))
    stranger.get(path_of(product_links(relay)["Bowl a"]))
    assert arms_of(mailed.campaign, now=timezone.now())[0].clicks == 0


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}], ids=str)
def test_what_a_browser_fetches_ahead_is_no_click(
    mailed: Message, relay: Relay, stranger: Client, headers: dict[str, str]
) -> None:
    assert stranger.get(path_of(product_links(relay)["Bowl a"]), headers=headers).status_code == 302
    assert stranger.head(path_of(product_links(relay)["Bowl a"])).status_code == 302
    assert not MailClick.objects.exists()


def test_a_product_that_is_gone_leads_to_the_shop(mailed: Message, relay: Relay, stranger: Client) -> None:
    Product.objects.filter(external_id="a").delete()
    answer = stranger.get(path_of(product_links(relay)["Bowl a"]))
    assert answer["Location"].startswith(f"{SITE}?")


def test_a_place_that_the_mail_never_had_leads_to_the_shop_and_counts_nothing(
    mailed: Message, stranger: Client
) -> None:
    answer = stranger.get(path_of(f"{links_for(mailed).browser}/99"))
    assert answer["Location"].startswith(f"{SITE}?")
    assert not MailClick.objects.exists()


def test_a_page_that_turned_bad_is_not_followed(mailed: Message, relay: Relay, stranger: Client) -> None:
    Product.objects.filter(external_id="a").update(url="javascript:alert(1)")
    answer = stranger.get(path_of(product_links(relay)["Bowl a"]))
    assert answer["Location"].startswith(f"{SITE}?")


def test_where_even_the_shop_has_no_page_the_reader_is_told(
    mailed: Message, relay: Relay, stranger: Client
) -> None:
    Product.objects.all().delete()
    Workspace.objects.update(site_url="")
    answer = stranger.get(path_of(product_links(relay)["Bowl a"]))
    assert answer.status_code == 404
    assert "gone" in answer.content.decode()


def test_a_forged_link_leads_nowhere(mailed: Message, relay: Relay, stranger: Client) -> None:
    path = path_of(product_links(relay)["Bowl a"])
    token, place = path.removeprefix("/m/").split("/")
    assert stranger.get(f"/m/{token[:-2]}AA/{place}").status_code == 404
    other = path_of(links_for(mailed).unsubscribe).removeprefix("/u/")
    assert stranger.get(f"/m/{other}/{place}").status_code == 404
    assert not MailClick.objects.exists()


def test_the_letter_in_the_browser_has_the_same_links(
    mailed: Message, relay: Relay, stranger: Client
) -> None:
    """Also when a product between them is gone since."""
    before = product_links(relay)
    gone = min(before)
    Product.objects.filter(title=gone).delete()
    page = stranger.get(path_of(links_for(mailed).browser)).content.decode()
    left = {title: url for title, url in before.items() if title != gone and url}
    assert left
    for url in left.values():
        assert url in page
