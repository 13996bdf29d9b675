"""Plans of one's own: packaged ones as text, edited and read back."""

from __future__ import annotations

import pytest

from content.engine.own_plans import BadPlan, parse_plan, plan_text
from content.engine.plans import CONTENT_PLANS, fields_of
from content.engine.types import Budget
from content.engine.writer import write_draft
from tests.content.engine.briefs import brief
from tests.content.engine.scripted import AnsweringModel, honest

SHORT = plan_text("product_description").replace(
    "sentences = opening, making, finish, quality, size, origin, care, rest, close",
    "sentences = opening, size",
)


@pytest.mark.parametrize("content_type", CONTENT_PLANS)
def test_a_packaged_plan_reads_back_as_it_is(content_type: str) -> None:
    plan = parse_plan(plan_text(content_type))
    assert (plan.name, plan.label) == (content_type, CONTENT_PLANS[content_type].label)
    assert plan.words == CONTENT_PLANS[content_type].words
    assert plan.fields == CONTENT_PLANS[content_type].fields


def test_a_text_tells_what_its_plan_says() -> None:
    text = SHORT.replace("name = Product description", "name = Two sentences").replace(
        "shape = paragraphs", "shape = bullets"
    )
    plan = parse_plan(text)
    spec = brief(own_fields=plan.fields, length=None)
    assert (plan.label, fields_of(spec)) == ("Two sentences", plan.fields)
    written = write_draft(
        spec, model=AnsweringModel(honest), seed=1, budget=Budget(max_tokens=20_000, candidates=3)
    ).texts
    assert list(written) == ["title", "body_markdown", "meta_description", "slug"]
    assert len(written["body_markdown"].splitlines()) == 2
    assert all(line.startswith("- ") for line in written["body_markdown"].splitlines())


def test_a_field_may_be_left_out_and_a_set_made_larger() -> None:
    text = plan_text("ad_copy").replace("count = 5", "count = 8")
    names = [field.name for field in parse_plan(text).fields]
    assert names == [*(f"headline_{n}" for n in range(1, 9)), *(f"description_{n}" for n in range(1, 4))]
    text = plan_text("social_post")
    assert [field.name for field in parse_plan(text[: text.index("[hashtags]")]).fields] == ["post"]


def test_its_limits_are_checked() -> None:
    text = plan_text("product_description").replace("characters = 0-60", "characters = 0-20")
    spec = brief(own_fields=parse_plan(text).fields)
    title = write_draft(
        spec, model=AnsweringModel(honest), seed=1, budget=Budget(max_tokens=20_000, candidates=3)
    ).texts["title"]
    assert len(title) <= 20


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[plan]", "[plam]", "Begin with a section [plan]"),
        ("content_type = product_description", "content_type = poem", "[plan] content_type = poem"),
        ("medium = 45-120", "medium = 120-45", "[plan] medium needs a smaller"),
        ("medium = 45-120", "medium = lots", "[plan] medium = lots: write two numbers"),
        ("[slug]", "[poem]", "[poem]: product_description has no such field"),
        ("\n[slug]", "", "[slug] is missing"),
        ("characters = 0-60", "characters = 0-90", "[title] characters: at most 60"),
        ("characters = 120-160", "characters = 160-120", "[meta_description] characters: the smaller"),
        ("keyphrase = wanted", "keyphrase = maybe", "[title] keyphrase = maybe: it is one of wanted, none"),
        (
            "sentences = opening, making, finish",
            "sentences = joke, finish",
            "[body_markdown] sentences = joke",
        ),
        ("shape = paragraphs", "shape = star", "[body_markdown] shape = star"),
        ("shape = paragraphs", "colour = red", "[body_markdown] colour: unknown here"),
        ("[title]", "title", "not written as a plan is"),
    ],
)
def test_a_mistake_is_named_with_its_section(old: str, new: str, told: str) -> None:
    with pytest.raises(BadPlan) as refused:
        parse_plan(plan_text("product_description").replace(old, new, 1))
    assert told in str(refused.value)


def test_something_must_be_left_to_read() -> None:
    text = plan_text("social_post")
    with pytest.raises(BadPlan, match="keep one of post"):
        parse_plan(text[: text.index("[post]")] + text[text.index("[hashtags]") :])
