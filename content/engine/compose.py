"""Composes one field: sentences for its slots, picked so that they go together, or a line, a slug, tags."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from content.engine.checks import check_text
from content.engine.checks.unsupported_words import unsaid_words
from content.engine.demos import demos_for
from content.engine.grammar import clashes_with_gender, german_gender
from content.engine.judging import Judged, judge, overlap
from content.engine.lines import best_line, fitted, hashtags, line_keywords, tidy_line
from content.engine.plans import FieldPlan, plan_for
from content.engine.sampling import Candidate, Spending, Task, sample, task_of
from content.engine.slots import Slot, clean, head_noun, product_slots, short_title, slots_for
from content.engine.slugs import slug_of
from content.engine.text import is_unspaced, join_sentences, measure, sentences
from content.engine.types import BriefSpec, Finding
from omotenashi.inference.protocols import LanguageModel

_TOO_ALIKE = 0.6
"""Share of telling words two sentences may have in common."""


@dataclass(frozen=True)
class Written:
    """A field as the writer left it."""

    text: str
    candidates_tried: int = 0
    repaired: bool = False


class Composer:
    """Writes the fields of one draft; what it sampled for one serves the next."""

    def __init__(self, spec: BriefSpec, *, model: LanguageModel, seed: int, spending: Spending) -> None:
        self.spec, self.model, self.seed, self.spending = spec, model, seed, spending
        self.left_out: list[str] = []
        self._pools: dict[str, list[Judged]] = {}
        self._tried = 0
        self._repaired = False

    def write(self, plan: FieldPlan, before: Mapping[str, str]) -> Written:
        self._tried, self._repaired = 0, False
        text = self._text_of(plan, before)
        return Written(text, self._tried, self._repaired)

    def _text_of(self, plan: FieldPlan, before: Mapping[str, str]) -> str:
        if plan.kind == "slug":
            return slug_of(
                title=before.get("title", ""), keyphrase=self.spec.keyphrase, language=self.spec.language
            )
        if plan.kind == "tags":
            return hashtags(self.spec)
        if plan.kind == "line":
            return self._line(plan) if not plan.slots else self._line_of_sentences(plan)
        return self._paragraphs(plan, before)

    def _paragraphs(self, plan: FieldPlan, before: Mapping[str, str]) -> str:
        groups = slots_for(plan, self.spec)
        self._fill(plan, [slot for group in groups for slot in group])
        earlier = self._sentences_before(before)
        taken = list(earlier)
        parts = [self._paragraph(plan, group, taken) for group in groups]
        if len(taken) == len(earlier):
            # Nothing passed: the least bad sentences are shown with their findings, never hidden.
            parts = self._least_bad(plan, groups)
        if "close" in plan.slots and self.spec.call_to_action.strip():
            # The marketer's own words, so there is nothing to write.
            parts.append(_closed(clean(self.spec.call_to_action), self.spec.language))
        joint = " " if plan.name == "post" else "\n\n"
        return joint.join(part for part in parts if part)

    def _sentences_before(self, before: Mapping[str, str]) -> list[str]:
        """What the main text says already: an ending must not repeat the beginning."""
        names = [entry.name for entry in plan_for(self.spec.content_type) if entry.is_main]
        found = [s.text for name in names for s in sentences(before.get(name, ""))]
        return [text for text in found if not text.startswith("#")]

    def _least_bad(self, plan: FieldPlan, groups: Sequence[Sequence[Slot]]) -> list[str]:
        needed = [slot for group in groups for slot in group if slot.is_needed]
        found = [self._best(plan, slot, []) for slot in needed]
        return list(dict.fromkeys(judged.text for judged in found if judged is not None))

    def _paragraph(self, plan: FieldPlan, slots: Sequence[Slot], taken: list[str]) -> str:
        """One sentence per slot, in order, each judged beside those already taken."""
        chosen: list[str] = []
        for slot in slots:
            best = self._best(plan, slot, taken)
            if best is None:
                continue
            if self._is_welcome(plan, slot, best, taken):
                chosen.append(best.text)
                taken.append(best.text)
            else:
                self.left_out.append(f"{plan.name}: {slot.key}")
        text = join_sentences(chosen, language=self.spec.language)
        product = slots[0].product if slots else None
        is_section = "each_product" in plan.slots and product is not None and bool(text)
        return f"## {short_title(product.title)}\n\n{text}" if is_section and product else text

    def _is_welcome(self, plan: FieldPlan, slot: Slot, best: Judged, taken: Sequence[str]) -> bool:
        is_fit = best.passes or (slot.is_needed and best.is_true)
        is_new = all(self._likeness(slot, best.text, other) < _TOO_ALIKE for other in taken)
        return is_fit and is_new and self._has_room(plan, taken, best.text)

    def _has_room(self, plan: FieldPlan, taken: Sequence[str], text: str) -> bool:
        """A sentence more must not break the brief's length or the field's limit."""
        whole = join_sentences([*taken, text], language=self.spec.language)
        _, high = plan.limits(self.spec.language)
        reserve = len(self.spec.call_to_action) + 2 if "close" in plan.slots else 0
        length = self.spec.length
        fits_brief = not length or not length.max or measure(whole, unit=length.unit) <= length.max
        return fits_brief and (not high or len(whole) + reserve <= high)

    def _ranked(self, plan: FieldPlan, slot: Slot) -> list[Judged]:
        pool = [self._rejudged(plan, slot, judged, []) for judged in self._pools.get(slot.key, [])]
        return sorted(pool, key=lambda judged: judged.rank)

    def _best(self, plan: FieldPlan, slot: Slot, taken: Sequence[str]) -> Judged | None:
        pool = self._pools.get(slot.key, [])
        return min(
            (self._rejudged(plan, slot, judged, taken) for judged in pool), key=lambda j: j.rank, default=None
        )

    def _rejudged(self, plan: FieldPlan, slot: Slot, judged: Judged, taken: Sequence[str]) -> Judged:
        likeness = max((self._likeness(slot, judged.text, other) for other in taken), default=0.0)
        noun = head_noun(slot.product.title, language=self.spec.language) if slot.product else ""
        clash = self.spec.language == "de" and clashes_with_gender(judged.text, noun, self._gender(noun))
        opens_alike = bool(taken) and _opening(judged.text, self.spec.language) == _opening(
            taken[-1], self.spec.language
        )
        return replace(
            judged,
            score=judged.score - 2.0 * likeness - (0.6 if opens_alike else 0.0) - (1.0 if clash else 0.0),
        )

    def _gender(self, noun: str) -> str:
        """German: what the model itself calls the noun most often, over all it has written here."""
        return (
            german_gender([judged.text for pool in self._pools.values() for judged in pool], noun)
            if noun
            else ""
        )

    def _likeness(self, slot: Slot, text: str, other: str) -> float:
        """The product's name may come back in every sentence; nothing else should."""
        named = slot.product.title if slot.product else self.spec.keyphrase
        return overlap(text, other, language=self.spec.language, besides=named)

    def _fill(self, plan: FieldPlan, slots: Sequence[Slot]) -> None:
        """Sample for all slots in one batch, then once more for those where nothing passed."""
        missing = [slot for slot in slots if slot.key not in self._pools]
        self._round(plan, missing, turn=0, remedies=[""] * len(missing))
        failing = [
            slot for slot in missing if not any(judged.passes for judged in self._pools.get(slot.key, []))
        ]
        if failing:
            self._repaired = True
            self._round(plan, failing, turn=1, remedies=[self._remedy(slot) for slot in failing])

    def _remedy(self, slot: Slot) -> str:
        worst = min(self._pools.get(slot.key, []), key=lambda judged: judged.rank, default=None)
        return f"{worst.errors[0].message} {worst.errors[0].remedy}" if worst and worst.errors else ""

    def _round(self, plan: FieldPlan, slots: Sequence[Slot], *, turn: int, remedies: Sequence[str]) -> None:
        tasks = [
            task_of(slot, language=self.spec.language, remedy=remedy)
            for slot, remedy in zip(slots, remedies, strict=True)
        ]
        for slot, candidates in zip(slots, self._sample(plan, tasks, turn=turn), strict=True):
            demos = demos_for(self.spec, task=slot.name, turn=turn)
            judged = [
                judge(self.spec, slot, candidate, field=plan.name, demos=demos) for candidate in candidates
            ]
            self._pools.setdefault(slot.key, []).extend(judged)

    def _sample(self, plan: FieldPlan, tasks: Sequence[Task], *, turn: int) -> list[list[Candidate]]:
        seed = seed_for(self.seed, plan.name, turn)
        found = sample(self.spec, tasks, model=self.model, spending=self.spending, seed=seed, turn=turn)
        self._tried += sum(len(candidates) for candidates in found)
        return found

    def _line(self, plan: FieldPlan) -> str:
        """A title or subject: sampled, judged by the field's own checks; once more if none passes."""
        judged: list[tuple[int, float, str]] = []
        for turn in (0, 1):
            remedy = (
                ""
                if not turn
                else "; ".join(f.remedy for f in self._problems(plan, judged[0][2])[:1])
                if judged
                else ""
            )
            self._repaired = turn == 1
            candidates = self._sample(
                plan, [Task(plan.task, tuple(line_keywords(self.spec, task=plan.task)), remedy)], turn=turn
            )[0]
            judged += [self._judged_line(plan, candidate) for candidate in candidates]
            judged.sort()
            if judged and judged[0][0] == 0:
                break
        return judged[0][2] if judged else ""

    def _judged_line(self, plan: FieldPlan, candidate: Candidate) -> tuple[int, float, str]:
        lines = candidate.text.splitlines() or [""]
        _, high = plan.limits(self.spec.language)
        text = fitted(tidy_line(lines[0]), high)
        weight = {"error": 10, "warning": 3, "info": 4}
        problems = sum(weight[finding.severity] for finding in self._problems(plan, text))
        # A title has no room for what nobody asked it to say.
        problems += weight["info"] * len(unsaid_words(self.spec, text))
        return problems, -candidate.logprob, text

    def _problems(self, plan: FieldPlan, text: str) -> list[Finding]:
        return check_text(replace(self.spec, length=None), {plan.name: text})

    def _line_of_sentences(self, plan: FieldPlan) -> str:
        """A description from sentences that passed for the body; sampled anew where a restart has none."""
        slots = [
            s
            for product in self.spec.products[:2]
            for s in product_slots(self.spec, product, names=plan.slots)
        ]
        self._fill(plan, slots)
        pools = [self._ranked(plan, slot) for slot in slots]
        passing = [[judged for judged in pool[:2] if judged.passes] for pool in pools]
        if not any(passing):
            return next((pool[0].text for pool in pools if pool), "")
        return best_line(
            self.spec, plan, [[(judged.text, judged.score) for judged in group] for group in passing if group]
        )


def seed_for(seed: int, name: str, turn: int) -> int:
    """Each field and round has its own dice, whatever was written before it: a restart throws the same."""
    digest = hashlib.sha256(f"{seed}|{name}|{turn}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _opening(text: str, language: str) -> str:
    return text[:5] if is_unspaced(language) else " ".join(text.split()[:1])


def _closed(text: str, language: str) -> str:
    return text if text[-1:] in ".!?。" else f"{text}{'。' if is_unspaced(language) else '.'}"
