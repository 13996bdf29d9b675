"""The reference: the same model asked once for the whole draft, with one good prompt and a cool head."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omotenashi.inference import registry
from omotenashi.inference.protocols import GenerationRequest, LanguageModel, Message

Row = dict[str, Any]  # Any: a line of JSON

_SHOWN: dict[str, tuple[str, str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
"""Per language: what was asked, and a good answer."""


def ask_once(briefs: Sequence[Row]) -> Iterator[Row]:
    by_preset: dict[str, list[Row]] = {}
    for brief in briefs:
        by_preset.setdefault(registry.preset_for(brief["locale"]), []).append(brief)
    for preset, group in by_preset.items():
        model = registry.language_model(preset)
        for brief, result in zip(group, model.generate([_request(b, model) for b in group]), strict=True):
            fields = _fields(brief, result.completions[0].text)
            yield {
                "id": brief["id"],
                "preset": preset,
                "fields": fields,
                "tokens": result.completions[0].tokens,
            }


def _request(brief: Row, model: LanguageModel) -> GenerationRequest:
    shown, answer = _SHOWN.get(brief["locale"].split("-")[0], _SHOWN["en"])
    asked = _asked(brief)
    settings: dict[str, Any] = {"max_new_tokens": 240, "temperature": 0.3, "seed": 7}  # Any: request settings
    if model.prompt_style == "chat":
        system = (
            "You write shop copy from facts only. Answer with the lines Title:, Meta description: and Text:. "
            "Invent nothing: no number, material, colour or promise that is not in the facts."
        )
        turns = (
            Message("system", system),
            Message("user", shown),
            Message("assistant", answer),
            Message("user", asked),
        )
        return GenerationRequest(messages=turns, **settings)
    return GenerationRequest(prompt=f"{shown}\n{answer}\n\n{asked}\nTitle:", stop=("\n\n",), **settings)


def _asked(brief: Row) -> str:
    facts = "; ".join(
        f"{p['title']}: " + "; ".join(f"{name}: {value}" for name, value in p["facts"].items())
        for p in brief["products"]
    )
    length = brief.get("length") or {}
    size = f" Length of the text: {length['min']} to {length['max']} {length['unit']}." if length else ""
    kind = brief["content_type"].replace("_", " ")
    return f"{kind.capitalize()}. Facts: {facts}. Keyphrase: {brief['keyphrase']}.{size}"


def _fields(brief: Row, text: str) -> dict[str, str]:
    whole = text if text.lstrip().startswith("Title:") else f"Title:{text}"
    found = dict(
        re.findall(
            r"(?ms)^\s*(Title|Meta description|Text):\s*(.*?)(?=^\s*(?:Title|Meta description|Text):|\Z)",
            whole,
        )
    )
    body, title = found.get("Text", "").strip(), found.get("Title", "").strip()
    main = {"social_post": "post", "social_post_instagram": "post", "newsletter": "body"}
    name = main.get(brief["content_type"], "body_markdown")
    if name != "body_markdown":
        return {name: body, **({"subject": title} if name == "body" else {})}
    slug = re.sub(r"[^\w]+", "-", title.lower()).strip("-")
    return {
        "title": title,
        "meta_description": found.get("Meta description", "").strip(),
        "slug": slug,
        name: body,
    }
