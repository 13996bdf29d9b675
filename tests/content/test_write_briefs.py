"""`write_briefs`: a draft a line, a refusal a bad line, and no database."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from content import brief_files
from content.brief_files import Options, numbered, write_lines
from content.engine.plans import CONTENT_PLANS
from content.models import ContentType
from omotenashi.inference import registry
from omotenashi.inference.errors import ModelNotPulled
from tests.content.scripted import ScriptedModel

TEAPOT = {
    "title": "Iwa teapot",
    "facts": {
        "material": "cast iron", "colour": "matt black", "capacity": "800 ml", "origin": "Japan",
        "care": "rinse with hot water only", "use": "tea",
    },
}  # fmt: skip
BRIEF: dict[str, Any] = {
    "id": "teapot", "content_type": "product_description", "locale": "en-GB", "products": [TEAPOT],
    "keyphrase": "cast iron teapot", "length": {"unit": "words", "min": 10, "max": 60},
}  # fmt: skip
EXAMPLES = Path(__file__).parents[2] / "examples" / "briefs.jsonl"


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    model = ScriptedModel()
    monkeypatch.setattr(registry, "language_model", lambda name: model)
    monkeypatch.setattr(brief_files, "use_lingua", lambda language: None)
    return model


@pytest.fixture
def run(tmp_path: Path, scripted: ScriptedModel) -> Callable[..., list[dict[str, Any]]]:
    def write(*lines: str, **options: Any) -> list[dict[str, Any]]:
        (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
        out = tmp_path / "out.jsonl"
        # One process: a model made here does not travel to another.
        given = {"briefs": str(tmp_path / "in.jsonl"), "out": str(out), "processes": 1} | options
        with suppress(CommandError):  # what it says of refused lines has a test of its own
            call_command("write_briefs", **given)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    return write


def test_it_writes_one_draft_a_line_in_order(run: Callable[..., list[dict[str, Any]]]) -> None:
    rows = run(*(json.dumps(BRIEF | {"id": name}) for name in ("c", "a", "b")))
    assert [row["id"] for row in rows] == ["c", "a", "b"]
    assert set(rows[0]) == {"id", "status", "fields", "findings", "claims", "tokens", "seconds", "preset"}
    assert {"title", "meta_description", "slug", "body_markdown"} <= set(rows[0]["fields"])
    assert rows[0]["preset"] == "smollm2-135m"


def test_it_ties_claims_to_facts(run: Callable[..., list[dict[str, Any]]]) -> None:
    claims = run(json.dumps(BRIEF))[0]["claims"]
    told = {(claim["fact"], claim["field"]) for claim in claims}
    assert {("capacity", "body_markdown"), ("material", "title")} <= told
    assert all(set(claim) == {"text", "fact", "field"} for claim in claims)


def test_it_is_ready_only_when_the_brief_is_met(run: Callable[..., list[dict[str, Any]]]) -> None:
    met = run(json.dumps(BRIEF))[0]
    missed = run(json.dumps(BRIEF | {"keyphrase": "porcelain bowl"}))[0]
    long = run(json.dumps(BRIEF | {"length": {"unit": "words", "min": 400}}))[0]
    assert [met["status"], missed["status"], long["status"]] == ["ready", "needs_work", "needs_work"]
    assert "length" in {finding["check"] for finding in long["findings"]}


def test_a_bad_line_costs_only_itself(run: Callable[..., list[dict[str, Any]]]) -> None:
    rows = run(
        json.dumps(BRIEF), "", "{no json", json.dumps(BRIEF | {"id": "x", "tone": "warm"}), json.dumps(BRIEF)
    )
    assert [row["status"] for row in rows] == ["ready", "refused", "refused", "refused"]
    assert [row.get("line") for row in rows] == [None, 3, 4, 5]
    assert "tone: unknown field" in rows[2]["error"]
    assert "stands on an earlier line" in rows[3]["error"]


def test_it_ends_with_an_error_when_a_line_was_refused(tmp_path: Path, scripted: ScriptedModel) -> None:
    (tmp_path / "in.jsonl").write_text("{}\n" + json.dumps(BRIEF))
    with pytest.raises(CommandError, match="1 of 2 lines"):
        call_command("write_briefs", briefs=str(tmp_path / "in.jsonl"), out=str(tmp_path / "o"), processes=1)


def test_it_says_so_before_spending_where_the_preset_is_not_good_enough(
    run: Callable[..., list[dict[str, Any]]], scripted: ScriptedModel
) -> None:
    row = run(json.dumps(BRIEF | {"locale": "ar-SA"}), preset="smollm2-135m")[0]
    assert (row["status"], row["tokens"], scripted.calls) == ("needs_work", 0, 0)
    assert row["findings"][0]["check"] == "qualification"


def test_it_stops_at_the_budget_of_seconds(scripted: ScriptedModel) -> None:
    lines = list(numbered([json.dumps(BRIEF)]))
    dear = next(iter(write_lines(lines, options=Options(seconds=1e-9))))
    cheap = next(iter(write_lines(lines, options=Options(seconds=60))))
    assert dear["tokens"] < cheap["tokens"]
    assert dear["status"] == "needs_work"


def test_it_names_what_is_wrong_with_its_arguments(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"--briefs: .* cannot be read"):
        call_command("write_briefs", briefs=str(tmp_path / "none.jsonl"), out="o")
    (tmp_path / "in.jsonl").write_text(json.dumps(BRIEF))
    with pytest.raises(CommandError, match="No preset 'gpt'"):
        call_command("write_briefs", briefs=str(tmp_path / "in.jsonl"), out="o", preset="gpt")
    with pytest.raises(CommandError, match="--budget-seconds must be more than 0"):
        call_command("write_briefs", briefs=str(tmp_path / "in.jsonl"), out="o", budget_seconds=0)


def test_the_examples_are_all_good_briefs() -> None:
    lines = list(numbered(EXAMPLES.read_text(encoding="utf-8").split("\n")))
    assert len(lines) >= 12
    assert not [entry for entry in map(brief_files._parsed, lines) if isinstance(entry, dict)]


def test_the_studio_offers_the_content_types_of_the_plans() -> None:
    assert dict(ContentType.choices) == {name: plan.label for name, plan in CONTENT_PLANS.items()}


@pytest.mark.slow
def test_it_writes_with_a_real_model_in_processes_of_their_own(tmp_path: Path) -> None:
    try:
        registry.store().require(registry.preset("smollm2-135m"))
    except ModelNotPulled as error:
        pytest.skip(error.detail)
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(BRIEF | {"id": n}) for n in "ab"))
    call_command(
        "write_briefs",
        briefs=str(tmp_path / "in.jsonl"),
        out=str(tmp_path / "o"),
        processes=2,
        budget_seconds=20,
    )
    rows = [json.loads(line) for line in (tmp_path / "o").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b"]
    assert all(row["tokens"] > 0 and row["fields"]["body_markdown"] for row in rows)
    ready = [row for row in rows if row["status"] == "ready"]
    assert all("800 ml" in row["fields"]["body_markdown"] or row["claims"] for row in ready)
