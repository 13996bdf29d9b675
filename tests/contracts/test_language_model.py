"""Every engine under the one contract; the endpoint engine asks a real server process."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from omotenashi.inference.engines.endpoint_engine import EndpointModel
from omotenashi.inference.engines.transformers_engine import TransformersModel
from omotenashi.inference.errors import EndpointFailed
from omotenashi.inference.presets import Preset
from omotenashi.inference.protocols import GenerationRequest, LanguageModel
from tests.contracts.language_model import PROMPT, LanguageModelContract
from tests.omotenashi.inference import tiny

KEY = "a key of this server's own"


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_llama(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def local_model(tiny_folder: Path) -> Iterator[TransformersModel]:
    model = tiny.load(tiny_folder)
    yield model
    model.close()


class TestTransformersModel(LanguageModelContract):
    @pytest.fixture
    def model(self, local_model: TransformersModel) -> LanguageModel:
        return local_model

    @pytest.fixture
    def closable(self, tiny_folder: Path) -> LanguageModel:
        return tiny.load(tiny_folder)


@pytest.fixture(scope="module")
def server(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preset]:
    """Our own server as a process of its own, on a model of the operator's; yields the preset to reach it."""
    presets = tmp_path_factory.mktemp("presets") / "presets.toml"
    # float32 as in the model beside it: on a CPU with bfloat16 units "auto" would compare two roundings.
    presets.write_text(
        f'[presets.tiny]\nkind = "path"\npath = "{tiny_folder}"\ncontext_length = 256\ndtype = "float32"\n'
    )
    port = free_port()
    environment = {
        **os.environ,
        "OMOTENASHI_PRESETS": str(presets),
        "OMOTENASHI_INFERENCE_KEY": KEY,
        "PYTHONPATH": "platform",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "omotenashi.inference.server", "--preset", "tiny", "--port", str(port)]
    process = subprocess.Popen(command, env=environment)
    preset = Preset(
        name="remote",
        kind="endpoint",
        base_url=f"http://127.0.0.1:{port}/v1",
        model="tiny",
        context_length=256,
        api_key_env="TEST_SERVER_KEY",
        max_retries=0,
    )
    try:
        _wait_until_ready(preset, process)
        yield preset
    finally:
        process.terminate()
        process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(preset: Preset, process: subprocess.Popen[bytes]) -> None:
    address = preset.base_url.removesuffix("/v1") + "/health"
    for _ in range(600):
        assert process.poll() is None, "the server ended while it started"
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not start")


@pytest.fixture
def remote_model(server: Preset, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointModel]:
    monkeypatch.setenv(server.api_key_env, KEY)
    model = EndpointModel.of(server)
    yield model
    model.close()


class TestEndpointModel(LanguageModelContract):
    @pytest.fixture
    def model(self, remote_model: EndpointModel) -> LanguageModel:
        return remote_model

    @pytest.fixture
    def closable(self, remote_model: EndpointModel) -> LanguageModel:
        return remote_model

    def test_it_brings_back_what_the_same_model_writes_here(
        self, remote_model: EndpointModel, local_model: TransformersModel
    ) -> None:
        request = GenerationRequest(
            prompt=PROMPT, seed=3, candidates=3, max_new_tokens=10, top_k=50, repetition_penalty=1.2
        )
        texts = [
            [each.text for each in model.generate([request])[0].completions]
            for model in (remote_model, local_model)
        ]
        assert texts[0] == texts[1]

    def test_it_names_the_variable_when_the_key_is_wrong(
        self, server: Preset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(server.api_key_env, "wrong")
        with pytest.raises(EndpointFailed, match="TEST_SERVER_KEY"):
            EndpointModel.of(server).generate([GenerationRequest(prompt=PROMPT)])


def test_it_says_that_nothing_listens() -> None:
    preset = Preset(
        name="gone", kind="endpoint", base_url=f"http://127.0.0.1:{free_port()}/v1", model="x", max_retries=0
    )
    with pytest.raises(EndpointFailed, match="is it running"):
        EndpointModel.of(preset).generate([GenerationRequest(prompt=PROMPT)])
