"""What a provider's answer means, word by word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalization.mailings.engine.answers import (
    is_refused_in_body,
    judged_body,
    judged_refusal,
    judged_status,
    retry_after_seconds,
)
from personalization.mailings.engine.attempt import Outcome
from personalization.mailings.engine.http_line import HttpReply


def reply(status: int, said: Any = "", **headers: str) -> HttpReply:
    body = said if isinstance(said, str) else json.dumps(said)
    return HttpReply(status, headers, body.encode())


@pytest.mark.parametrize("status", [301, 401, 402, 403, 404, 405])
def test_what_no_mail_would_get_past_is_about_us(status: int) -> None:
    assert judged_refusal(reply(status)).outcome is Outcome.SENDER_REFUSED


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_of_the_provider_is_no_clear_answer(status: int) -> None:
    assert judged_refusal(reply(status)).outcome is Outcome.IN_DOUBT


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"message": "'from' parameter is not a valid address"}, Outcome.SENDER_REFUSED),
        (
            {"errors": [{"field": "from.email", "message": "The from address is unknown"}]},
            Outcome.SENDER_REFUSED,
        ),
        ({"code": "invalid_parameter", "message": "valid sender email required"}, Outcome.SENDER_REFUSED),
        ({"message": "'to' parameter is not a valid address"}, Outcome.REFUSED),
        ({"errors": [{"field": "personalizations.0.to.0.email", "message": "not valid"}]}, Outcome.REFUSED),
        ({"message": "The recipient was refused by the sender's rules"}, Outcome.REFUSED),
        ("<html>Bad Request</html>", Outcome.REFUSED),
    ],
)
def test_a_refusal_is_about_us_only_when_it_names_the_sender(said: Any, outcome: Outcome) -> None:
    assert judged_refusal(reply(400, said)).outcome is outcome


def test_a_refused_recipient_is_a_bounce_only_in_the_providers_own_words() -> None:
    assert judged_status(reply(200, "reason: hard_bounced"), status="rejected", provider_id="").is_hard_bounce
    assert not judged_status(
        reply(200, "reason: unsubscribed"), status="rejected", provider_id=""
    ).is_hard_bounce


@pytest.mark.parametrize("status", ["unknown", "something new"])
def test_a_status_that_says_nothing_leaves_a_doubt(status: str) -> None:
    assert judged_status(reply(200), status=status, provider_id="").outcome is Outcome.IN_DOUBT


def test_a_key_that_was_seen_with_other_content_is_for_a_person() -> None:
    """The provider has had this mail; sent under another key, the customer would have it twice."""
    said = {"statusCode": 409, "name": "invalid_idempotent_request"}
    assert judged_refusal(reply(409, said)).outcome is Outcome.IN_DOUBT
    said["name"] = "concurrent_idempotent_requests"
    assert judged_refusal(reply(409, said)).outcome is Outcome.DEFERRED


def test_errors_in_a_body_are_clear_unless_they_are_the_providers_own() -> None:
    wrong_key = reply(500, {"status": "error", "name": "Invalid_Key"})
    assert is_refused_in_body(wrong_key)
    assert judged_body(wrong_key).outcome is Outcome.SENDER_REFUSED
    assert not is_refused_in_body(reply(500, {"status": "error", "name": "GeneralError"}))
    assert not is_refused_in_body(reply(502, "<html>"))
    assert not is_refused_in_body(reply(200, [{"status": "sent"}]))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30), ("Fri, 27 Nov 2026 08:01:00 GMT", 60), ("soon", 0), ("", 0), ("-5", 0)],
)
def test_a_wait_may_be_seconds_or_a_date(said: str, seconds: float) -> None:
    headers = {"retry-after": said, "date": "Fri, 27 Nov 2026 08:00:00 GMT"}
    assert retry_after_seconds(headers) == seconds


def test_what_is_kept_is_short_and_on_one_line() -> None:
    text = judged_refusal(reply(400, {"message": "a\n b\0" + "x" * 9_999})).text
    assert text.startswith("a bx")
    assert len(text) == 400
