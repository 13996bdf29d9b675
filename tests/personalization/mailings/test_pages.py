"""The pages that mails link to: RFC 8058, the unsubscribe page, reading in the browser."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import signing
from django.test import Client

from omotenashi.errors import InvalidInput
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message, Suppression
from personalization.mailings.tokens import links_for
from personalization.models import Consent
from tests.personalization.mailings.conftest import Relay

pytestmark = pytest.mark.django_db
ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = "application/x-www-form-urlencoded"


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_the_header_of_a_sent_mail_unsubscribes_with_one_post(
    relay: Relay, message: Message, stranger: Client
) -> None:
    header = relay.mail()["List-Unsubscribe"]
    url = header.split(">")[0].strip("<")
    answer = stranger.post(path_of(url), data=ONE_CLICK, content_type=FORM)
    assert answer.status_code == 200
    assert not answer.cookies
    assert Suppression.objects.get().reason == "unsubscribed"
    assert not Consent.objects.order_by("-at").first().granted  # type: ignore[union-attr]


def test_a_second_click_changes_nothing_more(message: Message, stranger: Client) -> None:
    for _ in range(2):
        stranger.post(path_of(links_for(message).unsubscribe), data=ONE_CLICK, content_type=FORM)
    assert (Suppression.objects.count(), Consent.objects.count()) == (1, 2)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_link_never_unsubscribes(method: str, message: Message, stranger: Client) -> None:
    answer = getattr(stranger, method)(path_of(links_for(message).unsubscribe))
    assert answer.status_code == 200
    assert not Suppression.objects.exists()


def test_a_post_that_says_nothing_does_not_unsubscribe(message: Message, stranger: Client) -> None:
    stranger.post(path_of(links_for(message).unsubscribe), data="", content_type=FORM)
    assert not Suppression.objects.exists()


def test_the_page_speaks_the_recipients_language_and_its_button_works(
    message: Message, stranger: Client
) -> None:
    page = stranger.get(path_of(links_for(message).unsubscribe)).content.decode()
    assert 'lang="de"' in page
    assert "Abmelden" in page
    done = stranger.post(path_of(links_for(message).unsubscribe), data={"confirm": "yes"}).content.decode()
    assert "Abgemeldet" in done


def test_the_next_campaign_leaves_the_unsubscribed_out(
    message: Message, relay: Relay, stranger: Client, campaign: Campaign
) -> None:
    stranger.post(path_of(links_for(message).unsubscribe), data=ONE_CLICK, content_type=FORM)
    again = services.create_campaign(
        campaign.workspace, name="Next", template_version=campaign.template_version
    )
    with pytest.raises(InvalidInput, match="not ready"):
        services.schedule(again)
    assert len(relay.received) == 1


def test_the_link_still_works_when_the_message_is_gone(message: Message, stranger: Client) -> None:
    path = path_of(links_for(message).unsubscribe)
    Message.objects.all().delete()
    stranger.post(path, data=ONE_CLICK, content_type=FORM)
    assert Suppression.objects.get().address_normalized == "guest1@mail.example"


def test_a_link_signed_before_links_were_closed_still_works(message: Message, stranger: Client) -> None:
    values = {"m": message.pk.hex, "w": message.workspace_id.hex, "l": "de", "a": message.address_normalized}
    token = signing.dumps(values, salt="mailings.unsubscribe")
    stranger.post(f"/u/{token}", data=ONE_CLICK, content_type=FORM)
    assert Suppression.objects.get().address_normalized == message.address_normalized
    reading = signing.dumps({"m": message.pk.hex, "w": message.workspace_id.hex}, salt="mailings.browser")
    assert stranger.get(f"/m/{reading}").status_code == 200


def test_a_link_outlives_a_change_of_the_secret(message: Message, stranger: Client, settings: Any) -> None:
    path = path_of(links_for(message).unsubscribe)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret"
    stranger.post(path, data=ONE_CLICK, content_type=FORM)
    assert Suppression.objects.exists()


def test_a_link_under_a_secret_that_was_dropped_leads_nowhere(
    message: Message, stranger: Client, settings: Any
) -> None:
    path = path_of(links_for(message).unsubscribe)
    settings.SECRET_KEY = "another secret"
    assert stranger.post(path, data=ONE_CLICK, content_type=FORM).status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", "eyJhIjoxfQ:1abcde:forged", "A" * 106, "ä", "-_" * 60])
def test_a_forged_link_leads_nowhere(token: str, stranger: Client) -> None:
    assert stranger.post(f"/u/{token}", data=ONE_CLICK, content_type=FORM).status_code == 404
    assert stranger.get(f"/m/{token}").status_code == 404


def test_a_link_for_reading_cannot_unsubscribe(message: Message, stranger: Client) -> None:
    token = links_for(message).browser.rsplit("/", 1)[1]
    assert stranger.post(f"/u/{token}", data=ONE_CLICK, content_type=FORM).status_code == 404
    assert not Suppression.objects.exists()


def test_the_letter_can_be_read_in_a_browser_that_runs_nothing(message: Message, stranger: Client) -> None:
    answer = stranger.get(path_of(links_for(message).browser))
    assert "Hallo Jörg" in answer.content.decode()
    assert answer["Content-Security-Policy"].startswith("sandbox ")
    assert "script-src" not in answer["Content-Security-Policy"]
