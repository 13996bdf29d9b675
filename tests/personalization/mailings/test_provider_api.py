"""What a provider's answer over HTTP makes of a mail: in doubt only where nobody can know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from personalization.mailings.engine import mime
from personalization.mailings.engine.attempt import Attempt, Outcome
from personalization.mailings.engine.handover import hand_over
from personalization.mailings.engine.line import Lines, Parcel, Unreachable
from personalization.mailings.transport import new_lines
from tests.personalization.mailings.provider import (
    Mailgun,
    Postmark,
    Provider,
    Resend,
    Shape,
    postmark,
    resend,
    serving,
)

__all__ = ["postmark", "resend"]

SHAPES: list[type[Shape]] = [Mailgun, Resend, Postmark]
ADDRESS = "guest1@mail.example"
SUBJECT = "Grüße aus dem Laden, und noch ein wenig mehr als eine Zeile"
UNSUBSCRIBE = "<https://tansu.example/u/1>, <mailto:hello@tansu.example?subject=unsubscribe%201>"


def wire_mail(own: UUID, *, to: str = ADDRESS) -> bytes:
    """As `press.py` writes it."""
    head = {
        "To": mime.address_header("Jörg, der Gast", to),
        "Subject": mime.text_header(
            "Grüße aus dem Laden, und noch ein wenig mehr als eine Zeile", name="Subject"
        ),
        "Date": "Fri, 27 Nov 2026 08:00:00 +0000",
        "Message-ID": f"<{own.hex}@tansu.example>",
        "List-Unsubscribe": UNSUBSCRIBE.replace(", ", ",\r\n "),
        "Feedback-ID": "a:b:campaign:tansu",
        "X-Entity-Ref-ID": own.hex,
        mime.OWN_IDEMPOTENCY_HEADER: f"campaign-1-{own.hex}",
        "From": mime.address_header("Tansu & Thyme", "hello@tansu.example"),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_b"',
    }
    html = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    html += b"<p>Gr=C3=BC=C3=9Fe=\r\n..</p>\r\n"
    return (
        "".join(mime.header_line(value, name=name) for name, value in head.items()).encode()
        + b"\r\n--=_b\r\n" + mime.text_part("Grüße\naus dem Laden", kind="plain")
        + b"\r\n--=_b\r\n" + html + b"\r\n--=_b--\r\n"
    )  # fmt: skip


def parcel(*, to: str = ADDRESS) -> Parcel:
    own = uuid4()
    return Parcel(own, "hello@tansu.example", to, wire_mail(own, to=to))


@pytest.fixture(params=SHAPES, ids=lambda shape: shape.__name__)
def provider(request: pytest.FixtureRequest, settings: Any) -> Iterator[Provider]:
    with serving(request.param, settings) as provider:
        yield provider


@pytest.fixture
def lines(provider: Provider) -> Iterator[Lines]:
    with new_lines() as lines:
        yield lines


def all_of(parcels: Sequence[Parcel]) -> set[UUID]:
    return {own.id for own in parcels}


def handed_over(
    lines: Lines, *mails: Parcel, commit: Callable[[Sequence[Parcel]], set[UUID]] = all_of
) -> list[Attempt]:
    mails = mails or (parcel(),)
    attempts = hand_over(lines.ready(len(mails)), parcels=mails, commit=commit)
    return [attempts[own.id] for own in mails]


# -- what is asked ---------------------------------------------------------------------------


def test_the_mail_arrives_as_it_was_written(provider: Provider, lines: Lines) -> None:
    mail = parcel()
    [attempt] = handed_over(lines, mail)
    assert attempt.outcome is Outcome.ACCEPTED
    [asked] = provider.accepted
    assert asked.recipient == ADDRESS
    fields = {name.lower(): value for name, value in asked.fields.items()}
    assert fields["subject"] == SUBJECT
    assert fields.get("text", fields.get("textbody")) == "Grüße\naus dem Laden"
    assert fields.get("html", fields.get("htmlbody")).strip() == "<p>Grüße.</p>"
    assert "Tansu & Thyme" in fields["from"]
    assert "Jörg, der Gast" in str(fields["to"])


def test_our_headers_arrive(provider: Provider, lines: Lines) -> None:
    mail = parcel()
    handed_over(lines, mail)
    [asked] = provider.accepted

    def header(name: str) -> str:
        return provider.shape.header(asked, name)

    assert header("List-Unsubscribe") == UNSUBSCRIBE
    assert header("List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert header("Feedback-ID") == "a:b:campaign:tansu"
    assert header("X-Entity-Ref-ID") == mail.id.hex
    keeps = not isinstance(provider.shape, Resend)
    assert header("Message-ID") == (f"<{mail.id.hex}@tansu.example>" if keeps else "")


def test_the_provider_is_asked_not_to_track(postmark: Provider) -> None:
    with new_lines() as lines:
        handed_over(lines)
    fields = postmark.accepted[0].fields
    assert (fields["TrackOpens"], fields["TrackLinks"]) == (False, "None")


def test_a_provider_that_drops_what_it_has_seen_is_told_the_key(resend: Provider) -> None:
    mail = parcel()
    with new_lines() as lines:
        first, second = handed_over(lines, mail) + handed_over(lines, mail)
    assert resend.requests[0].headers["Idempotency-Key"] == f"campaign-1-{mail.id.hex}"
    assert (first.outcome, second.outcome) == (Outcome.ACCEPTED, Outcome.ACCEPTED)
    assert len(resend.accepted) == 1


def test_a_line_is_used_again_for_mail_after_mail(provider: Provider, lines: Lines) -> None:
    for _ in range(3):
        handed_over(lines, parcel(), parcel(to="guest2@mail.example"))
    assert (len(provider.accepted), len(provider.sockets)) == (6, 2)


# -- before the commit -----------------------------------------------------------------------


def test_nothing_leaves_before_the_commit(provider: Provider, lines: Lines) -> None:
    def nobody(parcels: Sequence[Parcel]) -> set[UUID]:
        assert provider.requests == []
        return set()

    [attempt] = handed_over(lines, commit=nobody)
    assert attempt.outcome is Outcome.WITHHELD
    assert provider.requests == []
    assert handed_over(lines)[0].outcome is Outcome.ACCEPTED


def test_a_provider_that_cannot_be_reached_has_had_nothing(provider: Provider, lines: Lines) -> None:
    provider.stop_listening()
    with pytest.raises(Unreachable):
        lines.ready(2)


def test_a_provider_that_hangs_up_during_the_commit_leaves_no_doubt(provider: Provider, lines: Lines) -> None:
    def meanwhile(parcels: Sequence[Parcel]) -> set[UUID]:
        provider.cut_lines()
        time.sleep(0.05)
        return all_of(parcels)

    handed_over(lines)
    [attempt] = handed_over(lines, commit=meanwhile)
    assert (attempt.outcome, attempt.stage) == (Outcome.DEFERRED, "request")
    assert len(provider.requests) == 1


def test_a_line_that_was_cut_while_it_was_idle_is_opened_anew(provider: Provider, lines: Lines) -> None:
    handed_over(lines)
    provider.cut_lines()
    time.sleep(0.05)
    assert handed_over(lines)[0].outcome is Outcome.ACCEPTED


def test_a_mail_that_cannot_be_asked_for_fails_alone(provider: Provider, lines: Lines) -> None:
    broken = Parcel(
        uuid4(), "hello@tansu.example", ADDRESS, wire_mail(uuid4()).replace(b"guest1@", b"guest1@@")
    )
    first, second = handed_over(lines, broken, parcel(to="guest2@mail.example"))
    assert (first.outcome, first.stage) == (Outcome.REFUSED, "payload")
    assert second.outcome is Outcome.ACCEPTED


# -- the answer ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("denied", Outcome.SENDER_REFUSED),
        ("wrong_sender", Outcome.SENDER_REFUSED),
        ("too_fast", Outcome.DEFERRED),
        ("invalid", Outcome.REFUSED),
        ("failed", Outcome.IN_DOUBT),
        ("unreadable", Outcome.IN_DOUBT),
        ("cut", Outcome.IN_DOUBT),
        ("silent", Outcome.IN_DOUBT),
        ("drip", Outcome.IN_DOUBT),
    ],
)
def test_each_answer_means_one_thing(provider: Provider, lines: Lines, fault: str, outcome: Outcome) -> None:
    provider.faults[ADDRESS] = fault
    first, second = handed_over(lines, parcel(), parcel(to="guest2@mail.example"))
    assert first.outcome is outcome
    assert first.is_after_commit
    assert not first.is_hard_bounce
    assert second.outcome is Outcome.ACCEPTED


def test_it_keeps_the_providers_own_id(provider: Provider, lines: Lines) -> None:
    [attempt] = handed_over(lines)
    assert " as " in attempt.text


def test_a_line_goes_on_after_an_answer_that_never_came(provider: Provider, lines: Lines) -> None:
    provider.faults[ADDRESS] = "cut"
    handed_over(lines)
    assert handed_over(lines, parcel(to="guest2@mail.example"))[0].outcome is Outcome.ACCEPTED


def test_only_what_the_provider_calls_a_bounce_is_one(postmark: Provider) -> None:
    postmark.faults[ADDRESS] = "inactive"
    with new_lines() as lines:
        [attempt] = handed_over(lines)
    assert attempt.outcome is Outcome.REFUSED
    assert attempt.is_hard_bounce


def test_too_fast_names_the_wait_and_the_next_mail_heeds_it(resend: Provider) -> None:
    resend.faults[ADDRESS], resend.retry_after = "too_fast", "60"
    with new_lines() as lines:
        [attempt] = handed_over(lines)
        assert (attempt.is_too_fast, attempt.retry_after_seconds) == (True, 60)
        with pytest.raises(Unreachable, match="wait"):
            lines.ready(1)
    assert len(resend.requests) == 1


# -- TLS -------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of `localhost`, with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    own = builder.sign(key, hashes.SHA256())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = tmp_path / "localhost.pem"
    path.write_bytes(own.public_bytes(Encoding.PEM) + pem)
    return path


def test_a_line_over_tls_is_used_again(
    certificate: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's session tickets arrive between two mails, and are no goodbye."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(Resend, settings, certificate=certificate) as provider, new_lines() as lines:
        for _ in range(3):
            time.sleep(0.02)
            assert handed_over(lines)[0].outcome is Outcome.ACCEPTED
        assert len(provider.sockets) == 1


def test_no_mail_goes_to_a_server_whose_certificate_nobody_vouches_for(
    certificate: Path, settings: Any
) -> None:
    with serving(Resend, settings, certificate=certificate) as provider, new_lines() as lines:
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            lines.ready(1)
        assert provider.requests == []
