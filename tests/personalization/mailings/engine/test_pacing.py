"""Limits of mailbox providers: read, and kept to by a bucket of permits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.mailings.engine.pacing import Bucket, limit_of, parse_limits, provider_of, take

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_addresses_of_one_provider_share_its_limit() -> None:
    assert provider_of("a@gmail.com") == provider_of("b@googlemail.com") == "google"
    assert provider_of("c@shop.example") == "shop.example"


def test_limits_are_read() -> None:
    limits = parse_limits("google=20, shop.example = 0.5,*=100")
    assert limits == {"google": 20.0, "shop.example": 0.5, "*": 100.0}
    assert limit_of("elsewhere.example", limits=limits) == 100.0
    assert limit_of("elsewhere.example", limits={"google": 1.0}) is None


@pytest.mark.parametrize("text", ["google", "google=fast", "google=0", "google=-1"])
def test_a_limit_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="google"):
        parse_limits(text)


@given(
    st.floats(0.1, 500),
    st.lists(st.tuples(st.floats(-3600, 3600), st.integers(0, 1_000)), min_size=1, max_size=60),
)
def test_no_more_go_than_the_rate_allows(rate: float, asks: list[tuple[float, int]]) -> None:
    """However often it is asked, and when clocks are set back: what time passed, and a second's worth at
    most.
    """
    bucket, now, passed, granted = Bucket(0.0, NOW), NOW, 0.0, 0
    for seconds, wanted in asks:
        now += timedelta(seconds=seconds)
        passed += max(0.0, seconds)
        got, bucket = take(bucket, wanted=wanted, rate=rate, now=now)
        assert 0 <= got <= wanted
        granted += got
    assert granted <= passed * rate + 1e-6


def test_a_slow_provider_gets_its_mail_in_the_end() -> None:
    bucket, granted = Bucket(0.0, NOW), 0
    for second in range(1, 101):
        got, bucket = take(bucket, wanted=1, rate=0.1, now=NOW + timedelta(seconds=second))
        granted += got
    assert granted in (9, 10)  # the last tenth of a permit may be a rounding away
