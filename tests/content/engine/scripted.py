"""A language model that returns given texts and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle

Answer = Callable[[GenerationRequest, int], str]
"""The text of a request's n-th candidate."""


class AnsweringModel:
    model_id = "answering-1"
    context_length = 2048

    def __init__(self, answer: Answer, *, prompt_style: PromptStyle = "few-shot") -> None:
        self.answer = answer
        self.prompt_style: PromptStyle = prompt_style
        self.calls: list[list[GenerationRequest]] = []

    @property
    def requests(self) -> list[GenerationRequest]:
        return [request for call in self.calls for request in call]

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        self.calls.append(list(requests))
        return [self._result(request) for request in requests]

    def _result(self, request: GenerationRequest) -> GenerationResult:
        completions = tuple(
            Completion(self.answer(request, n), "stop", 10, -0.5 - n / 100, request.seed + n)
            for n in range(request.candidates)
        )
        return GenerationResult(completions, prompt_tokens=50, model_id=self.model_id, seconds=1.0)

    def close(self) -> None:
        """Nothing to free."""


def last_keywords(request: GenerationRequest) -> str:
    """The keywords line the model was asked about: the prompt's last one."""
    text = request.prompt or "\n".join(message.content for message in request.messages)
    return [
        line for line in text.splitlines() if line.startswith(("Keywords:", "Stichworte:", "キーワード"))
    ][-1]


def honest(request: GenerationRequest, n: int) -> str:
    """What a good model says of the English teapot."""
    asked = last_keywords(request)
    for cue, sentence in HONEST.items():
        if cue in asked:
            return sentence
    return "Cast iron teapot in matt black, 800 ml"


HONEST = {
    "colour:": "A cast iron teapot in matt black.",
    "material:": "The teapot is cast iron, enamelled inside.",
    "detail:": "A lift-out strainer of stainless steel comes with it.",
    "capacity": "It holds 800 ml.",
    "maker:": "The Kurogane foundry in Japan makes it.",
    "care:": "Rinse it with hot water only and dry it at once.",
}
