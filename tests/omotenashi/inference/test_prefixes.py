"""Prompts that begin like earlier ones: read from where they part, and written all the same."""

from pathlib import Path
from typing import Any

import pytest

from omotenashi.inference.engines.prefixes import LEAST_SHARED, Prefixes
from omotenashi.inference.engines.transformers_engine import TransformersModel
from omotenashi.inference.protocols import GenerationRequest
from tests.omotenashi.inference import tiny

RULES = "Short, plain sentences for the shop, each one says only what its keywords say. " * 4
ENDS = (
    "The linen towel",
    "Ein Brett",
    "A board of oak. A bowl of ash. A spoon of cherry and",
    "木のまな板は",
    "A",
)


def greedy(prompt: str) -> GenerationRequest:
    return GenerationRequest(prompt=prompt, temperature=0.0, max_new_tokens=10)


class TokenCounter:
    """Counts the tokens the real model reads."""

    def __init__(self, model: TransformersModel) -> None:
        self.read = 0
        model._batch._model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, module: Any, args: Any, kwargs: Any) -> None:
        self.read += kwargs["input_ids"].numel()


@pytest.mark.parametrize("kind", ["tiny_llama", "tiny_gemma"])
def test_it_writes_what_generate_writes_after_a_shared_beginning(
    kind: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(kind)
    model = tiny.load(folder)
    prompts = [RULES + end for end in ENDS]
    try:
        together = model.generate([greedy(prompt) for prompt in prompts])
        one_by_one = [model.generate([greedy(prompt)])[0] for prompt in reversed(prompts)]
    finally:
        model.close()
    expected = [tiny.reference(folder, prompt, tokens=10) for prompt in prompts]
    assert [result.completions[0].text for result in together] == expected
    assert [result.completions[0].text for result in reversed(one_by_one)] == expected


def test_it_reads_a_shared_beginning_once(tiny_llama: Path) -> None:
    model = tiny.load(tiny_llama)
    try:
        counter = TokenCounter(model)
        first = model.generate(
            [GenerationRequest(prompt=RULES + ENDS[0], temperature=0.0, max_new_tokens=1)]
        )[0]
        whole = counter.read
        model.generate([GenerationRequest(prompt=RULES + ENDS[1], temperature=0.0, max_new_tokens=1)])
    finally:
        model.close()
    assert whole == first.prompt_tokens
    assert counter.read - whole < whole / 3


def test_newcomers_that_begin_alike_read_the_beginning_once_for_all(tiny_llama: Path) -> None:
    model = tiny.load(tiny_llama)
    try:
        counter = TokenCounter(model)
        requests = [GenerationRequest(prompt=RULES + end, temperature=0.0, max_new_tokens=1) for end in ENDS]
        results = model.generate(requests)
    finally:
        model.close()
    assert counter.read < sum(result.prompt_tokens for result in results) / 2


def test_it_forgets_the_least_used_when_full() -> None:
    class Cache:
        def row(self, row: int, *, start: int, end: int) -> "Cache":
            return self

    size = LEAST_SHARED
    prefixes = Prefixes(max_tokens=2 * size)
    old, used, new = (tuple(range(start, start + size)) for start in (0, 1000, 2000))
    cache: Any = Cache()
    for tokens in (used, old):
        prefixes.keep(tokens, cache, row=0, pad=0)
    prefixes.longest((*used, 1))
    prefixes.keep(new, cache, row=0, pad=0)
    assert prefixes.longest((*old, 1)) == (None, 0)
    assert prefixes.longest((*used, 1))[1] == size
