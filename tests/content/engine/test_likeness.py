"""Of two true sentences the one that sounds like the brand's approved copy is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from content.engine.judging import judge
from content.engine.likeness import likeness
from content.engine.sampling import Candidate
from content.engine.slots import product_slots
from tests.content.engine.briefs import brief

PLAIN, STATELY, FALSE = "It holds 800 ml.", "It has a capacity of 800 ml.", "It has a capacity of 900 ml."
EXAMPLES = {
    "plain": ("It holds 300 ml. It stands 9 cm high. It weighs 200 g.",),
    "stately": ("It has a capacity of 300 ml. It has a height of 9 cm. It has a weight of 200 g.",),
}


@pytest.mark.parametrize(("voice", "wanted"), [("plain", PLAIN), ("stately", STATELY)])
def test_the_sentence_that_sounds_like_the_brand_is_the_best_of_the_true(voice: str, wanted: str) -> None:
    spec = brief()
    spec = replace(spec, brand=replace(spec.brand, examples=EXAMPLES[voice]))
    (slot,) = product_slots(spec, spec.products[0], names=("size",))[:1]
    likely = {PLAIN: -0.5, STATELY: -0.6, FALSE: -0.1}
    judged = [
        judge(spec, slot, Candidate(text, logprob, False, place), field="body_markdown", demos=[])
        for place, (text, logprob) in enumerate(likely.items())
    ]
    assert min(judged, key=lambda each: each.rank).text == wanted


def test_likeness_is_one_for_the_same_and_none_without_examples() -> None:
    assert likeness(PLAIN, (PLAIN,)) == pytest.approx(1.0)
    assert likeness(PLAIN, ()) == 0.0
    examples = ("鋳鉄の急須です。容量は800mlです。",)
    assert likeness("鋳鉄の急須です。", examples) > likeness("赤い布。", examples)
    assert likeness("", EXAMPLES["plain"]) == 0.0
