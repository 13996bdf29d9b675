"""The preference page: what a reader chooses there, in force at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.engine.preferences import Frequency, MailKind
from personalization.mailings.models import Campaign, MailPreference, Message, Suppression
from personalization.mailings.pages import WORDS as UNSUBSCRIBE_WORDS
from personalization.mailings.preference_words import WORDS
from personalization.mailings.rows import DECLINED, TOO_SOON
from personalization.mailings.sample import create_sample_campaign
from personalization.mailings.services.ledger import Intent, Ledger
from personalization.mailings.tokens import links_for
from personalization.models import Consent, Customer
from tests.personalization.mailings.conftest import CustomerFactory, Relay, prepared, run_mailings, send

pytestmark = pytest.mark.django_db
ALL = [kind.value for kind in MailKind]


def path_of(message: Message) -> str:
    return "/" + links_for(message).preferences.split("/", 3)[3]


def choose(stranger: Client, message: Message, **form: object) -> str:
    given = {"kind": ALL, "frequency": "any", "save": "yes"} | form
    answer = stranger.post(path_of(message), data=given)
    assert answer.status_code == 200
    assert not answer.cookies
    return answer.content.decode()


def next_campaign(workspace: Workspace, *, kind: str = "news", name: str = "Next") -> Campaign:
    campaign = create_sample_campaign(workspace, name=name, product_count=0)
    Campaign.objects.filter(pk=campaign.pk).update(kind=kind)
    campaign.refresh_from_db()
    return campaign


def reason(campaign: Campaign) -> tuple[str, str]:
    """What became of the first reader's mail."""
    rows = Message.objects.filter(address_normalized="guest1@mail.example")
    return rows.values_list("state", "reason").get(campaign=campaign)


def test_the_mail_links_to_it_and_it_speaks_the_readers_language(
    message: Message, relay: Relay, stranger: Client
) -> None:
    part = relay.mail().get_body(("html",))
    assert part is not None
    assert links_for(message).preferences in part.get_content()
    page = stranger.get(path_of(message)).content.decode()
    assert 'lang="de" dir="ltr"' in page
    assert WORDS["de"].kinds_question in page
    assert message.address_normalized in page


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_it_changes_nothing(method: str, message: Message, stranger: Client) -> None:
    query = "?save=yes&leave=yes&kind=news"
    assert getattr(stranger, method)(path_of(message) + query).status_code == 200
    assert not MailPreference.objects.exists()
    assert not Suppression.objects.exists()


def test_a_post_that_says_nothing_changes_nothing(message: Message, stranger: Client) -> None:
    assert stranger.post(path_of(message), data={}).status_code == 200
    assert not MailPreference.objects.exists()


def test_what_was_chosen_is_shown_again(message: Message, stranger: Client) -> None:
    said = choose(stranger, message, kind=["offers"], frequency="weekly")
    assert WORDS["de"].saved in said
    page = stranger.get(path_of(message)).content.decode()
    assert page.count(" checked") == 2
    assert 'value="weekly" checked' in page
    assert MailPreference.objects.get().declined_kinds == ["news", "picks", "reminders"]


def test_a_declined_kind_is_not_sent_and_the_others_are(
    message: Message, relay: Relay, stranger: Client, workspace: Workspace, customer_factory: CustomerFactory
) -> None:
    customer_factory()
    choose(stranger, message, kind=["offers"])
    news, offers = next_campaign(workspace, name="N"), next_campaign(workspace, kind="offers", name="O")
    send(news)
    send(offers)
    assert reason(news) == ("skipped", DECLINED)
    assert reason(offers)[0] == "sent"


def test_it_stops_a_mail_that_waits_already(
    message: Message, relay: Relay, stranger: Client, workspace: Workspace
) -> None:
    waiting = next_campaign(workspace)
    services.schedule(waiting)
    services.tick()
    run_queued("mailings.prepare_campaign")
    assert reason(waiting)[0] == "pending"
    choose(stranger, message, kind=["offers"])
    assert reason(waiting) == ("skipped", DECLINED)
    run_mailings()
    assert len(relay.received) == 1


def test_it_stops_a_mail_whose_bytes_are_on_the_wire(
    message: Message, relay: Relay, stranger: Client, workspace: Workspace
) -> None:
    """Claimed by a lane: it finds before the final dot that the message is no longer its own."""
    waiting = next_campaign(workspace)
    services.schedule(waiting)
    services.tick()
    run_queued("mailings.prepare_campaign")
    waiting.refresh_from_db()
    ledger = Ledger()
    claimed = ledger.claim(waiting, size=10, now=timezone.now())
    assert len(claimed) == 1
    choose(stranger, message, kind=["offers"])
    assert reason(waiting) == ("skipped", DECLINED)
    now, intent = timezone.now(), Intent(claimed[0].id, recommendation_id=None)
    assert ledger.commit_wave([intent], results=[], now=now, answer_within=timedelta(seconds=30)) == set()


@pytest.mark.parametrize(("days", "expected"), [(2, "skipped"), (8, "sent")])
def test_once_a_week_means_no_second_mail_within_one(
    days: int, expected: str, message: Message, relay: Relay, stranger: Client, workspace: Workspace
) -> None:
    choose(stranger, message, frequency="weekly")
    long_ago = timezone.now() - timedelta(days=days)
    Message.objects.filter(pk=message.pk).update(handed_over_at=long_ago, sent_at=long_ago)
    again = next_campaign(workspace)
    send(again)
    assert reason(again)[0] == expected
    assert (reason(again)[1] == TOO_SOON) == (expected == "skipped")


def test_fewer_mails_holds_for_those_that_wait_already(
    message: Message, relay: Relay, stranger: Client, workspace: Workspace
) -> None:
    """The last one was sent ten days ago; of the two that wait, the earlier stays."""
    long_ago = timezone.now() - timedelta(days=10)
    Message.objects.filter(pk=message.pk).update(handed_over_at=long_ago, sent_at=long_ago)
    campaigns = [next_campaign(workspace, name=name) for name in ("now", "tomorrow")]
    for campaign in campaigns:
        prepared(campaign)
    later = timezone.now() + timedelta(days=1)
    Message.objects.filter(campaign=campaigns[1]).update(not_before=later)
    choose(stranger, message, frequency="weekly")
    assert [reason(campaign) for campaign in campaigns] == [("pending", ""), ("skipped", TOO_SOON)]


def test_the_next_mail_comes_in_the_language_that_was_chosen(
    message: Message, relay: Relay, stranger: Client, workspace: Workspace
) -> None:
    choose(stranger, message, locale="ja")
    assert 'lang="ja"' in stranger.get(path_of(message)).content.decode()
    Customer.objects.update(locale="de")  # the shop's nightly import says otherwise
    again = next_campaign(workspace)
    send(again)
    assert Message.objects.get(campaign=again).locale == "ja"
    assert relay.mail(1)["Content-Language"] == "ja"


def test_leaving_from_here_is_leaving_for_good(message: Message, stranger: Client) -> None:
    page = stranger.post(path_of(message), data={"leave": "yes"}).content.decode()
    assert UNSUBSCRIBE_WORDS["de"].done in page
    assert Suppression.objects.get().source == "preference page"
    assert not Consent.objects.order_by("-at", "-id").first().granted  # type: ignore[union-attr]
    assert "<form" not in stranger.get(path_of(message)).content.decode()


@pytest.mark.parametrize("given", [{"frequency": "hourly"}, {"locale": "xx"}, {"kind": ["spam", "news"]}])
def test_what_is_not_on_the_form_is_not_stored(
    given: dict[str, object], message: Message, stranger: Client
) -> None:
    choose(stranger, message, **given)
    row = MailPreference.objects.get()
    assert row.frequency in set(Frequency)
    assert row.locale == ""
    assert set(row.declined_kinds) <= set(ALL)


def test_a_forged_link_shows_nothing(message: Message, stranger: Client) -> None:
    assert stranger.get("/p/" + "A" * 100).status_code == 404
    assert stranger.post("/p/" + "A" * 100, data={"leave": "yes"}).status_code == 404


def test_the_unsubscribe_page_offers_it(message: Message, stranger: Client) -> None:
    path = "/" + links_for(message).unsubscribe.split("/", 3)[3]
    assert path_of(message) in stranger.get(path).content.decode()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_language_names_every_choice(
    language: str, message: Message, stranger: Client, workspace: Workspace
) -> None:
    words = WORDS[language]
    assert set(words.kinds) == set(MailKind)
    assert set(words.frequencies) == set(Frequency)
    assert language in UNSUBSCRIBE_WORDS
    Workspace.objects.filter(pk=workspace.pk).update(locales=[language, "en"])
    choose(stranger, message, locale=language)
    page = stranger.get(path_of(message)).content.decode()
    assert f'lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page
    assert words.save in page


def test_a_language_we_do_not_speak_is_answered_in_english_and_says_so(
    campaign: Campaign, relay: Relay, customer_factory: CustomerFactory, stranger: Client
) -> None:
    customer_factory(locale="fi")
    send(campaign)
    page = stranger.get(path_of(Message.objects.get())).content.decode()
    assert 'lang="en"' in page
    assert WORDS["en"].save in page
