"""The sample shop's letter as raw bytes off the wire, read by the RFCs' grammar and by Python's parser."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from omotenashi.accounts.models import Workspace
from personalization.mailings.models import Message, Suppression
from tests.personalization.mailings import wire
from tests.personalization.mailings.conftest import CustomerFactory, Relay
from tests.personalization.mailings.sample_mails import READERS, SampleMail, sample_mails

pytestmark = pytest.mark.django_db
LOCALES = sorted(READERS)


@pytest.fixture
def mails(
    workspace: Workspace, relay: Relay, customer_factory: CustomerFactory, settings: Any
) -> dict[str, SampleMail]:
    settings.PUBLIC_URL = "https://mail.tansu.example"
    return sample_mails(
        workspace, relay=relay, customer_factory=customer_factory, asset_url="https://img.example"
    )


def test_each_keeps_to_the_grammar_of_mail(mails: dict[str, SampleMail]) -> None:
    for locale in LOCALES:
        found = wire.read(mails[locale].raw)
        assert found.mailbox("from") == ("Tansu & Thyme", "hello@tansu.example")
        assert found.mailbox("to") == (READERS[locale], f"{locale}@mail.example")
        assert found.headers["content-language"] == locale
        assert found.headers["list-id"] == "Tansu & Thyme <tansu.tansu.example>"


def test_each_is_what_pythons_parser_reads_without_a_defect(mails: dict[str, SampleMail]) -> None:
    for mail in mails.values():
        message = mail.message
        assert not any(part.defects for part in message.walk())
        assert not any(value.defects for value in message.values())


def test_each_is_dated_now_and_has_an_id_of_our_domain(mails: dict[str, SampleMail]) -> None:
    for mail in mails.values():
        found = wire.read(mail.raw)
        written = parsedate_to_datetime(found.headers["date"])
        assert abs(datetime.now(UTC) - written) < timedelta(minutes=5)
        assert found.headers["message-id"].endswith("@tansu.example>")
    assert len({wire.read(mail.raw).headers["message-id"] for mail in mails.values()}) == len(mails)


def test_each_says_the_same_as_text_and_as_html_in_its_language(mails: dict[str, SampleMail]) -> None:
    words = {"en": "Chosen for you", "de": "Für dich ausgesucht", "ja": "お客様のために選びました"}
    for locale, mail in mails.items():
        found = wire.read(mail.raw)
        assert [(part.kind, part.charset) for part in found.parts] == [
            ("text/plain", "utf-8"), ("text/html", "utf-8"),
        ]  # fmt: skip
        for part in found.parts:
            assert words[locale] in part.text
            assert READERS[locale] in part.text
            assert "{{" not in part.text
        assert re.search(rf'<html[^>]* lang="{locale}"[^>]* dir="ltr"', found.parts[1].text)
        assert READERS[locale] in wire.decoded(found.headers["subject"])


def test_each_is_small_enough_to_be_shown_whole(mails: dict[str, SampleMail]) -> None:
    assert max(len(wire.read(mail.raw).parts[1].text.encode()) for mail in mails.values()) < 102_000


def test_each_is_left_by_one_click_as_rfc_8058_says(mails: dict[str, SampleMail]) -> None:
    """3.1: one HTTPS URI, with no need of a cookie or anything else than the address itself."""
    for locale, mail in mails.items():
        found = wire.read(mail.raw)
        assert found.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        schemes = [urlsplit(uri).scheme for uri in found.unsubscribe_uris()]
        assert schemes == ["https", "mailto"]
        path = urlsplit(found.unsubscribe_uris()[0]).path
        answer = Client(enforce_csrf_checks=True).post(
            path, data="List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert (answer.status_code, list(answer.cookies)) == (200, [])
        assert Suppression.objects.filter(address_normalized=f"{locale}@mail.example").exists()


def test_the_links_show_nothing_of_the_reader(mails: dict[str, SampleMail]) -> None:
    """Where a mail is passed on, or a proxy logs what is clicked."""
    for mail in mails.values():
        message = Message.objects.get(address_normalized=f"{mail.locale}@mail.example")
        links = re.findall(r'https://mail\.tansu\.example/[um]/([^"<>\s]+)', mail.html)
        assert len(links) >= 2
        for link in links:
            token, _, place = link.partition("/")
            assert place in ("", *map(str, range(1, 25)))  # of a product in the letter
            assert re.fullmatch(r"[A-Za-z0-9_-]{40,200}", token)
            shown = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            for secret in (b"mail.example", message.pk.bytes, message.workspace_id.bytes):
                assert secret not in shown


def test_nothing_is_signed_here_so_the_relay_must_cover_what_rfc_8058_wants(
    mails: dict[str, SampleMail],
) -> None:
    """DKIM is the relay's: it can cover both headers only where each stands once."""
    for mail in mails.values():
        message = mail.message
        assert message["DKIM-Signature"] is None
        for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "From", "Date", "Message-ID"):
            assert len(message.get_all(name, [])) == 1


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        ((b"\r\n", b"\n"), "2.3"),
        ((b"Date: ", b"X-Date: "), "date must stand exactly once"),
        ((b"MIME-Version: 1.0", b"MIME-Version: 1.0\r\nFrom: x@y.example"), "from must stand exactly once"),
        ((b"Message-ID: <", b"Message-ID: "), "3.6.4"),
        ((b"Subject: ", b"Subject: \xe9"), "ASCII"),
        ((b"Subject: ", b"Subject: " + b"a" * 1_000), "2.1.1"),
    ],
)
def test_the_reader_refuses_a_mail_that_was_damaged(
    damage: tuple[bytes, bytes], rule: str, mails: dict[str, SampleMail]
) -> None:
    damaged = mails["en"].raw.replace(*damage, 1)
    assert damaged != mails["en"].raw
    with pytest.raises(AssertionError, match=re.escape(rule)):
        wire.read(damaged)
