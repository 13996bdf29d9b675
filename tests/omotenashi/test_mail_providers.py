"""How EMAIL_URL names a mail provider's API."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from omotenashi import mail_providers
from omotenashi.mail_providers import PROVIDERS, anymail_settings

ROOT = Path(__file__).parents[2]
NEEDS = {
    "mailjet": "anymail+mailjet://KEY:SECRET@",
    "mailgun": "anymail+mailgun://KEY@mg.shop.example",
    "postal": "anymail+postal://KEY@?api_url=https://postal.example",
    "scaleway": "anymail+scaleway://KEY@?project_id=p1",
    "unisender-go": "anymail+unisender-go://KEY@?api_url=https://go1.unisender.example/en/transactional/api/v1",
}


def test_it_reads_key_domain_and_region() -> None:
    url = "anymail+mailgun://key-%2F1@mg.shop.example?api_url=https://api.eu.mailgun.net/v3"
    assert anymail_settings("EMAIL_URL", url) == (
        "mailgun",
        {
            "MAILGUN_API_KEY": "key-/1",
            "MAILGUN_SENDER_DOMAIN": "mg.shop.example",
            "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
        },
    )


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support")
@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_can_be_named_and_can_carry_our_mails(name: str, settings: Any) -> None:
    url = NEEDS.get(name, f"anymail+{name}://KEY@")
    known, settings.ANYMAIL = anymail_settings("EMAIL_URL", url)
    provider = PROVIDERS[known]
    backend = import_string(mail_providers.backend_path(known))()
    message: Any = EmailMultiAlternatives(
        "Hello", "text", "a@shop.example", ["b@mail.example"], headers={"Feedback-ID": "a:b:c:d"}
    )
    message.attach_alternative("<p>html</p>", "text/html")
    if provider.carries_metadata:
        message.metadata = {"message": "1"}
    if provider.switches_tracking:
        message.track_opens = message.track_clicks = False
    params = backend.build_message_payload(message, {}).get_request_params(backend.api_url)
    assert "Feedback-I" in str(params["data"])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("anymail+mailgum://KEY@", r"not known.*anymail\+mailgun"),
        ("anymail+resend://", r"EMAIL_URL lacks the key of Resend.*anymail\+resend://KEY@"),
        ("anymail+mailjet://KEY@", r"lacks the key of Mailjet.*KEY:SECRET@"),
        ("anymail+resend://KEY@shop.example", "names a host, and Resend has its own"),
        ("anymail+postmark://KEY@?stream=broadcast", "Postmark does not know.*message_stream"),
        ("anymail+postal://KEY@", "lacks api_url"),
        ("anymail+postal://KEY@?api_url=postal.example", "does not start with https"),
        ("anymail+amazon-ses://KEY@", r"boto3.*smtp\+tls://"),
    ],
)
def test_a_mistake_is_said_with_its_remedy(url: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says) as told:
        anymail_settings("EMAIL_URL", url)
    assert str(told.value).startswith("EMAIL_URL")


def test_a_mistake_stops_the_start() -> None:
    environment = os.environ | {"EMAIL_URL": "anymail+mailgum://KEY@"}
    result = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert result.returncode != 0
    assert "EMAIL_URL names a mail provider that is not known" in result.stderr


def test_a_worker_that_speaks_smtp_loads_nothing_of_it() -> None:
    code = (
        "import django, sys; django.setup(); from personalization.mailings.services.send import new_lane;"
        "new_lane(); print('anymail' in sys.modules)"
    )
    own = {
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DJANGO_SETTINGS_MODULE": "omotenashi.settings",
    }
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.stdout.split() == ["False"], result.stderr
