"""A language model that always says the same few sentences; it can die, or wait, at a chosen request."""

from collections.abc import Callable, Sequence

from omotenashi.inference.protocols import Completion, GenerationRequest, GenerationResult, PromptStyle

SENTENCES = (
    "This matt black teapot is made of cast iron.",
    "The teapot holds 800 ml of tea.",
    "The teapot comes from Japan.",
    "Rinse the teapot with hot water only.",
    "Cast iron teapot in matt black",
)


class ScriptedModel:
    model_id = "scripted-1"
    prompt_style: PromptStyle = "few-shot"
    context_length = 4096

    def __init__(self, *, before_call: Callable[[int], None] = lambda call: None) -> None:
        self.before_call = before_call
        self.calls = 0
        self.texts_asked_for = 0

    def generate(self, requests: Sequence[GenerationRequest], /) -> list[GenerationResult]:
        self.calls += 1
        self.before_call(self.calls)
        self.texts_asked_for += len(requests)
        return [self._answer(request) for request in requests]

    def _answer(self, request: GenerationRequest) -> GenerationResult:
        texts = [SENTENCES[index % len(SENTENCES)] for index in range(request.candidates)]
        completions = tuple(
            Completion(
                text=text, finish_reason="stop", tokens=12, mean_logprob=-1.0, seed=request.seed + index
            )
            for index, text in enumerate(texts)
        )
        return GenerationResult(
            completions=completions, prompt_tokens=100, model_id=self.model_id, seconds=0.0
        )

    def close(self) -> None:
        """Nothing to free."""
