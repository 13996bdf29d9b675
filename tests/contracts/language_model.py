"""What every language model must do, whatever runs it; a test class per engine inherits it."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from omotenashi.errors import InvalidInput
from omotenashi.inference.errors import ModelClosed
from omotenashi.inference.protocols import GenerationRequest, LanguageModel, Message

PROMPT = "A towel of linen, a board of oak and"
CHAT = (Message("system", "You write for a shop."), Message("user", "Describe the towel."))


class LanguageModelContract:
    """Expects a fixture `model`; a fresh one, to be closed, comes from the fixture `closable`."""

    def test_it_names_itself_and_its_limits(self, model: LanguageModel) -> None:
        assert model.model_id
        assert model.prompt_style in ("chat", "few-shot")
        assert model.context_length == 256

    def test_it_continues_a_prompt(self, model: LanguageModel) -> None:
        result = model.generate([GenerationRequest(prompt=PROMPT, max_new_tokens=6)])[0]
        assert result.model_id == model.model_id
        assert result.prompt_tokens > 5
        assert result.seconds > 0
        assert 1 <= result.completions[0].tokens <= 6

    def test_it_answers_a_chat(self, model: LanguageModel) -> None:
        result = model.generate([GenerationRequest(messages=CHAT, max_new_tokens=6)])[0]
        assert result.prompt_tokens > 10
        assert len(result.completions) == 1

    def test_it_answers_in_order(self, model: LanguageModel) -> None:
        requests = [
            GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=length) for length in (9, 2, 5)
        ]
        results = model.generate(requests)
        assert [result.completions[0].tokens for result in results] == [9, 2, 5]

    def test_it_gives_as_many_candidates_as_asked(self, model: LanguageModel) -> None:
        request = GenerationRequest(prompt=PROMPT, candidates=5, seed=40, max_new_tokens=6)
        completions = model.generate([request])[0].completions
        assert [each.seed for each in completions] == [40, 41, 42, 43, 44]
        assert len({each.text for each in completions}) > 1

    def test_it_repeats_itself_for_the_same_seed(self, model: LanguageModel) -> None:
        request = GenerationRequest(prompt=PROMPT, candidates=2, seed=9, max_new_tokens=8)
        first, second = (model.generate([request])[0].completions for _ in range(2))
        assert [each.text for each in first] == [each.text for each in second]

    def test_it_says_why_it_ended(self, model: LanguageModel) -> None:
        request = GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=8)
        whole = model.generate([request])[0].completions[0]
        assert whole.finish_reason == "length"
        stop = whole.text.strip()[4:7]
        stopped = model.generate([
            GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=8, stop=(stop,))
        ])[0].completions[0]  # fmt: skip
        assert stopped.finish_reason == "stop"
        assert stopped.text == whole.text[: whole.text.index(stop)]

    def test_it_says_how_likely_its_text_was(self, model: LanguageModel) -> None:
        request = GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=8)
        logprob = model.generate([request])[0].completions[0].mean_logprob
        assert logprob is not None
        assert math.log(1e-5) < logprob <= 0

    def test_it_heeds_the_repetition_penalty(self, model: LanguageModel) -> None:
        plain = GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=12)
        # Below 1 it draws the text to the prompt's own words: plain to see even with random weights.
        drawn = GenerationRequest(prompt=PROMPT, temperature=0.0, max_new_tokens=12, repetition_penalty=0.01)
        texts = [result.completions[0].text for result in model.generate([plain, drawn])]
        known = set(PROMPT.replace(",", "").split())
        assert not set(texts[0].split()) & known
        assert set(texts[1].split()) & known

    def test_it_serves_many_threads(self, model: LanguageModel) -> None:
        requests = [
            GenerationRequest(prompt=f"{PROMPT} {number}", seed=number, max_new_tokens=6)
            for number in range(6)
        ]
        alone = [model.generate([request])[0].completions[0].text for request in requests]
        with ThreadPoolExecutor(6) as pool:
            together = list(pool.map(lambda each: model.generate([each])[0].completions[0].text, requests))
        assert together == alone

    def test_it_refuses_what_exceeds_its_context(self, model: LanguageModel) -> None:
        with pytest.raises(InvalidInput, match="256 tokens"):
            model.generate([GenerationRequest(prompt="towel " * 300)])

    def test_it_refuses_work_once_closed(self, closable: LanguageModel) -> None:
        closable.close()
        with pytest.raises(ModelClosed, match="shut down"):
            closable.generate([GenerationRequest(prompt=PROMPT)])
