"""Prompts by label: a candidate stands in for the production prompt of its name; the manifest says which."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from content.engine.prompts import prompt_hashes, render
from content.engine.types import Budget, PromptLabel
from content.engine.writer import write_draft
from content.specs import prompts_for
from tests.content.engine.briefs import brief
from tests.content.engine.scripted import AnsweringModel, honest


def test_the_candidate_differs_where_it_has_a_file_of_its_own() -> None:
    production, candidate = prompt_hashes("production"), prompt_hashes("candidate")
    assert {name for name in production if production[name] != candidate[name]} == {"few_shot.jinja"}
    spec = brief()
    texts = {
        label: render(replace(spec, prompts=label), task="size", keywords=["teapot"], style="few-shot").text
        for label in ("production", "candidate")
    }
    assert len(texts["candidate"]) < len(texts["production"])
    assert texts["candidate"].splitlines()[-2:] == texts["production"].splitlines()[-2:]


@pytest.mark.parametrize("label", ["production", "candidate"])
def test_a_draft_says_which_prompts_wrote_it(label: PromptLabel) -> None:
    spec = replace(brief(), prompts=label)
    result = write_draft(
        spec, model=AnsweringModel(honest), seed=1, budget=Budget(max_tokens=20_000, candidates=2)
    )
    assert result.manifest["prompt_label"] == label
    assert result.manifest["prompts"] == prompt_hashes(label)


def test_so_many_of_a_hundred_drafts_try_the_candidate(settings: Any) -> None:
    ids = [uuid.UUID(int=number) for number in range(1000)]
    settings.CONTENT_CANDIDATE_PERCENT = 0
    assert {prompts_for(each) for each in ids} == {"production"}
    settings.CONTENT_CANDIDATE_PERCENT = 25
    tried = [each for each in ids if prompts_for(each) == "candidate"]
    assert len(tried) == 250
    assert all(prompts_for(each) == "candidate" for each in tried)  # and the same at every try
