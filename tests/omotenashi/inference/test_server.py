"""The OpenAI-shaped server's answers to wrong requests; the right ones are in the contract suite."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from omotenashi.inference.engines.transformers_engine import TransformersModel
from omotenashi.inference.server import Server

CHAT = {"model": "tiny", "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 2}


class Caller:
    """Speaks ASGI to the application, without a socket."""

    def __init__(self, app: Server) -> None:
        self._app = app

    def __call__(
        self, method: str, path: str, body: bytes = b"", *, key: str = ""
    ) -> tuple[int, dict[str, Any]]:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
        scope = {"type": "http", "method": method, "path": path, "headers": headers}
        asyncio.run(self._app(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture
def call(llama: TransformersModel) -> Caller:
    llama.model_id = "tiny"
    return Caller(Server(llama))


def test_it_answers_in_openais_shape(call: Caller) -> None:
    status, answer = call("POST", "/v1/chat/completions", json.dumps(CHAT).encode())
    assert status == 200
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["message"]["role"] == "assistant"
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + 2


def test_it_lists_its_model(call: Caller) -> None:
    assert call("GET", "/v1/models")[1]["data"][0]["id"] == "tiny"


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"messages": []}, 422, "messages"),
        ({"messages": [{"role": "user"}]}, 422, "messages/0"),
        ({"messages": [{"role": "robot", "content": "x"}]}, 422, "role"),
        ({"temperature": "hot"}, 422, "temperature"),
        ({"temperature": 9}, 422, "temperature"),
        ({"max_tokens": 1.5}, 422, "max_tokens"),
        ({"n": True}, 422, "n"),
        ({"stop": [3]}, 422, "stop"),
        ({"stream": True}, 422, "stream"),
        ({"tools": []}, 422, "tools"),
        ({"max_tokens": 9999}, 422, "prompt"),
        ({"model": "gpt-9"}, 404, None),
    ],
)
def test_it_names_the_field_it_refuses(
    call: Caller, change: dict[str, Any], status: int, param: str | None
) -> None:
    answered, body = call("POST", "/v1/chat/completions", json.dumps({**CHAT, **change}).encode())
    assert (answered, body["error"]["param"]) == (status, param)


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 400), (b" " * 1_000_001, 413)])
def test_it_refuses_a_body_it_cannot_read(call: Caller, body: bytes, status: int) -> None:
    assert call("POST", "/v1/completions", body)[0] == status


def test_it_knows_no_other_route(call: Caller) -> None:
    assert call("GET", "/v1/embeddings")[0] == 404


def test_it_wants_its_key_except_for_health(llama: TransformersModel) -> None:
    call = Caller(Server(llama, key="secret"))
    assert call("GET", "/v1/models")[0] == 401
    assert call("GET", "/v1/models", key="wrong")[0] == 401
    assert call("GET", "/v1/models", key="secret")[0] == 200
    assert call("GET", "/health")[0] == 200
