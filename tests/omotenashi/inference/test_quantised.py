"""Weights at 8 bits: nearly the same numbers come out, and the engine writes with them."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from omotenashi.inference.engines.quantised import Int8Linear, quantised
from omotenashi.inference.engines.transformers_engine import TransformersModel
from omotenashi.inference.errors import InvalidPreset
from omotenashi.inference.protocols import GenerationRequest
from tests.omotenashi.inference import tiny


@pytest.mark.parametrize(("rows", "columns"), [(64, 96), (30, 50)])  # sizes the packed product takes, or not
@pytest.mark.parametrize("has_bias", [False, True])
def test_a_layer_computes_nearly_the_same(rows: int, columns: int, has_bias: bool) -> None:
    torch.manual_seed(1)
    layer, given = nn.Linear(columns, rows, bias=has_bias), torch.randn(2, 5, columns)
    with torch.inference_mode():
        wanted, found = layer(given), Int8Linear(layer)(given)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 0.02 * wanted.abs().max()


def test_it_changes_all_layers_but_the_output(tiny_llama: Path) -> None:
    model = quantised(copy.deepcopy(tiny.parts(tiny_llama)[0]))
    kinds = {type(layer) for name, layer in model.named_modules() if name.endswith("_proj")}
    assert kinds == {Int8Linear}
    assert type(model.get_output_embeddings()) is nn.Linear


def test_the_engine_writes_with_them(tiny_llama: Path) -> None:
    preset = tiny.preset(tiny_llama, quantise="int8", dtype="float32")
    model = TransformersModel.load(preset, folder=tiny_llama)
    try:
        (result,) = model.generate([GenerationRequest(prompt="Tea", max_new_tokens=5, candidates=3)])
    finally:
        model.close()
    assert [each.tokens for each in result.completions] == [5, 5, 5]


def test_a_preset_refuses_bits_it_does_not_know(tiny_llama: Path) -> None:
    with pytest.raises(InvalidPreset, match="quantise must be one of none, int8, not 'int3'"):
        tiny.preset(tiny_llama, quantise="int3")
