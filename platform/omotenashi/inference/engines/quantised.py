"""Weights of linear layers as whole numbers from -127 to 127, a scale for each row: a quarter of float32."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

_LANES = 32
"""What torch's product of floats and 8-bit weights wants the sizes to be a multiple of."""


class Int8Linear(nn.Module):
    """Activations stay as they are, so nothing has to be calibrated."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = weight.float().abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        self.register_buffer("weight", (weight.float() / scale).round().to(torch.int8))
        self.register_buffer("scale", scale.squeeze(1).to(weight.dtype))
        self.bias = linear.bias
        self._is_packed = weight.device.type == "cpu" and not any(size % _LANES for size in weight.shape)

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        # Buffers are typed as tensors or modules.
        weight: Any = self.weight
        scale: Any = self.scale
        if self._is_packed:
            rows = given.reshape(-1, given.shape[-1]).contiguous()
            # Private, and what torchao itself calls on a processor.
            product = torch._weight_int8pack_mm(rows, weight, scale).reshape(*given.shape[:-1], -1)
        else:
            product = functional.linear(given, weight.to(given.dtype)) * scale
        return product if self.bias is None else product + self.bias


def quantised(model: Any) -> Any:
    """The same model, changed in place, but for the output layer: it often shares the embedding's weights."""
    output = model.get_output_embeddings()
    layers = [(parent, name, layer) for parent in model.modules() for name, layer in parent.named_children()]
    for parent, name, layer in layers:
        if isinstance(layer, nn.Linear) and layer is not output:
            setattr(parent, name, Int8Linear(layer))
    return model
