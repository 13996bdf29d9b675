"""Closed tokens: what opens, and all that must not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalization.mailings.engine.seals import Seals

SEALS = Seals("a secret of the shop")
PURPOSE = b"unsubscribe"
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patiently
@given(content=st.binary(max_size=400))
def test_it_opens_what_it_closed(content: bytes) -> None:
    assert SEALS.open(SEALS.close(content, purpose=PURPOSE), purpose=PURPOSE) == content


@patiently
@given(position=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_it_opens_nothing_that_was_changed(position: int, flip: int) -> None:
    closed = bytearray(base64.urlsafe_b64decode(SEALS.close(b"jo@mail.example....", purpose=PURPOSE) + "=="))
    closed[position % len(closed)] ^= flip
    changed = base64.urlsafe_b64encode(bytes(closed)).rstrip(b"=").decode()
    assert SEALS.open(changed, purpose=PURPOSE) is None


@patiently
@given(token=st.text(max_size=200))
def test_it_opens_nothing_that_it_did_not_close(token: str) -> None:
    assert SEALS.open(token, purpose=PURPOSE) is None


@pytest.mark.parametrize("address", ["jo@mail.example", "a" * 64 + "@mail.example"])
def test_a_token_shows_nothing_of_the_address(address: str) -> None:
    token = SEALS.close(address.encode(), purpose=PURPOSE)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert address.encode()[:6] not in raw
    assert base64.b64encode(address.encode()).decode()[:8] not in token


def test_a_token_fits_into_a_path_as_it_is() -> None:
    token = SEALS.close(bytes(range(256)), purpose=PURPOSE)
    assert token.isascii()
    assert all(mark.isalnum() or mark in "-_" for mark in token)


def test_one_purposes_token_does_not_open_as_anothers() -> None:
    assert SEALS.open(SEALS.close(b"x" * 16, purpose=b"browser"), purpose=PURPOSE) is None


def test_it_opens_with_an_older_secret_and_closes_with_the_newest() -> None:
    renewed = Seals("new", older=["a secret of the shop"])
    old = SEALS.close(b"kept", purpose=PURPOSE)
    assert renewed.open(old, purpose=PURPOSE) == b"kept"
    assert SEALS.open(renewed.close(b"kept", purpose=PURPOSE), purpose=PURPOSE) is None
