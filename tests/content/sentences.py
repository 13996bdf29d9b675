"""A language model that says of each product what its facts say, and that can be held at a chosen call."""

import threading
import time
from collections.abc import Mapping, Sequence

from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle


class SentencesModel:
    """Knows a few true sentences of each product, by its noun; answers with those of the one asked for."""

    model_id = "sentences"
    prompt_style: PromptStyle = "few-shot"
    context_length = 8192

    def __init__(self, sentences: Mapping[str, Sequence[str]], *, seconds: float = 0.0) -> None:
        self._sentences, self._seconds = sentences, seconds
        self.prompts: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        self.prompts += [request.prompt for request in requests]
        time.sleep(self._seconds)
        self.may_answer.wait(timeout=300)
        return [self._answer(request) for request in requests]

    def _answer(self, request: GenerationRequest) -> GenerationResult:
        asked = request.prompt.rpartition("Keywords:")[2].casefold()
        product = max(self._sentences, key=lambda noun: asked.rfind(noun))
        known = self._sentences[product]
        completions = tuple(
            Completion(known[n % len(known)], "stop", 2, -1.0 - n % len(known), request.seed + n)
            for n in range(request.candidates)
        )
        return GenerationResult(completions, 100, self.model_id, seconds=0.0)

    def close(self) -> None:
        self.may_answer.set()
