"""Titles, subjects, headlines and headings: lines sampled by themselves, judged by the field's own checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from content.engine.checks import check_text
from content.engine.checks.unsupported_words import unsaid_words
from content.engine.grammar import said_twice
from content.engine.judging import overlap
from content.engine.lines import fitted, line_keywords, tidy_line
from content.engine.plans import FieldPlan
from content.engine.sampling import Candidate, Task
from content.engine.slots import clean, keywords, product_slots, short_title, spoken
from content.engine.types import BriefSpec, Finding, ProductFacts

_ALIKE = 0.8
"""Share of telling words from which two headlines of a set are one too many."""
_WEIGHT = {"error": 10, "warning": 3, "info": 4}
_AGAIN = 6

Sample = Callable[[FieldPlan, Task, int], list[Candidate]]
"""Candidates for a task of a field in a round."""
Judged = tuple[int, float, str]
"""How bad, how unlikely, and the text: the least is the best."""


@dataclass(frozen=True)
class Headlines:
    """Writes the lines of one draft."""

    spec: BriefSpec
    sample: Sample
    rounds: int

    def line(self, plan: FieldPlan, others: Sequence[str]) -> str:
        words = line_keywords(self.spec, task=plan.task, number=plan.number)
        return self._sampled(plan, Task(plan.task, tuple(words)), others)

    def heading(self, plan: FieldPlan, product: ProductFacts) -> str:
        """Over a section; the product's own name where the model has nothing better to say."""
        name = short_title(spoken(product.title, self.spec))
        spec = replace(self.spec, products=(product,), keyphrase="")
        opening = product_slots(spec, product, names=("opening",))[0]
        about = replace(plan, name=f"{plan.name}-{name}", max=60, cjk_max=30)
        mine = replace(self, spec=replace(self.spec, products=(product,)))
        text = mine._sampled(about, Task("title", tuple(keywords(opening, language=spec.language))), ())
        return text if text and not mine._badness(about, text) else name

    def _sampled(self, plan: FieldPlan, task: Task, others: Sequence[str]) -> str:
        judged: list[Judged] = []
        for turn in range(self.rounds):
            worst = self._problems(plan, judged[0][2])[:1] if judged else []
            asked = replace(task, remedy="".join(finding.remedy for finding in worst))
            found = self.sample(plan, asked, turn)
            judged = sorted([*judged, *(self._judged(plan, each, others) for each in found)])
            if judged and judged[0][0] == 0:
                return judged[0][2]
        return self._named(plan, judged[0][2], others) if judged else ""

    def _named(self, plan: FieldPlan, least_bad: str, others: Sequence[str]) -> str:
        """Where no line is clean: the catalogue's own name for it, if that serves."""
        _, high = plan.limits(self.spec.language)
        titles = [product.title for product in self.spec.products[:1]]
        names = [name for title in titles for name in (title, short_title(title), spoken(title, self.spec))]
        fitting = [fitted(clean(name), high) for name in names]
        served = [name for name in fitting if name not in others and not self._badness(plan, name)]
        return (served or [least_bad])[0]

    def _judged(self, plan: FieldPlan, candidate: Candidate, others: Sequence[str]) -> Judged:
        lines = candidate.text.splitlines() or [""]
        _, high = plan.limits(self.spec.language)
        text = fitted(tidy_line(lines[0]), high)
        is_again = any(overlap(text, other, language=self.spec.language) > _ALIKE for other in others)
        return self._badness(plan, text) + _AGAIN * is_again, -candidate.logprob, text

    def _badness(self, plan: FieldPlan, text: str) -> int:
        problems = sum(_WEIGHT[finding.severity] for finding in self._problems(plan, text))
        problems += _WEIGHT["info"] * len(said_twice(text, self.spec.language))
        # A title has no room for what nobody asked it to say.
        return problems + _WEIGHT["info"] * len(unsaid_words(self.spec, text))

    def _problems(self, plan: FieldPlan, text: str) -> list[Finding]:
        named = plan.name.partition("-")[0]
        return check_text(replace(self.spec, length=None), {named: text})
