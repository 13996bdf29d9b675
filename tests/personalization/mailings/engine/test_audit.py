"""What a whole audience adds up to, how long it takes and what it costs."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from personalization.mailings.engine.audit import Judged, Tally, findings_of
from personalization.mailings.engine.estimate import estimate


def tally_of(*judged: Judged) -> Tally:
    tally = Tally()
    for own in judged:
        tally.add(own)
    return tally


def codes(tally: Tally) -> dict[str, str]:
    return {own.code: own.severity for own in findings_of(tally, product_count=4)}


def test_mails_with_nothing_wrong_give_no_finding() -> None:
    tally = tally_of(Judged("a", "en"), Judged("b", "de"))
    assert (codes(tally), tally.samples(), tally.locales["en"]) == ({}, [], 1)


@pytest.mark.parametrize(
    ("judged", "code", "severity"),
    [
        (
            Judged("a", "en", refused="The mail is 200,000 bytes; Gmail clips after 102,000."),
            "too_large",
            "error",
        ),
        (Judged("a", "en", refused="The Liquid cannot be used"), "unwritable", "error"),
        (Judged("a", "ja", has_copy=False), "missing_copy", "error"),
        (Judged("a", "en", blanks=("first_name",)), "blank_variable", "error"),
        (Judged("a", "fi", is_own_language=False), "missing_locale", "warning"),
        (Judged("a", "en", missing_products=2), "few_products", "warning"),
        (Judged("a", "en", wrong_offers=1), "stale_offer", "warning"),
        (Judged("a", "de", untranslated=1), "untranslated_product", "warning"),
        (Judged("a", "en", is_fallback=True), "fallback", "info"),
    ],
)
def test_each_fault_is_a_finding_and_a_sample(judged: Judged, code: str, severity: str) -> None:
    tally = tally_of(Judged("fine", "en"), judged)
    assert codes(tally) == {code: severity}
    assert [own["customer"] for own in tally.samples()] == ["a"]


def test_it_keeps_the_ten_worst_and_the_very_worst_first() -> None:
    tally = tally_of(*(Judged(f"c{n:02}", "en", missing_products=n % 25) for n in range(100)))
    tally.add(Judged("cannot", "en", refused="no"))
    samples = tally.samples()
    assert len(samples) == 10
    assert samples[0]["customer"] == "cannot"
    assert samples[1]["looks"] == {"few_products": 24}


def test_it_goes_on_from_what_a_job_kept() -> None:
    first = [Judged(f"a{n}", "en", missing_products=n) for n in range(15)]
    second = [Judged(f"b{n}", "de", blanks=("city",)) for n in range(5)]
    half = tally_of(*first)
    half.skip("declined")
    resumed = Tally.from_json(json.loads(json.dumps(half.to_json())))
    whole = tally_of(*first, *second)
    whole.skip("declined")
    for own in second:
        resumed.add(own)
    assert resumed.samples() == whole.samples()
    assert (resumed.looks, resumed.locales, resumed.skipped) == (whole.looks, whole.locales, whole.skipped)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 50),
        ({"limits": {"google": 10.0}}, 600),
        ({"limits": {"*": 20.0}}, 300),
        ({"wave_size": 5_000, "wave_minutes": 60}, 3_625),
    ],
)
def test_the_slowest_of_rate_limits_and_waves_decides(given: dict[str, object], seconds: int) -> None:
    asked = {"limits": {}, "wave_size": 0, "wave_minutes": 60, "cost_per_thousand": Decimal("0.10")} | given
    found = estimate(10_000, providers={"google": 6_000, "shop.example": 4_000}, rate=200.0, **asked)  # type: ignore[arg-type]
    assert (found.seconds, found.cost) == (seconds, "1.00")
