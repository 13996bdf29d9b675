"""Message ids remembered by their hash: one message once, whoever sends it, whenever."""

import importlib
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from personalization.engine.message_keys import message_key
from personalization.engine.segment import read_event
from personalization.models import Event, EventKey
from personalization.services import message_keys
from personalization.services.ingest import ingest

OLD_TABLE = """
DROP TABLE personalization_eventkey;
CREATE TABLE personalization_eventkey (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES accounts_workspace (id) DEFERRABLE INITIALLY DEFERRED,
    message_id varchar(200) NOT NULL, CONSTRAINT event_message_id_unique UNIQUE (workspace_id, message_id)
);
"""


def keys(count: int, *, first: int = 0) -> list[bytes]:
    return [message_key(UUID(int=1), message_id=str(first + n)) for n in range(count)]


def test_it_gives_each_workspace_and_message_a_key_of_its_own() -> None:
    found = {message_key(UUID(int=n), message_id=text) for n in (1, 2) for text in ("a", "b", "ü", "a" * 200)}
    assert len(found) == 8
    assert {len(key) for key in found} == {16}


@pytest.mark.django_db
def test_it_knows_the_messages_taken_before_ids_were_hashed(
    api: APIClient, workspace: Workspace, other_workspace: Workspace
) -> None:
    migration = importlib.import_module("personalization.migrations.0004_hash_event_keys")
    taken = [(workspace, "m-1"), (workspace, "müsli ✓"), (other_workspace, "m-1")]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(OLD_TABLE)
        for owner, message_id in taken:
            cursor.execute(
                "INSERT INTO personalization_eventkey VALUES (gen_random_uuid(), %s, %s)",
                [owner.id, message_id],
            )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(migration.HASH)
    expected = {UUID(bytes=message_key(owner.id, message_id=text)) for owner, text in taken}
    assert set(EventKey.objects.values_list("id", flat=True)) == expected
    batch = [{"type": "page", "userId": "kim", "messageId": text} for text in ("m-1", "müsli ✓", "m-2")]
    answer = api.post("/v1/batch", {"batch": batch}).json()
    assert (answer["accepted"], answer["repeated"]) == (1, 2)


@pytest.mark.django_db
def test_it_takes_a_message_once_though_its_time_moves_to_another_month(api: APIClient) -> None:
    for days_ago in (0, 40, 400):
        at = (timezone.now() - timedelta(days=days_ago)).isoformat()
        api.post("/v1/page", {"userId": "kim", "messageId": "m-1", "timestamp": at})
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_it_always_takes_an_event_without_a_message_id(api: APIClient) -> None:
    event: dict[str, Any] = {"type": "page", "userId": "kim"}
    assert api.post("/v1/batch", {"batch": [event, event]}).json()["accepted"] == 2
    assert not EventKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [3, 200])
def test_it_claims_only_what_is_free(count: int) -> None:
    assert message_keys.claim(keys(count)) == set(keys(count))
    assert message_keys.claim(keys(2 * count)) == set(keys(count, first=count))
    assert EventKey.objects.count() == 2 * count


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("event", [{"type": "page"}, {"type": "identify", "traits": {"firstName": "Kim"}}])
def test_it_keeps_no_event_whose_message_another_transaction_took_in_between(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    """The look-up finds the key free, the claim finds it taken."""
    EventKey.objects.create(id=UUID(bytes=message_key(workspace.id, message_id="m-2")))
    monkeypatch.setattr(
        message_keys, "TAKEN", "SELECT uuid_send(id) FROM personalization_eventkey WHERE false"
    )
    events = [
        read_event(
            {"userId": "kim", "messageId": f"m-{n}", **event}, kind=event["type"], received_at=timezone.now()
        )
        for n in range(4)
    ]
    done = ingest(workspace, events=events, received_at=timezone.now())
    assert (done.accepted, done.repeated) == (3, 1)
    assert Event.objects.count() == 3
    assert EventKey.objects.count() == 4
