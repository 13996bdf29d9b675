"""Tiny models with random weights and the tokenizer of smollm2-135m: right in shape, wrong in every word."""

import copy
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
)

from omotenashi.inference import registry
from omotenashi.inference.engines.transformers_engine import Limits, TransformersModel
from omotenashi.inference.errors import ModelNotPulled
from omotenashi.inference.presets import Preset

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "vocab_size": 49_152,
    "max_position_embeddings": 512,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
    # Wide enough that the likeliest token is clear of the second by more than rounding.
    "initializer_range": 0.5,
}


def pulled_folder(name: str) -> Path:
    try:
        return registry.store().require(registry.preset(name))
    except ModelNotPulled as error:
        pytest.fail(error.detail, pytrace=False)


def save_llama(folder: Path) -> Path:
    config = LlamaConfig(**_SIZES, num_hidden_layers=2)
    return _save(LlamaForCausalLM, config, folder)


def save_gemma(folder: Path) -> Path:
    layers = ["sliding_attention", "full_attention", "sliding_attention"]
    config = Gemma3TextConfig(**_SIZES, num_hidden_layers=3, layer_types=layers, sliding_window=6)
    return _save(Gemma3ForCausalLM, config, folder)


def preset(folder: Path, **overrides: Any) -> Preset:
    return Preset(name=folder.name, kind="path", path=str(folder), context_length=256, **overrides)


def load(folder: Path, **limits: int) -> TransformersModel:
    """An engine of its own over a copy: a test may hook into its model."""
    model, tokenizer = parts(folder)
    return TransformersModel(
        copy.deepcopy(model),
        tokenizer,
        model_id=folder.name,
        prompt_style="chat",
        context_length=256,
        limits=Limits(**limits),
    )


@cache
def parts(folder: Path) -> tuple[Any, Any]:
    """Model and tokenizer as transformers loads them; reading the tokenizer takes a second."""
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return model.eval(), AutoTokenizer.from_pretrained(folder)


def reference(folder: Path, prompt: str, *, tokens: int) -> str:
    """What transformers' own `generate` writes, one prompt at a time."""
    model, tokenizer = parts(folder)
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=tokens, do_sample=False)
    before = tokenizer.decode(ids["input_ids"][0], skip_special_tokens=True)
    return str(tokenizer.decode(out[0], skip_special_tokens=True))[len(before) :]


def _save(kind: Any, config: Any, folder: Path) -> Path:
    torch.manual_seed(7)
    kind(config).save_pretrained(folder)
    for name in _TOKENIZER_FILES:
        shutil.copy(pulled_folder("smollm2-135m") / name, folder / name)
    return folder
