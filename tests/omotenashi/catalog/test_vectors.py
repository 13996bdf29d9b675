"""Vectors of products, with a small embedder whose vectors are certain."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import Product, ProductVector
from omotenashi.catalog.services import FactInput, embedding_text, upsert_products, write_vectors
from omotenashi.errors import InvalidInput
from tests.omotenashi.catalog.feeds import product

pytestmark = pytest.mark.django_db


class HashEmbedder:
    """Equal texts, equal vectors; remembers what it was asked."""

    def __init__(self, dimensions: int = 384, after: Callable[[], None] | None = None) -> None:
        self.model_id, self.dimensions = "hash", dimensions
        self.asked: list[str] = []
        self._after = after

    def embed_passages(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.asked += texts
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
        rows = np.stack([np.random.default_rng(seed).normal(size=self.dimensions) for seed in seeds])
        if self._after:
            self._after()
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    embed_queries = embed_passages


def test_it_embeds_once_and_again_only_what_changed(workspace: Workspace) -> None:
    upsert_products(workspace, [product(f"p-{n}", title=f"Cup {n}") for n in range(130)])
    embedder = HashEmbedder()
    assert write_vectors(workspace, embedder=embedder) == 130
    assert write_vectors(workspace, embedder=embedder) == 0
    upsert_products(workspace, [product("p-7", title="Teapot")])
    assert write_vectors(workspace, embedder=embedder) == 1
    assert embedder.asked[-1] == "Teapot"
    assert ProductVector.objects.filter(workspace=workspace, model_id="hash").count() == 130


def test_it_embeds_title_categories_facts_and_description_but_no_codes(workspace: Workspace) -> None:
    facts = (
        FactInput("material", "stoneware"),
        FactInput("material", "Steinzeug", locale="de"),
        FactInput("gtin", "4006381333931"),
    )
    upsert_products(
        workspace, [product(categories=("Kitchen", "Cups"), description="Wheel-thrown.", facts=facts)]
    )
    text = embedding_text(Product.objects.get())
    assert text == "Hagi cup\nKitchen · Cups\nmaterial: stoneware\nWheel-thrown."


def test_it_hashes_at_upsert_the_very_text_that_is_embedded(workspace: Workspace) -> None:
    upsert_products(
        workspace, [product(categories=("Cups",), facts=(FactInput("b", "1"), FactInput("a", "2")))]
    )
    write_vectors(workspace, embedder=HashEmbedder())
    assert ProductVector.objects.get().text_hash == Product.objects.get().text_hash


def test_it_goes_on_behind_the_last_finished_batch(workspace: Workspace) -> None:
    upsert_products(workspace, [product(f"p-{n}", title=f"Cup {n}") for n in range(100)])
    reached = []

    def stop(after: object, done: int) -> None:
        reached.append((after, done))
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        write_vectors(workspace, embedder=HashEmbedder(), on_batch=stop)
    after, done = reached[0]
    again = HashEmbedder()
    write_vectors(workspace, embedder=again, after=after, done=done)
    assert len(again.asked) == 100 - done
    assert ProductVector.objects.count() == 100


def test_it_drops_a_vector_of_text_that_changed_meanwhile(workspace: Workspace) -> None:
    upsert_products(workspace, [product()])
    meanwhile = HashEmbedder(after=lambda: upsert_products(workspace, [product(title="Teapot")]) and None)
    assert write_vectors(workspace, embedder=meanwhile) == 0
    assert not ProductVector.objects.exists()


def test_it_refuses_vectors_of_another_size(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="768"):
        write_vectors(workspace, embedder=HashEmbedder(dimensions=768))


def test_it_leaves_other_workspaces_alone(workspace: Workspace, other_workspace: Workspace) -> None:
    upsert_products(other_workspace, [product()])
    foreign = [str(Product.objects.get().id)]
    assert write_vectors(workspace, embedder=HashEmbedder(), product_ids=foreign) == 0
