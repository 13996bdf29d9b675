"""Events in their monthly partitions."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection

from omotenashi.accounts.models import Workspace
from personalization.models import Event
from personalization.services.events import NewEvent, copy_events, ensure_months

pytestmark = pytest.mark.django_db


def partition_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM personalization_event WHERE id = %s", [event.id])
        return str(cursor.fetchone()[0])


def test_it_moves_waiting_events_into_a_new_month_s_partition(workspace: Workspace) -> None:
    at = datetime(2019, 5, 31, 23, 59, tzinfo=UTC)
    event = NewEvent(workspace.id, None, "v", "track", "Note", "", at, at, {}, {})
    assert len(copy_events([event, event])) == 2
    assert partition_of(Event.objects.all()[0]) == "personalization_event_default"
    assert ensure_months([date(2019, 5, 3), date(2019, 5, 31)]) == 1
    assert {partition_of(found) for found in Event.objects.all()} == {"personalization_event_2019_05"}
    assert ensure_months([date(2019, 5, 3)]) == 0
