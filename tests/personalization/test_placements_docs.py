"""docs/placements.md: every filter in it is one, its settings are valid, its requests are answered."""

import json
import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from omotenashi.catalog.models import Product
from personalization.engine.filters import FilterError, parse
from personalization.engine.placements import DEFAULTS, settings_for
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "placements.md").read_text()
FILTERS = TEXT.partition("## Filters")[2].partition("Good to know")[0]


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, flags=re.DOTALL)


@pytest.mark.parametrize(
    "source", [*blocks("filter"), *re.findall(r"^\| `([^`]+)` \|", FILTERS, flags=re.MULTILINE)]
)
def test_it_reads_every_filter(source: str) -> None:
    parse(source.strip())


@pytest.mark.parametrize("source", ['price == "5"', "brand < 5", 'categories == "Kitchen"'])
def test_it_refuses_what_the_page_says_is_refused(source: str) -> None:
    assert f"`{source}`" in TEXT
    with pytest.raises(FilterError):
        parse(source)


def test_it_takes_the_settings() -> None:
    [text] = blocks("json settings")
    assert len(settings_for("home", own={"home": json.loads(text)}).rules) == 3  # type: ignore[union-attr]
    table = TEXT.partition("| setting |")[2].partition("## Why")[0]
    for row in table.splitlines():
        for name in re.findall(r"`(\w+)`", row.split("|")[1] if row.count("|") > 2 else ""):
            assert hasattr(DEFAULTS["home"], name), name


def test_it_names_every_placement() -> None:
    table = TEXT.partition("| placement | shows")[2].partition("Any other name")[0]
    assert set(re.findall(r"`([\w-]+)`", table)) == set(DEFAULTS)


@pytest.mark.parametrize("text", blocks("json request"))
def test_it_answers_every_request(text: str, shelf: list[Product], api: APIClient) -> None:
    body: dict[str, Any] = json.loads(text)
    answer = api.post("/v1/recommendations", body)
    assert answer.status_code == 200, answer.json()
    if body.get("explain"):
        [shown] = [json.loads(block) for block in blocks("json") if '"trace"' in block]
        trace = answer.json()["trace"]
        assert trace.keys() == shown["trace"].keys()
        for name in ("sources", "rules"):
            assert trace[name][0].keys() == shown["trace"][name][0].keys()


def test_it_answers_a_bad_filter_as_shown(api: APIClient) -> None:
    [shown] = [json.loads(block) for block in blocks("json") if '"status": 422' in block]
    answer = api.post("/v1/recommendations", {"filter": "price = 5"}).json()
    assert {name: answer[name] for name in shown} == shown
