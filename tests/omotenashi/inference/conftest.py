"""Models for these tests: the pulled ones, and tiny random ones for speed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from omotenashi.inference import registry
from omotenashi.inference.engines.transformers_engine import TransformersModel
from tests.omotenashi.inference import tiny


@pytest.fixture(scope="session")
def pulled_model() -> Callable[[str], Path]:
    """The folder of a pulled preset; fails, naming the command, where it is missing."""
    return tiny.pulled_folder


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_llama(tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture(scope="session")
def tiny_gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Windowed and full attention in turn, with a window shorter than the prompts."""
    return tiny.save_gemma(tmp_path_factory.mktemp("tiny-gemma"))


@pytest.fixture
def llama(tiny_llama: Path) -> Iterator[TransformersModel]:
    model = tiny.load(tiny_llama)
    yield model
    model.close()


@pytest.fixture
def no_loaded_models() -> Iterator[None]:
    registry.close()
    yield
    registry.close()
