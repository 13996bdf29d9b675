"""A model swapped while texts are written with it: every call is answered, by the old one or the new."""

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import uvicorn

from omotenashi.inference import registry
from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle
from omotenashi.inference.server import Server
from omotenashi.inference.switch import Switch, held

ASKED = GenerationRequest(prompt="Tea", max_new_tokens=4)
CLIENTS = 24


class Named:
    """Answers with its name, once it may; refuses once closed, as the real engines do."""

    prompt_style: PromptStyle = "chat"
    context_length = 256

    def __init__(self, name: str) -> None:
        self.model_id, self.is_closed = name, False
        self.began, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        self.began.set()
        self.may_answer.wait(20)
        if self.is_closed:
            raise RuntimeError(f"{self.model_id} is closed")
        texts = (Completion(self.model_id, "stop", 1, None, 0),)
        return [GenerationResult(texts, 1, self.model_id, 0.0) for _ in requests]

    def close(self) -> None:
        self.is_closed = True


def text_of(model: Switch) -> str:
    return model.generate([ASKED])[0].completions[0].text


def in_background(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_it_lets_calls_under_way_finish_and_gives_new_ones_the_new_model() -> None:
    old, new = Named("old"), Named("new")
    model = Switch(lambda: old)
    old.may_answer.clear()
    with ThreadPoolExecutor(1) as callers:
        under_way = callers.submit(text_of, model)
        assert old.began.wait(5)
        swap = in_background(lambda: model.swap(lambda: new))
        while model.model_id == "old":
            time.sleep(0.001)
        assert text_of(model) == "new"
        assert not old.is_closed
        old.may_answer.set()
        assert under_way.result() == "old"
    swap.join(5)
    assert old.is_closed


def test_it_keeps_one_model_for_a_whole_text() -> None:
    old, new = Named("old"), Named("new")
    model = Switch(lambda: old)
    with held(model) as mine:
        swap = in_background(lambda: model.swap(lambda: new))
        while model.model_id == "old":
            time.sleep(0.001)
        assert mine.generate([ASKED])[0].model_id == "old"
    swap.join(5)
    assert old.is_closed


@pytest.mark.parametrize("drain_first", [False, True])
def test_it_goes_on_with_the_old_model_when_the_new_one_fails(drain_first: bool) -> None:
    class Broken(Named):
        def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
            raise RuntimeError("out of memory")

    loaded: list[Named] = []

    def load() -> Named:
        loaded.append(Named("old"))
        return loaded[-1]

    broken = Broken("new")
    model = Switch(load)
    with pytest.raises(RuntimeError, match="out of memory"):
        model.swap(lambda: broken, drain_first=drain_first)
    assert (text_of(model), broken.is_closed) == ("old", True)
    assert len(loaded) == (2 if drain_first else 1)


def test_it_makes_calls_wait_where_two_models_do_not_fit() -> None:
    old, new = Named("old"), Named("new")
    model = Switch(lambda: old)
    may_load = threading.Event()

    def load() -> Named:
        assert old.is_closed  # its memory is free before the new one needs it
        may_load.wait(5)
        return new

    swap = in_background(lambda: model.swap(load, drain_first=True))
    while not old.is_closed:
        time.sleep(0.001)
    with ThreadPoolExecutor(4) as callers:
        waiting = [callers.submit(text_of, model) for _ in range(4)]
        assert not any(call.done() for call in waiting)
        may_load.set()
        assert [call.result() for call in waiting] == ["new"] * 4
    swap.join(5)


@pytest.fixture
def served(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_loaded_models: None
) -> Iterator[int]:
    """The model server over a real engine; yields its port."""
    presets = tmp_path / "presets.toml"
    rows = (f'[presets.{name}]\nkind = "path"\npath = "{tiny_llama}"\n' for name in ("first", "second"))
    base = f'[presets.base]\nkind = "path"\nprompt_style = "few-shot"\npath = "{tiny_llama}"\n'
    presets.write_text("".join(rows) + base)
    monkeypatch.setenv("OMOTENASHI_PRESETS", str(presets))
    app = Server(registry.language_model("first"), swap=lambda name: registry.swap("first", to=name))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(CLIENTS)  # callers may come before the server has begun
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(20)


def post(port: int, path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("POST", path, json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_the_server_fails_no_request_while_its_preset_is_swapped_under_load(served: int) -> None:
    chat = {"model": "first", "messages": [{"role": "user", "content": "Tea"}], "max_tokens": 8}
    answers: Counter[tuple[int, object]] = Counter()
    counting, swapped = threading.Lock(), threading.Event()

    def ask_again_and_again() -> None:
        asked_since = 0
        while asked_since < 2:  # until each client has seen the new model at work too
            asked_since += swapped.is_set()
            status, answer = post(served, "/v1/chat/completions", chat)
            with counting:
                answers[status, answer.get("model")] += 1

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(ask_again_and_again) for _ in range(CLIENTS)]
        while sum(answers.values()) < CLIENTS and not any(client.done() for client in running):
            time.sleep(0.01)
        status, done = post(served, "/v1/models/swap", {"preset": "second"})
        swapped.set()
        for client in running:
            client.result()
    assert (status, done["model"]) == (200, "second")
    assert set(answers) == {(200, "first"), (200, "second")}
    assert answers[200, "second"] >= CLIENTS


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [({}, 422, "a preset's name"), ({"preset": "third"}, 422, "known: "), ({"preset": "base"}, 409, "style")],
)
def test_the_server_says_why_it_does_not_swap(
    served: int, body: dict[str, object], status: int, words: str
) -> None:
    answered, problem = post(served, "/v1/models/swap", body)
    assert (answered, words in str(problem)) == (status, True)
