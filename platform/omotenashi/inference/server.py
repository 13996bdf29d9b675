"""Serves one preset over the OpenAI protocol: `python -m omotenashi.inference.server --preset NAME`.

For one GPU machine that several workers share, and for tests of the endpoint engine.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import os
import time
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from omotenashi.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    MalformedRequest,
    NotFound,
    OmotenashiError,
    TooLarge,
    Unauthenticated,
)
from omotenashi.inference import registry
from omotenashi.inference.protocols import Completion, GenerationResult, LanguageModel
from omotenashi.inference.server_requests import generation_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Swap = Callable[[str], str]
"""Puts the preset named in the place of the one that is served; says what was done."""

MAX_BODY_BYTES = 1_000_000
MAX_WAITING = 128
"""Calls that may wait for the model at once, each in a thread."""


class Server:
    """The ASGI application over any language model."""

    def __init__(self, model: LanguageModel, *, key: str = "", swap: Swap | None = None) -> None:
        self._model = model
        self._key = key
        self._swap = swap
        self._names = {model.model_id}
        """All that the server went by: who asks for a model of before a swap gets the one of now."""
        self._threads = ThreadPoolExecutor(MAX_WAITING, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._model.close)
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, body = 200, await self._answer(scope, receive)
        except OmotenashiError as error:
            status, body = error.status, _error(error)
        content = json.dumps(body, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        route = (scope["method"], scope["path"])
        if route == ("GET", "/health"):
            return {"status": "ok"}
        self._check_key(scope)
        if route == ("GET", "/v1/models"):
            return {"object": "list", "data": [{"id": self._model.model_id, "object": "model"}]}
        if route in {("POST", "/v1/chat/completions"), ("POST", "/v1/completions")}:
            return await self._generate(await _json(receive), is_chat="chat" in scope["path"])
        if route == ("POST", "/v1/models/swap") and self._swap:
            return await self._exchange(await _json(receive))
        raise NotFound(f"No {scope['method']} {scope['path']} here.")

    def _check_key(self, scope: Scope) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"")
        if self._key and not hmac.compare_digest(given, f"Bearer {self._key}".encode()):
            raise Unauthenticated("Send the key as `Authorization: Bearer …`.")

    async def _exchange(self, body: dict[str, Any]) -> dict[str, Any]:
        """Answers when the old model is closed; meanwhile all others are served."""
        name = body.get("preset")
        if not self._swap or not isinstance(name, str) or not name:
            detail = "must be a preset's name, as `manage.py models list` shows."
            raise InvalidInput(f"preset: {detail}", errors=[FieldError("required", detail, "#/preset")])
        style = registry.preset(name).prompt_style
        if style != self._model.prompt_style:
            raise Conflict(
                f"{name} is asked in the style {style}, the one served in {self._model.prompt_style}: "
                "callers would ask wrongly. Serve it at another port and change the callers' preset."
            )
        done = await asyncio.to_thread(self._swap, name)
        self._names.add(self._model.model_id)
        return {"model": self._model.model_id, "done": done}

    async def _generate(self, body: dict[str, Any], *, is_chat: bool) -> dict[str, Any]:
        if body.get("model", self._model.model_id) not in self._names:
            raise NotFound(f"model: {body['model']!r} is not served here, only {self._model.model_id}.")
        request = generation_request(body, is_chat=is_chat)
        loop = asyncio.get_running_loop()
        results = await loop.run_in_executor(self._threads, self._model.generate, [request])
        return _response(results[0], is_chat=is_chat)


async def _json(receive: Receive) -> dict[str, Any]:
    content = b""
    while True:
        message = await receive()
        content += message.get("body", b"")
        if len(content) > MAX_BODY_BYTES:
            raise TooLarge(f"The body is over {MAX_BODY_BYTES} bytes.")
        if not message.get("more_body"):
            break
    try:
        body = json.loads(content)
    except ValueError as error:
        raise MalformedRequest(f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise MalformedRequest("The body must be a JSON object.")
    return body


def _response(result: GenerationResult, *, is_chat: bool) -> dict[str, Any]:
    written = sum(completion.tokens for completion in result.completions)
    return {
        "id": f"cmpl-{uuid.uuid4().hex}",
        "object": "chat.completion" if is_chat else "text_completion",
        "created": int(time.time()),
        "model": result.model_id,
        "choices": [
            _choice(completion, index=index, is_chat=is_chat)
            for index, completion in enumerate(result.completions)
        ],
        "usage": {
            "prompt_tokens": result.prompt_tokens,
            "completion_tokens": written,
            "total_tokens": result.prompt_tokens + written,
        },
    }


def _choice(completion: Completion, *, index: int, is_chat: bool) -> dict[str, Any]:
    text = completion.text
    content = {"message": {"role": "assistant", "content": text}} if is_chat else {"text": text}
    return {
        "index": index,
        **content,
        "finish_reason": completion.finish_reason,
        "logprobs": None,
        "omotenashi": {"tokens": completion.tokens, "mean_logprob": completion.mean_logprob},
    }


def _error(error: OmotenashiError) -> dict[str, Any]:
    """OpenAI's shape; `param` is the first wrong field."""
    param = error.errors[0].pointer.removeprefix("#/") if error.errors else None
    return {"error": {"message": error.detail, "type": error.code, "code": error.code, "param": param}}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m omotenashi.inference.server", description=__doc__)
    parser.add_argument("--preset", required=True, help="a preset's name, as `manage.py models list` shows")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    options = parser.parse_args()
    try:
        model = registry.language_model(options.preset)
    except OmotenashiError as error:
        raise SystemExit(error.detail) from error
    import uvicorn  # here, so that tests of the application need no server

    def swap(name: str) -> str:
        return registry.swap(options.preset, to=name)

    app = Server(model, key=os.environ.get("OMOTENASHI_INFERENCE_KEY", ""), swap=swap)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
