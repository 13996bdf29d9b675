"""The mail as bytes: headers that bulk mail owes, and none that somebody smuggled in."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.mailings.engine.addresses import normalize_address
from personalization.mailings.engine.mime import Envelope, build
from personalization.mailings.engine.render import RenderedMail, one_line
from tests.personalization.mailings.engine.letters import ENVELOPE

MAIL = RenderedMail(
    subject="静かな暮らし — für Sie", preheader="…", html="<p>Grüße 静</p>", text="Grüße 静\n"
)
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-ID",
    "Feedback-ID",
    "X-Entity-Ref-ID",
    "Precedence",
    "MIME-Version",
    "Content-Type",
]


def parsed(mail: RenderedMail = MAIL, *, envelope: Envelope = ENVELOPE) -> EmailMessage:
    return message_from_bytes(build(mail, envelope=envelope), EmailMessage, policy=policy.default)


def test_it_has_exactly_the_headers_of_a_mailing() -> None:
    assert parsed().keys() == HEADERS


def test_one_click_unsubscribe_is_offered_by_https_and_mail() -> None:
    message = parsed()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        message["List-Unsubscribe"] == f"<{ENVELOPE.unsubscribe_url}>, <mailto:{ENVELOPE.unsubscribe_mailto}>"
    )


def test_the_same_message_always_has_the_same_message_id() -> None:
    assert {parsed()["Message-ID"], parsed()["Message-ID"]} == {"<0123@tansu.example>"}


def test_both_parts_say_the_same_in_every_script() -> None:
    message = parsed()
    assert message.get_content_type() == "multipart/alternative"
    kinds = [(part.get_content_type(), part.get_content().strip()) for part in message.iter_parts()]
    assert kinds == [("text/plain", "Grüße 静"), ("text/html", "<p>Grüße 静</p>")]
    assert message["Subject"] == MAIL.subject


def test_it_is_plain_ascii_with_short_lines_for_every_relay() -> None:
    content = build(MAIL, envelope=ENVELOPE)
    assert content.isascii()
    assert max(len(line) for line in content.split(b"\r\n")) < 998


@given(name=st.text(max_size=120), subject=st.text(max_size=200), shop=st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_no_name_or_subject_adds_a_header_or_a_recipient(name: str, subject: str, shop: str) -> None:
    envelope = replace(ENVELOPE, recipient_name=name, sender_name=shop, list_name=shop)
    message = parsed(replace(MAIL, subject=one_line(subject)), envelope=envelope)
    assert message.keys() == HEADERS
    assert [address.addr_spec for address in message["To"].addresses] == ["mina@mail.example"]
    assert [address.addr_spec for address in message["From"].addresses] == ["hello@tansu.example"]


@pytest.mark.parametrize(
    "name",
    [
        "Mina\r\nBcc: a@b.example",
        "Mina, Bcc <a@b.example>",
        '"; a@b.example, "',
        "=?utf-8?q?a?= <a@b.example>",
        "静" * 90,
    ],
)
def test_a_name_made_to_smuggle_reaches_only_its_owner(name: str) -> None:
    message = parsed(envelope=replace(ENVELOPE, recipient_name=name))
    assert [address.addr_spec for address in message["To"].addresses] == ["mina@mail.example"]
    assert message["Bcc"] is None


def test_an_address_that_would_break_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand in a header"):
        build(MAIL, envelope=replace(ENVELOPE, recipient_address="a@b.example>\r\nBcc: c@d.example"))


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        (" Jo@Mail.Example ", "jo@mail.example"),
        ("jo+shop@mail.example", "jo+shop@mail.example"),
        ("j.o@münchen.example", "j.o@xn--mnchen-3ya.example"),
        ("jo@mail.example.", "jo@mail.example"),
        ("jo", None),
        ("@mail.example", None),
        ("jo@", None),
        ("jo@localhost", None),
        ("a@b@mail.example", None),
        ("jo@mail.example>\r\nRCPT TO:<x@y.example", None),
        ("jörg@mail.example", None),
        ("jo@127.0.0.1", None),
        ("jo @mail.example", None),
        (".jo@mail.example", None),
        ("jo@-mail.example", None),
        ("jo@mail..example", None),
    ],
)
def test_an_address_has_one_spelling_or_none(written: str, normalized: str | None) -> None:
    assert normalize_address(written) == normalized


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = normalize_address(f"{text}@mail.example")
    assert once is None or normalize_address(once) == once
