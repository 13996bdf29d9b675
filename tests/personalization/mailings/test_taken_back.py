"""Approved texts that are taken back after a campaign was scheduled: none of them goes out any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

import content.services as content
from content.actors import Actor
from content.models import Draft, Publication
from content.services.writing import store_version
from omotenashi.errors import Conflict
from omotenashi.jobs.testing import run_queued
from personalization.mailings import services
from personalization.mailings.models import Campaign, Message
from personalization.mailings.preflight import preflight
from personalization.mailings.services.lane import Lane
from personalization.mailings.services.subject_lines import (
    LinesAsked,
    use_approved_lines,
    write_subject_lines,
)
from tests.content.conftest import brand, teapot
from tests.personalization.mailings.conftest import CustomerFactory, Publish, Relay, another, run_mailings

pytestmark = pytest.mark.django_db
__all__ = ["brand", "teapot"]  # fixtures
LINES = {f"{part}_{number}": f"{part} {number}" for part in ("subject", "preheader") for number in (1, 2, 3)}


@pytest.fixture
def letter(campaign: Campaign, publish_copy: Publish, customer_factory: CustomerFactory) -> Campaign:
    """With a text of its own, to twelve people."""
    for _ in range(12):
        customer_factory()
    return services.schedule(another(campaign, copies={"en": publish_copy("Long words")}))


@pytest.fixture
def written(
    campaign: Campaign, brand: object, teapot: object, approver: Actor, customer_factory: CustomerFactory
) -> Draft:
    """Approved subject lines; the campaign that carries them is scheduled."""
    for _ in range(12):
        customer_factory()
    asked = LinesAsked(product_ids=["teapot"], locales=["en"])
    draft: Draft = write_subject_lines(campaign, asked=asked, by=Actor()).drafts.get()
    Draft.objects.filter(pk=draft.pk).update(state="ready")
    draft.refresh_from_db()
    store_text(draft)
    content.approve(draft, number=1, by=approver)
    use_approved_lines(campaign)
    services.schedule(campaign)
    return draft


def store_text(draft: Draft, **lines: str) -> None:
    given: dict[str, Any] = {"findings": [], "claims": [], "manifest": {}, "guideline": None}
    store_version(draft, fields=LINES | lines, **given)


def text_of(campaign: Campaign) -> Publication:
    publication: Publication = campaign.copies.get().publication
    return publication


def withdraw(campaign: Campaign, *, by: Actor) -> None:
    content.withdraw(text_of(campaign).draft, by=by)


def publish_again(campaign: Campaign, *, by: Actor) -> None:
    draft = text_of(campaign).draft
    draft.refresh_from_db()
    content.publish(draft, by=by)


def on_the_wire(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Once, when the bytes of the first mails are out and their intents are not."""
    commit, events = Lane._commit, [happens]

    def first(self: Lane, letters: Any) -> Any:
        if events:
            events.pop()()
        return commit(self, letters)

    monkeypatch.setattr(Lane, "_commit", first)


def states(campaign: Campaign) -> set[str]:
    return set(Message.objects.filter(campaign=campaign).values_list("state", flat=True))


def prepare(campaign: Campaign) -> None:
    services.tick()
    run_queued("mailings.prepare_campaign")
    campaign.refresh_from_db()


def test_a_campaign_whose_text_was_withdrawn_is_a_draft_again_when_its_time_comes(
    letter: Campaign, relay: Relay, approver: Actor
) -> None:
    withdraw(letter, by=approver)
    run_mailings()
    letter.refresh_from_db()
    assert (letter.state, relay.received, states(letter)) == ("draft", [], set())
    assert letter.notice.startswith("Not sent. The en copy, “Long words”, was withdrawn. ")


def test_one_withdrawn_while_people_are_addressed_pauses_and_goes_on_when_published_again(
    letter: Campaign, relay: Relay, approver: Actor
) -> None:
    services.tick()
    withdraw(letter, by=approver)
    run_mailings()
    letter.refresh_from_db()
    assert (letter.state, relay.received, states(letter)) == ("paused", [], set())
    assert "published again and resume, or cancel" in letter.notice
    with pytest.raises(Conflict, match="The en copy, “Long words”, was withdrawn"):
        services.resume(letter)
    publish_again(letter, by=approver)
    services.resume(letter)
    run_mailings()
    assert (len(relay.received), states(letter)) == (12, {"sent"})


def test_one_withdrawn_in_the_moment_it_is_begun_pauses_when_all_are_addressed(
    letter: Campaign, relay: Relay, approver: Actor
) -> None:
    withdraw(letter, by=approver)
    Campaign.objects.filter(pk=letter.pk).update(state="preparing", started_at=timezone.now())
    run_mailings()
    letter.refresh_from_db()
    assert (letter.state, relay.received, states(letter)) == ("paused", [], {"pending"})
    assert letter.notice.startswith("The en copy, “Long words”, was withdrawn. ")
    publish_again(letter, by=approver)
    services.resume(letter)
    run_mailings()
    assert (len(relay.received), states(letter)) == (12, {"sent"})


def test_no_mail_carries_a_text_that_is_withdrawn_while_its_bytes_are_on_the_wire(
    letter: Campaign, relay: Relay, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(letter)
    on_the_wire(monkeypatch, lambda: withdraw(letter, by=approver))
    run_mailings()
    letter.refresh_from_db()
    assert (relay.received, states(letter), letter.state) == ([], {"pending"}, "paused")
    assert "“Long words”, was withdrawn" in letter.notice
    publish_again(letter, by=approver)
    services.resume(letter)
    run_mailings()
    assert (len(relay.received), states(letter)) == (12, {"sent"})
    assert set(Message.objects.filter(campaign=letter).values_list("attempts", flat=True)) == {1}


def test_a_newer_text_in_its_place_withdraws_the_older(
    letter: Campaign, relay: Relay, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = text_of(letter).draft

    def replace() -> None:
        version = store_version(
            draft, fields={"title": "Newer words", "body": "Newer."}, findings=[], claims=[], manifest={},
            guideline=None,
        )  # fmt: skip
        Draft.objects.filter(pk=draft.pk).update(state="ready")
        content.approve(draft, number=version.number, by=approver)
        content.publish(draft, by=approver)

    prepare(letter)
    on_the_wire(monkeypatch, replace)
    run_mailings()
    letter.refresh_from_db()
    assert (relay.received, letter.state) == ([], "paused")


def test_the_pre_flight_follows_the_same_rule(letter: Campaign, approver: Actor) -> None:
    services.unschedule(letter)
    withdraw(letter, by=approver)
    assert [error.code for error in preflight(letter).errors] == ["copy_withdrawn"]
    publish_again(letter, by=approver)
    assert preflight(letter).errors == []


def test_a_text_of_another_campaign_holds_up_nobody_else(
    letter: Campaign, relay: Relay, publish_copy: Publish, approver: Actor
) -> None:
    other = services.schedule(another(letter, copies={"en": publish_copy("Other words")}))
    prepare(letter)
    withdraw(other, by=approver)
    run_mailings()
    assert (len(relay.received), states(letter)) == (12, {"sent"})


def test_a_written_line_whose_approval_is_taken_back_is_not_sent(
    written: Draft, campaign: Campaign, relay: Relay, approver: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_back() -> None:
        content.ask_for_changes(written, number=1, comment="Too loud.", by=approver)

    prepare(campaign)
    on_the_wire(monkeypatch, take_back)
    run_mailings()
    campaign.refresh_from_db()
    assert (relay.received, states(campaign), campaign.state) == ([], {"pending"}, "paused")
    assert campaign.notice.startswith("The approval of the en lines of line-1 was taken back. ")
    with pytest.raises(Conflict, match="line-1"):
        services.resume(campaign)
    Draft.objects.filter(pk=written.pk).update(state="ready")
    content.approve(written, number=1, by=approver)
    services.resume(campaign)
    run_mailings()
    assert (len(relay.received), states(campaign)) == (12, {"sent"})


def test_a_line_whose_approval_is_taken_back_before_its_hour_makes_it_a_draft_again(
    written: Draft, campaign: Campaign, relay: Relay, approver: Actor
) -> None:
    content.ask_for_changes(written, number=1, comment="Too loud.", by=approver)
    run_mailings()
    campaign.refresh_from_db()
    assert (campaign.state, relay.received) == ("draft", [])
    assert "The en subject of line-1 is not the approved one." in campaign.notice


def test_the_same_line_of_a_newer_approved_version_goes_out(
    written: Draft, campaign: Campaign, relay: Relay, approver: Actor
) -> None:
    prepare(campaign)
    store_text(written, subject_9="Nobody's")
    Draft.objects.filter(pk=written.pk).update(state="ready")
    campaign.refresh_from_db()
    assert campaign.state == "paused"
    content.approve(written, number=2, by=approver)
    services.resume(campaign)
    run_mailings()
    assert (len(relay.received), states(campaign)) == (12, {"sent"})
    assert relay.mail()["Subject"].startswith("subject ")


def test_a_mail_in_doubt_is_not_released_with_a_text_that_was_withdrawn(
    letter: Campaign, relay: Relay, approver: Actor
) -> None:
    relay.answers["guest1@mail.example"] = "450 4.2.1 later"
    run_mailings()
    Message.objects.filter(campaign=letter, state="pending").update(state="claimed")
    Message.objects.filter(campaign=letter, state="claimed").update(state="in_doubt")
    services.tick()
    message = Message.objects.get(campaign=letter, state="in_doubt")
    letter.refresh_from_db()
    assert letter.state == "sent"
    withdraw(letter, by=approver)
    with pytest.raises(Conflict, match="was withdrawn"):
        services.send_again(message, by="a person")
    message.refresh_from_db()
    letter.refresh_from_db()
    assert (message.state, letter.state) == ("in_doubt", "sent")
