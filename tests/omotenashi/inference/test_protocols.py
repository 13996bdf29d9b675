"""What a request refuses, naming the field."""

from typing import Any

import pytest

from omotenashi.errors import InvalidInput
from omotenashi.inference.protocols import GenerationRequest, Message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": ""}, "prompt"),
        ({"messages": (Message("user", "Hello"),)}, "prompt"),
        ({"max_new_tokens": 0}, "max_new_tokens"),
        ({"temperature": -0.1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_p": 0.0}, "top_p"),
        ({"top_k": -1}, "top_k"),
        ({"repetition_penalty": 0.0}, "repetition_penalty"),
        ({"stop": "text"}, "stop"),
        ({"stop": ("",)}, "stop"),
        ({"candidates": 0}, "candidates"),
        ({"candidates": 100_000}, "candidates"),
        ({"seed": -1}, "seed"),
    ],
)
def test_it_refuses_a_wrong_field_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=rf"^{field}: ") as refused:
        GenerationRequest(**{"prompt": "Oak", **change})
    assert refused.value.errors[0].pointer == f"#/{field}"


def test_it_refuses_an_unknown_role() -> None:
    with pytest.raises(InvalidInput, match=r"^role: "):
        Message("tool", "x")  # type: ignore[arg-type]
