"""`Idempotency-Key`: a repeat does nothing new, a misuse is named, and nothing is kept for ever."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from omotenashi.accounts.models import Workspace
from omotenashi.api.idempotency import KEPT_FOR, forget_old_answers
from omotenashi.api.models import IdempotentAnswer
from personalization.mailings.models import Campaign
from personalization.mailings.sample import create_sample_template

KEY = {"Idempotency-Key": "order-4711"}


@pytest.fixture
def campaign(workspace: Workspace) -> dict[str, Any]:
    """A body that POST /v1/campaigns accepts."""
    return {"name": "A letter", "template_version": str(create_sample_template(workspace).pk)}


def test_it_does_the_work_once_and_repeats_the_answer(api: APIClient, campaign: dict[str, Any]) -> None:
    first = api.post("/v1/campaigns", campaign, headers=KEY)
    again = api.post("/v1/campaigns", campaign, headers=KEY)
    assert first.status_code == 201, first.json()
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, first.json(), "true")
    assert Campaign.objects.count() == 1


def test_it_refuses_the_key_for_another_request(api: APIClient, campaign: dict[str, Any]) -> None:
    api.post("/v1/campaigns", campaign, headers=KEY)
    other = api.post("/v1/campaigns", campaign | {"name": "Another letter"}, headers=KEY)
    assert other.status_code == 422
    assert "new key" in other.json()["detail"]


def test_it_says_that_the_first_is_still_running(api: APIClient, campaign: dict[str, Any]) -> None:
    api.post("/v1/campaigns", campaign, headers=KEY)
    IdempotentAnswer.objects.update(status=None)
    assert api.post("/v1/campaigns", campaign, headers=KEY).status_code == 409


def test_it_takes_over_a_request_whose_server_died(api: APIClient, campaign: dict[str, Any]) -> None:
    api.post("/v1/campaigns", campaign, headers=KEY)
    IdempotentAnswer.objects.update(status=None, updated_at=timezone.now() - timedelta(minutes=5))
    assert api.post("/v1/campaigns", campaign, headers=KEY).status_code == 201


def test_it_leaves_the_key_free_after_a_refusal(api: APIClient, campaign: dict[str, Any]) -> None:
    assert api.post("/v1/campaigns", {"name": ""}, headers=KEY).status_code == 422
    assert api.post("/v1/campaigns", campaign, headers=KEY).status_code == 201


def test_it_keeps_the_keys_of_workspaces_apart(
    api: APIClient, outsider_api: APIClient, campaign: dict[str, Any]
) -> None:
    api.post("/v1/campaigns", campaign, headers=KEY)
    theirs = outsider_api.post("/v1/campaigns", campaign, headers=KEY)
    assert theirs.status_code == 404  # no such template there, and not our stored answer


def test_it_forgets_answers_in_time(api: APIClient, campaign: dict[str, Any]) -> None:
    api.post("/v1/campaigns", campaign, headers=KEY)
    assert forget_old_answers() == 0
    IdempotentAnswer.objects.update(created_at=timezone.now() - KEPT_FOR)
    assert forget_old_answers() == 1
