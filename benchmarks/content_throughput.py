"""Row d: tokens a second beside `generate`'s, first tokens with a shared beginning, equal greedy texts.

One thread of arithmetic on each side, the same weights in the same process, slices in turn. Lengths are fixed
beforehand and ends of text ignored, so that all sides write the same number of tokens; in a static batch the
rows that are done wait for the longest, which is what a static batch costs.
"""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.slices import Ratio

REQUESTS = 32
SHARED, OWN = 1500, 100
"""Tokens of the brand's prefix, and of what each prompt adds (D3)."""


@dataclass(frozen=True)
class Loaded:
    """The engine and the very model inside it; transformers' are untyped."""

    engine: Any
    model: Any
    tokenizer: Any


def run_throughput(*, quick: bool, presets: Sequence[str] = ("smollm2-135m", "gemma-3-270m")) -> None:
    for name in presets[: 1 if quick else None]:
        loaded = load(name)
        _compare(loaded, name, pairs=1 if quick else 3)
        _first_tokens(loaded, name, pairs=3 if quick else 5)
        loaded.engine.close()
        _equality(name, count=8 if quick else REQUESTS)


def load(name: str, *, dtype: str = "auto") -> Loaded:
    import torch

    from omotenashi.inference import registry
    from omotenashi.inference.engines.transformers_engine import TransformersModel
    from omotenashi.inference.presets import Preset

    folder = registry.store().require(registry.preset(name))
    torch.set_num_threads(1)
    preset = Preset(name=name, kind="path", path=str(folder), dtype=dtype)  # type: ignore[arg-type]
    engine = TransformersModel.load(preset, folder=folder, torch_threads=1)
    engine._codec._end_tokens = frozenset()  # ends of text are ignored on both sides
    return Loaded(engine, engine._batch._model, engine._codec._tokenizer)


def prompts(count: int) -> list[str]:
    """What the writer really sends: the few-shot prompts of the public briefs."""
    import json

    from benchmarks.content import BRIEFS
    from content.brief_lines import parse_line
    from content.engine.prompts import render
    from content.engine.slots import PRODUCT_SLOTS, keywords, product_slots

    made = []
    for line in BRIEFS.read_text(encoding="utf-8").splitlines():
        spec = parse_line(json.dumps(json.loads(line))).spec
        for slot in product_slots(spec, spec.products[0], names=PRODUCT_SLOTS):
            words = keywords(slot, language=spec.language)
            made.append(render(spec, task=slot.name, keywords=words, style="few-shot").text)
    return random.Random(1).sample(made, count)


def lengths(count: int) -> list[int]:
    """Mixed, with a long tail: most texts are a sentence, some a paragraph."""
    draw = random.Random(2)
    return [min(160, max(8, int(draw.lognormvariate(3.3, 0.8)))) for _ in range(count)]


def _requests(texts: Sequence[str], sizes: Sequence[int]) -> list[Any]:
    from omotenashi.inference.protocols import GenerationRequest

    return [
        GenerationRequest(prompt=text, max_new_tokens=size, temperature=0.0)
        for text, size in zip(texts, sizes, strict=True)
    ]


def _compare(loaded: Loaded, name: str, *, pairs: int) -> None:
    texts, sizes = prompts(REQUESTS), lengths(REQUESTS)
    d1, d2, rates = [], [], []
    loaded.engine.generate(_requests(texts[:2], sizes[:2]))  # warms up
    few = slice(0, REQUESTS, 4)
    for _ in range(pairs):
        _forget(loaded)
        ours = _rate(lambda: loaded.engine.generate(_requests(texts, sizes)), sum(sizes))
        static = _rate(lambda: _static(loaded, texts, sizes), sum(sizes))
        single = _rate(lambda: _one_by_one(loaded, texts[few], sizes[few]), sum(sizes[few]))
        rates.append((ours, static, single))
        d1.append(ours / static)
        d2.append(ours / single)
    ours, static, single = (statistics.median(rate[i] for rate in rates) for i in range(3))
    print(
        f"{name}, one thread: {ours:.0f} tokens/s; static batch of `generate` {static:.0f}, "
        f"one at a time {single:.1f}"
    )
    print(f"{name}: D1 {Ratio(d1)} (reach 4); D2 {Ratio(d2)} (reach 40)")


def _forget(loaded: Loaded) -> None:
    """Each slice starts without the prompts of the one before."""
    loaded.engine._batch._prefixes._known.clear()


def _rate(work: Any, tokens: int) -> float:
    began = time.perf_counter()
    work()
    return tokens / (time.perf_counter() - began)


def _one_by_one(loaded: Loaded, texts: Sequence[str], sizes: Sequence[int]) -> None:
    for text, size in zip(texts, sizes, strict=True):
        _static(loaded, [text], [size])


def _static(loaded: Loaded, texts: Sequence[str], sizes: Sequence[int]) -> list[list[int]]:
    import torch

    tokenizer = loaded.tokenizer
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    given = tokenizer(list(texts), return_tensors="pt", padding=True)
    with torch.inference_mode():
        made = loaded.model.generate(
            **given, max_new_tokens=max(sizes), min_new_tokens=max(sizes), do_sample=False, temperature=None,
            top_p=None, top_k=None, pad_token_id=tokenizer.pad_token_id,
        )  # fmt: skip
    own = made[:, given["input_ids"].shape[1] :].tolist()
    return [row[:size] for row, size in zip(own, sizes, strict=True)]


def _first_tokens(loaded: Loaded, name: str, *, pairs: int) -> None:
    """D3: the time to a prompt's first token, alone and after another of the same brand."""
    ratios, alone, after = [], [], []
    for turn in range(pairs):
        rules = _words(loaded, SHARED, seed=turn)
        first, second = (rules + _words(loaded, OWN, seed=100 + 2 * turn + k) for k in (0, 1))
        _forget(loaded)
        alone.append(_seconds_to_first(loaded, first))
        after.append(_seconds_to_first(loaded, second))
        ratios.append(alone[-1] / after[-1])
    print(
        f"{name}: first token {statistics.median(alone):.2f} s alone, {statistics.median(after):.3f} s "
        f"after one that begins alike; D3 {Ratio(ratios)} (reach 12; the limit is 16)"
    )


def _words(loaded: Loaded, count: int, *, seed: int) -> str:
    """Text of about so many tokens, different for each seed from its first token on."""
    draw = random.Random(seed)
    common = [" tea", " pot", " warm", " plain", " cup", " oak", " shop", " wool", " lamp", " bowl"]
    return "".join(draw.choice(common) for _ in range(count))


def _seconds_to_first(loaded: Loaded, prompt: str) -> float:
    began = time.perf_counter()
    loaded.engine.generate(_requests([prompt], [1]))
    return time.perf_counter() - began


def _equality(name: str, *, count: int) -> None:
    """Greedy, 24 tokens, all together, against `generate` one at a time, in both number formats."""
    for dtype in ("float32", "auto"):
        loaded = load(name, dtype=dtype)
        texts = prompts(count)
        ours = loaded.engine.generate(_requests(texts, [24] * count))
        equal = 0
        for text, result in zip(texts, ours, strict=True):
            wanted = _static(loaded, [text], [24])[0]
            prompt = loaded.engine._codec._plain(text)
            equal += loaded.engine._codec.text_of(wanted, after=prompt, stop=()) == result.completions[0].text
        loaded.engine.close()
        said = "float32" if dtype == "float32" else str(loaded.model.dtype).removeprefix("torch.")
        print(f"{name}: {equal} of {count} greedy texts equal to `generate`'s in {said}")
