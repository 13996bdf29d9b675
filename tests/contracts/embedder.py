"""What every embedder must do; a test class per embedder inherits it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from omotenashi.inference.protocols import Embedder

PASSAGES = (
    "Linen tea towel, woven in Lithuania, soft and absorbent.",
    "Cutting board of solid oak, oiled, 40 x 25 cm.",
    "Brass desk lamp with a linen shade.",
)


class EmbedderContract:
    """Expects a fixture `embedder`."""

    def test_it_gives_unit_rows_of_its_dimension(self, embedder: Embedder) -> None:
        for vectors in (embedder.embed_passages(PASSAGES), embedder.embed_queries(PASSAGES)):
            assert vectors.shape == (3, embedder.dimensions)
            assert vectors.dtype == np.float32
            np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)

    def test_it_finds_the_passage_a_query_means(self, embedder: Embedder) -> None:
        queries = embedder.embed_queries(
            ["dish cloth for drying plates", "wood to chop vegetables on", "light for my desk"]
        )
        assert (queries @ embedder.embed_passages(PASSAGES).T).argmax(axis=1).tolist() == [0, 1, 2]

    def test_it_gives_no_rows_for_no_texts(self, embedder: Embedder) -> None:
        assert embedder.embed_passages([]).shape == (0, embedder.dimensions)

    def test_it_gives_a_text_the_same_vector_in_any_company(self, embedder: Embedder) -> None:
        together = embedder.embed_passages(PASSAGES)
        alone = np.concatenate([embedder.embed_passages([text]) for text in PASSAGES])
        np.testing.assert_allclose(together, alone, atol=1e-4)

    def test_it_survives_texts_that_are_empty_long_or_odd(self, embedder: Embedder) -> None:
        vectors = embedder.embed_passages(
            ["", "oak " * 3000, "oak\0board", "lone \ud800 surrogate", "木のまな板 🪵"]
        )
        assert np.isfinite(vectors).all()

    def test_it_serves_many_threads(self, embedder: Embedder) -> None:
        texts = [f"Bowl number {number} of ash" for number in range(12)]
        alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
        with ThreadPoolExecutor(4) as pool:
            together = np.concatenate(list(pool.map(lambda text: embedder.embed_passages([text]), texts)))
        np.testing.assert_allclose(together, alone, atol=1e-4)
