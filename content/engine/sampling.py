"""Candidates: many sentences per wanted sentence, sampled in one batch, within the draft's budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from content.engine.prompts import Prompt, render
from content.engine.slots import Slot, keywords
from content.engine.types import BriefSpec, Budget
from omotenashi.inference.protocols import GenerationRequest, LanguageModel

_TOKENS = {"title": 24, "subject": 24}
_SENTENCE_TOKENS = 48
_FOR_REPAIRS = 0.7
"""Share of the seconds after which nothing is sampled a second time."""
_STOPS = {"few-shot": ("\n",), "chat": ("\n",)}


@dataclass
class Spending:
    """What the draft has cost so far; the one mutable thing of a run."""

    budget: Budget
    tokens: int = 0
    seconds: float = 0.0
    seeds: list[int] = field(default_factory=list)

    @property
    def is_late(self) -> bool:
        return bool(self.budget.seconds) and self.seconds >= self.budget.seconds

    @property
    def is_tight(self) -> bool:
        """What is left is for the fields that nobody has begun yet."""
        return bool(self.budget.seconds) and self.seconds >= self.budget.seconds * _FOR_REPAIRS

    def affordable(self, *, tasks: int, tokens_each: int, wanted: int) -> int:
        """Candidates per task that still fit the budget, 0 when it is spent."""
        if self.is_late:
            return 0
        left = self.budget.max_tokens - self.tokens
        return max(0, min(wanted, left // max(1, tasks * tokens_each)))


@dataclass(frozen=True)
class Candidate:
    """One sampled text, before anybody has judged it."""

    text: str
    logprob: float
    is_cut: bool
    order: int


@dataclass(frozen=True)
class Task:
    """One thing to sample: a slot's sentence or a line."""

    name: str
    keywords: tuple[str, ...]
    remedy: str = ""


def task_of(slot: Slot, *, language: str, remedy: str = "") -> Task:
    return Task(slot.name, tuple(keywords(slot, language=language)), remedy)


def sample(
    spec: BriefSpec, tasks: Sequence[Task], *, model: LanguageModel, spending: Spending, seed: int, turn: int
) -> list[list[Candidate]]:
    """Candidates for each task, in the tasks' order; fewer or none when the budget ends."""
    if not tasks:
        return []
    wanted = spending.affordable(
        tasks=len(tasks), tokens_each=_SENTENCE_TOKENS // 2, wanted=spending.budget.candidates
    )
    if not wanted:
        return [[] for _ in tasks]
    requests = [
        _request(spec, task, model=model, seed=seed + 1000 * place, turn=turn, candidates=wanted)
        for place, task in enumerate(tasks)
    ]
    spending.seeds += [request.seed for request in requests]
    results = model.generate(requests)
    spending.tokens += sum(c.tokens for result in results for c in result.completions)
    spending.seconds += max((result.seconds for result in results), default=0.0)
    return [
        [
            _candidate(c.text, c.mean_logprob, c.finish_reason, order)
            for order, c in enumerate(result.completions)
        ]
        for result in results
    ]


def _request(
    spec: BriefSpec, task: Task, *, model: LanguageModel, seed: int, turn: int, candidates: int
) -> GenerationRequest:
    prompt: Prompt = render(
        spec,
        task=task.name,
        keywords=list(task.keywords),
        style=model.prompt_style,
        remedy=task.remedy,
        turn=turn,
    )
    return GenerationRequest(
        prompt=prompt.text, messages=prompt.messages, max_new_tokens=_TOKENS.get(task.name, _SENTENCE_TOKENS),
        temperature=0.7 if turn == 0 else 0.9, top_p=0.9,
        stop=_STOPS[model.prompt_style], seed=seed, candidates=candidates,
    )  # fmt: skip


def _candidate(text: str, logprob: float | None, finish_reason: str, order: int) -> Candidate:
    # Endpoints may not tell log-probabilities: then the checks alone choose.
    return Candidate(text.strip(), logprob if logprob is not None else 0.0, finish_reason == "length", order)
