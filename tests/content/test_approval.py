"""The way of a text from a person's hand to the world: edit, approve, publish, withdraw."""

from collections.abc import Callable
from typing import Any

import pytest

from content import services
from content.actors import Actor
from content.models import Draft, DraftState, Publication
from omotenashi.errors import Conflict, Forbidden, InvalidInput, PreconditionFailed
from tests.content.conftest import newest


def state_of(draft: Draft) -> str:
    return Draft.objects.get(pk=draft.pk).state


def test_it_publishes_only_what_was_approved(written: Callable[..., Draft], people: dict[str, Actor]) -> None:
    draft = written()
    with pytest.raises(Conflict, match="approved"):
        services.publish(draft, by=people["approver"])
    services.approve(draft, number=1, by=people["approver"])
    services.publish(draft, by=people["approver"])
    assert state_of(draft) == DraftState.PUBLISHED


def test_it_blocks_approval_while_errors_are_open(
    written: Callable[..., Draft], an_error: dict[str, Any], people: dict[str, Actor]
) -> None:
    draft = written(findings=[an_error])
    with pytest.raises(InvalidInput) as caught:
        services.approve(draft, number=1, by=people["approver"])
    assert [error.pointer for error in caught.value.errors] == ["#/fields/body_markdown"]
    assert state_of(draft) == DraftState.NEEDS_WORK


def test_it_lets_a_warning_pass(
    written: Callable[..., Draft], an_error: dict[str, Any], people: dict[str, Actor]
) -> None:
    draft = written(findings=[{**an_error, "severity": "warning"}])
    services.approve(draft, number=1, by=people["approver"])
    assert state_of(draft) == DraftState.APPROVED


@pytest.mark.parametrize("role", ["author", "viewer"])
def test_it_takes_a_yes_from_approvers_alone(
    written: Callable[..., Draft], people: dict[str, Actor], role: str
) -> None:
    draft = written()
    with pytest.raises(Forbidden, match="approver"):
        services.approve(draft, number=1, by=people[role])
    with pytest.raises(Forbidden):
        services.publish(draft, by=people[role])


def test_it_refuses_a_yes_to_a_version_that_is_not_the_newest(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    services.edit_draft(draft, fields={"title": "A cast iron teapot"}, base_number=1, by=people["author"])
    with pytest.raises(Conflict, match="version 2"):
        services.approve(draft, number=1, by=people["approver"])


def test_it_keeps_the_first_of_two_edits_and_tells_the_second(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    services.edit_draft(draft, fields={"title": "First"}, base_number=1, by=people["author"])
    with pytest.raises(PreconditionFailed, match="while you were editing"):
        services.edit_draft(draft, fields={"title": "Second"}, base_number=1, by=people["approver"])
    assert newest(draft).fields["title"] == "First"


def test_it_makes_no_version_when_nothing_was_changed(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    text = newest(draft).fields["body_markdown"]
    services.edit_draft(draft, fields={"body_markdown": f"{text}\r\n"}, base_number=1, by=people["author"])
    assert draft.versions.count() == 1


def test_it_needs_a_new_yes_after_an_edit(written: Callable[..., Draft], people: dict[str, Actor]) -> None:
    draft = written()
    services.approve(draft, number=1, by=people["approver"])
    services.edit_draft(draft, fields={"title": "A cast iron teapot"}, base_number=1, by=people["author"])
    assert state_of(draft) == DraftState.READY
    with pytest.raises(Conflict):
        services.publish(draft, by=people["approver"])


def test_it_keeps_the_old_text_live_until_the_new_one_replaces_it(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft, approver = written(), people["approver"]
    services.approve(draft, number=1, by=approver)
    first = services.publish(draft, by=approver)
    services.edit_draft(
        draft, fields={"title": "Cast iron teapot, matt black"}, base_number=1, by=people["author"]
    )
    live = Publication.objects.filter(draft=draft).live()
    assert live.get().version.number == 1
    services.approve(draft, number=2, by=approver)
    services.publish(draft, by=approver)
    assert (live.get().version.number, live.get().slug) == (2, first.slug)


def test_it_takes_a_text_back(written: Callable[..., Draft], people: dict[str, Actor]) -> None:
    draft, approver = written(), people["approver"]
    services.approve(draft, number=1, by=approver)
    services.publish(draft, by=approver)
    services.withdraw(draft, by=approver)
    assert state_of(draft) == DraftState.APPROVED
    assert not Publication.objects.filter(draft=draft).live().exists()
    with pytest.raises(Conflict):
        services.withdraw(draft, by=approver)


def test_it_gives_two_texts_with_one_title_two_addresses(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    slugs = []
    for _ in range(2):
        draft = written()
        services.approve(draft, number=1, by=people["approver"])
        slugs.append(services.publish(draft, by=people["approver"]).slug)
    assert slugs == ["cast-iron-teapot", "cast-iron-teapot-2"]


def test_it_tells_the_author_what_should_change(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    with pytest.raises(InvalidInput, match="Say what should change"):
        services.ask_for_changes(draft, number=1, comment="  ", by=people["approver"])
    services.ask_for_changes(draft, number=1, comment="Too stiff.", by=people["approver"])
    assert state_of(draft) == DraftState.NEEDS_WORK
    services.edit_draft(draft, fields={"title": "A cast iron teapot"}, base_number=1, by=people["author"])
    assert state_of(draft) == DraftState.READY


def test_it_brings_an_old_text_back_as_a_new_version(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    services.edit_draft(draft, fields={"title": "Another"}, base_number=1, by=people["author"])
    restored = services.restore_version(draft, number=1, by=people["author"])
    assert (restored.number, restored.fields["title"]) == (3, "Cast iron teapot for every day")


def test_it_records_who_edited_and_that_a_person_did(
    written: Callable[..., Draft], people: dict[str, Actor]
) -> None:
    draft = written()
    version = services.edit_draft(draft, fields={"title": "A teapot"}, base_number=1, by=people["author"])
    made = version.manifest
    assert (made["editor"], made["model"], made["changed_fields"]) == ("author", "scripted", ["title"])
    assert made["digital_source_type"] == "compositeWithTrainedAlgorithmicMedia"
    assert made["facts"][0]["facts"]["capacity"] == "800 ml"
