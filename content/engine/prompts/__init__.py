"""Prompts rendered from the sandboxed templates beside this file, in the style a model understands.

The files beside this one are labelled `production`. A file under `candidate/` stands in for the one of its
name in drafts written by that label, so that two can be compared before the better one is moved up. Their
hashes are the versions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from content.engine.demos import Demo, demos_for
from content.engine.lexicons import read_data
from content.engine.slots import clean, is_usable
from content.engine.types import BriefSpec, FactValue, PromptLabel
from omotenashi.inference.protocols import Message, PromptStyle

_NAMES = {
    "en": "English",
    "de": "German",
    "ja": "Japanese",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
    "zh": "Chinese",
    "ko": "Korean",
}
_KINDS = {
    "title": ("product titles", "title"),
    "subject": ("e-mail subject lines", "subject line"),
    "question": ("questions of shoppers", "question that the keywords answer"),
}
_VOICE = 100
"""Characters of the guideline's voice, and of the audience, a small model can bear."""


@dataclass(frozen=True)
class Prompt:
    """What a request carries: text for base models or a chat; exactly one is filled."""

    text: str = ""
    messages: tuple[Message, ...] = ()


class _Templates(BaseLoader):
    def __init__(self, label: PromptLabel) -> None:
        self._folders = ("candidate", ".") if label == "candidate" else (".",)

    def get_source(self, environment: object, template: str) -> tuple[str, str, None]:
        for folder in self._folders:
            file = resources.files(__package__).joinpath(folder, template)
            if file.is_file():
                return file.read_text(encoding="utf-8"), template, None
        raise TemplateNotFound(template)


@cache
def _environment(label: PromptLabel) -> ImmutableSandboxedEnvironment:
    # Copy is plain text: HTML escaping would put &amp; into prompts. Values are cleaned before they come.
    return ImmutableSandboxedEnvironment(
        loader=_Templates(label), undefined=StrictUndefined, autoescape=False
    )


TEMPLATES = ("rules.jinja", "few_shot.jinja", "chat_system.jinja", "chat_user.jinja")


@cache
def prompt_hashes(label: PromptLabel) -> dict[str, str]:
    """What the manifest keeps: the templates and demonstrations a text was written with."""
    loader = _Templates(label)
    sources = {name: loader.get_source(None, name)[0] for name in TEMPLATES}
    sources["demos.json"] = (
        resources.files("content.engine").joinpath("data", "demos.json").read_text(encoding="utf-8")
    )
    return {name: hashlib.sha256(source.encode()).hexdigest()[:16] for name, source in sources.items()}


def render(
    spec: BriefSpec, *, task: str, keywords: list[str], style: PromptStyle, remedy: str = "", turn: int = 0
) -> Prompt:
    """The prompt for one sentence; `turn` turns the demonstrations, so that a second round differs."""
    demos = demos_for(spec, task=task, turn=turn)
    values = _values(spec, task=task, keywords=keywords, remedy=remedy)
    if style == "few-shot":
        template = _environment(spec.prompts).get_template("few_shot.jinja")
        return Prompt(text=template.render(values, demos=demos).strip())
    return Prompt(messages=_chat(values, demos, label=spec.prompts))


def audience_of(spec: BriefSpec) -> str:
    """Who reads it; nothing where the words hold a person's data, a link or an order to the model."""
    fact = FactValue(name="audience", value=spec.audience)
    return clean(spec.audience)[:_VOICE] if is_usable(fact) else ""


def _chat(values: dict[str, object], demos: list[Demo], *, label: PromptLabel) -> tuple[Message, ...]:
    user = _environment(label).get_template("chat_user.jinja")
    turns = [Message("system", _environment(label).get_template("chat_system.jinja").render(values).strip())]
    for keys, sentence in demos:
        turns += [
            Message("user", user.render({**values, "keywords": keys, "remedy": ""})),
            Message("assistant", sentence),
        ]
    return (*turns, Message("user", user.render(values)))


def _values(spec: BriefSpec, *, task: str, keywords: list[str], remedy: str) -> dict[str, object]:
    language = spec.language
    kind, one = _KINDS.get(task, ("sentences", "sentence"))
    labels = read_data("prompt_labels.json")
    return {
        "brand": clean(spec.brand.name), "voice": clean(spec.brand.voice)[:_VOICE],
        "audience": audience_of(spec), "formality": clean(spec.brand.formality),
        "language": language, "language_name": _NAMES.get(language, language), "kind": kind, "one": one,
        "label": labels.get(language, labels["en"]), "keywords": [clean(keyword) for keyword in keywords],
        "remedy": clean(remedy),
    }  # fmt: skip
