"""Composes one field: sentences for its slots, picked so that they go together, or a line, a slug, tags."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from content.engine.agreement import clashes, gender_of
from content.engine.checks.keyphrase import contains
from content.engine.demos import demos_for
from content.engine.headlines import Headlines
from content.engine.judging import Judged, judge, overlap
from content.engine.lines import best_line, hashtags
from content.engine.plans import FieldPlan, fields_of
from content.engine.questions import judge_question, question_slot
from content.engine.sampling import Candidate, Spending, Task, sample, task_of
from content.engine.slots import (
    Slot,
    clean,
    head_noun,
    product_slots,
    required_slot,
    slots_for,
)
from content.engine.slugs import slug_of
from content.engine.text import is_unspaced, join_sentences, measure, sentences
from content.engine.types import BriefSpec
from omotenashi.inference.protocols import LanguageModel

_TOO_ALIKE = 0.6
"""Share of telling words two sentences may have in common."""


_CLASH = 2.0
"""What a wrong article or ending costs."""

OnPart = Callable[[list[str]], None]


def _ignore(parts: list[str]) -> None:
    """Nobody wants to hear of parts."""


def _set_of(plan: FieldPlan) -> list[str]:
    stem = plan.name.rpartition("_")[0]
    return [f"{stem}_{number}" for number in range(1, plan.number)]


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
        self._headlines = Headlines(spec, self._sample_line, spending.budget.rounds)
        self._parts: list[str] = []
        self._genders: dict[str, tuple[int, str]] = {}
        """Noun to how many sentences were asked, and what they said."""
        self._on_part: OnPart = _ignore

    def write(
        self,
        plan: FieldPlan,
        before: Mapping[str, str],
        *,
        parts: Sequence[str] = (),
        on_part: OnPart = _ignore,
    ) -> Written:
        """`parts` are paragraphs that an earlier run finished; `on_part` hears of each new one."""
        self._tried, self._repaired = 0, False
        self._parts, self._on_part = list(parts), on_part
        text = self._text_of(plan, before)
        return Written(text, self._tried, self._repaired)

    def _text_of(self, plan: FieldPlan, before: Mapping[str, str]) -> str:
        if plan.kind == "slug":
            return slug_of(
                title=before.get("title", ""), keyphrase=self.spec.keyphrase, language=self.spec.language
            )
        if plan.kind == "tags":
            return hashtags(self.spec)
        if plan.kind == "outline":
            return "\n".join(self._headlines.heading(plan, product) for product in self.spec.products)
        if plan.kind == "line":
            others = [text for name, text in before.items() if name in _set_of(plan)]
            return self._line_of_sentences(plan, others) if plan.slots else self._headlines.line(plan, others)
        return self._paragraphs(plan, before)

    def _paragraphs(self, plan: FieldPlan, before: Mapping[str, str]) -> str:
        """Tell what the plan names; where that is too short for the brief, tell more."""
        text = ""
        for more in (0, 1, 2):
            text = self._told(plan, before, more=more)
            if self.spending.is_tight or not self._is_short(plan, text, before):
                break
        return text

    def _told(self, plan: FieldPlan, before: Mapping[str, str], *, more: int) -> str:
        groups = slots_for(plan, self.spec, more=more)
        headings = before.get("outline", "").splitlines()
        earlier = self._sentences_before(before)
        taken = list(earlier)
        parts = list(self._parts)
        for place, group in enumerate(groups):
            if place < len(parts):
                taken += [found.text for found in sentences(parts[place]) if not found.text.startswith("#")]
                continue
            if place == len(parts) == 0 and "each_product" not in plan.slots:
                # One batch for all paragraphs; sections are long enough to be kept one by one.
                self._fill(plan, self._with_questions(plan, [slot for each in groups for slot in each]))
            self._fill(plan, group)
            heading = headings[place] if place < len(headings) else ""
            parts.append(self._paragraph(plan, group, taken, heading=heading))
            if "each_product" in plan.slots:
                self._parts = list(parts)
                self._on_part(self._parts)
        if len(taken) == len(earlier):
            # Nothing passed: the least bad sentences are shown with their findings, never hidden.
            parts = self._least_bad(plan, groups)
        parts = self._with_required(plan, parts, taken)
        return self._closed(plan, [part for part in parts if part])

    def _with_questions(self, plan: FieldPlan, slots: list[Slot]) -> list[Slot]:
        return [*slots, *map(question_slot, slots)] if plan.shape == "questions" else slots

    def _closed(self, plan: FieldPlan, parts: list[str]) -> str:
        if "close" in plan.slots and self.spec.call_to_action.strip():
            # The marketer's own words, so there is nothing to write.
            parts = [*parts, _closed(clean(self.spec.call_to_action), self.spec.language)]
        if plan.shape == "line":
            return join_sentences(parts, language=self.spec.language)
        return "\n\n".join(parts)

    def _is_short(self, plan: FieldPlan, text: str, before: Mapping[str, str]) -> bool:
        """Below the brief's length, and the last field that counts: nothing after it makes up for it."""
        length, mains = self.spec.length, [p.name for p in fields_of(self.spec) if p.is_main]
        if not plan.is_main or not length or not length.min or plan.name != mains[-1]:
            return False
        whole = [text, *(before.get(name, "") for name in mains[:-1])]
        return sum(measure(part, unit=length.unit) for part in whole) < length.min

    def _with_required(self, plan: FieldPlan, parts: list[str], taken: list[str]) -> list[str]:
        """A sentence for each term of the guideline that the text lacks."""
        if not plan.is_main or not self.spec.products:
            return parts
        for term in filter(str.strip, self.spec.brand.required):
            if any(term in text for text in (*parts, *taken, self.spec.call_to_action)):
                continue
            slot = required_slot(self.spec, term)
            self._fill(plan, [slot])
            text = self._paragraph(plan, [slot], taken)
            if text:
                parts = [*parts[:-1], self._joined(plan, [*parts[-1:], text])]
        return parts

    def _joined(self, plan: FieldPlan, texts: Sequence[str]) -> str:
        found = [text for text in texts if text]
        if plan.shape in {"bullets", "questions"}:
            return "\n".join(found)
        return join_sentences(found, language=self.spec.language)

    def _sentences_before(self, before: Mapping[str, str]) -> list[str]:
        """What the main text says already: an ending must not repeat the beginning."""
        names = [entry.name for entry in fields_of(self.spec) if entry.is_main]
        found = [s.text for name in names for s in sentences(before.get(name, ""))]
        return [text for text in found if not text.startswith("#")]

    def _least_bad(self, plan: FieldPlan, groups: Sequence[Sequence[Slot]]) -> list[str]:
        needed = [slot for group in groups for slot in group if slot.is_needed]
        found = [self._best(plan, slot, []) for slot in needed]
        return list(dict.fromkeys(judged.text for judged in found if judged is not None))

    def _paragraph(
        self, plan: FieldPlan, slots: Sequence[Slot], taken: list[str], *, heading: str = ""
    ) -> str:
        """One sentence per slot, in order, each judged beside those already taken."""
        chosen: list[str] = []
        asked: list[str] = []
        for slot in slots:
            best = self._best(plan, slot, taken)
            if best is None:
                continue
            question = self._question(plan, slot) if plan.shape == "questions" else ""
            is_asked = plan.shape != "questions" or (bool(question) and question not in asked)
            if is_asked and self._is_welcome(plan, slot, best, taken):
                chosen.append(best.text)
                asked.append(question)
                taken.append(best.text)
            else:
                self.left_out.append(f"{plan.name}: {slot.key}")
        return self._shaped(plan, chosen, asked, heading=heading)

    def _shaped(self, plan: FieldPlan, chosen: Sequence[str], asked: Sequence[str], *, heading: str) -> str:
        if plan.shape == "bullets":
            return "\n".join(f"- {text}" for text in chosen)
        if plan.shape == "questions":
            pairs = zip(asked, chosen, strict=True)
            return "\n\n".join(f"## {asks}\n\n{text}" if asks else text for asks, text in pairs)
        text = join_sentences(list(chosen), language=self.spec.language)
        return f"## {heading}\n\n{text}" if heading and text else text

    def _question(self, plan: FieldPlan, slot: Slot) -> str:
        """What a shopper would ask to get this answer; the model's own words, and about the right thing."""
        asks = question_slot(slot)
        self._fill(plan, [asks])
        best = min(self._pools.get(asks.key, []), key=lambda judged: judged.rank, default=None)
        return best.text if best and best.passes else ""

    def _is_welcome(self, plan: FieldPlan, slot: Slot, best: Judged, taken: Sequence[str]) -> bool:
        is_fit = best.passes or (slot.is_needed and best.is_true)
        is_new = all(self._likeness(slot, best.text, other) < _TOO_ALIKE for other in taken)
        return is_fit and is_new and self._has_room(plan, taken, best.text)

    def _has_room(self, plan: FieldPlan, taken: Sequence[str], text: str) -> bool:
        """A sentence more must not break the brief's length or the field's limit."""
        closes = any("close" in entry.slots for entry in fields_of(self.spec))
        ending = [self.spec.call_to_action] if closes and self.spec.call_to_action.strip() else []
        whole = join_sentences([*taken, text, *ending], language=self.spec.language)
        _, high = plan.limits(self.spec.language)
        length = self.spec.length
        marks = 2 * len(taken) if plan.shape != "line" else 1
        size = measure(whole, unit=length.unit) if length else 0
        fits_brief = (
            not length or not length.max or size + (marks if length.unit == "characters" else 0) <= length.max
        )
        return fits_brief and (not high or len(whole) + marks <= high)

    def _ranked(self, plan: FieldPlan, slot: Slot) -> list[Judged]:
        pool = [self._rejudged(plan, slot, judged, []) for judged in self._pools.get(slot.key, [])]
        return sorted(pool, key=lambda judged: judged.rank)

    def _best(self, plan: FieldPlan, slot: Slot, taken: Sequence[str]) -> Judged | None:
        pool = self._pools.get(slot.key, [])
        if not taken and plan.keyphrase == "wanted":
            # The field's first sentence: searchers' words first, then how it reads.
            pool = [judged for judged in pool if judged.passes and self._has_keyphrase(judged.text)] or pool
        return min(
            (self._rejudged(plan, slot, judged, taken) for judged in pool), key=lambda j: j.rank, default=None
        )

    def _has_keyphrase(self, text: str) -> bool:
        phrase = self.spec.keyphrase.strip()
        return not phrase or contains(text, phrase, language=self.spec.language)

    def _rejudged(self, plan: FieldPlan, slot: Slot, judged: Judged, taken: Sequence[str]) -> Judged:
        likeness = max((self._likeness(slot, judged.text, other) for other in taken), default=0.0)
        noun = head_noun(slot.product.title, language=self.spec.language) if slot.product else ""
        clash = bool(noun) and clashes(judged.text, noun, self._gender(noun), language=self.spec.language)
        opens_alike = bool(taken) and _opening(judged.text, self.spec.language) == _opening(
            taken[-1], self.spec.language
        )
        return replace(
            judged,
            score=judged.score - 2.0 * likeness - (0.6 if opens_alike else 0.0) - (_CLASH if clash else 0.0),
        )

    def _gender(self, noun: str) -> str:
        """What the model itself calls the noun most often, over all it has written here."""
        said = [judged.text for pool in self._pools.values() for judged in pool]
        if self._genders.get(noun, (0, ""))[0] != len(said):
            self._genders[noun] = (len(said), gender_of(said, noun, language=self.spec.language))
        return self._genders[noun][1]

    def _likeness(self, slot: Slot, text: str, other: str) -> float:
        """The product's name may come back in every sentence; nothing else should."""
        named = slot.product.title if slot.product else self.spec.keyphrase
        return overlap(text, other, language=self.spec.language, besides=named)

    def _fill(self, plan: FieldPlan, slots: Sequence[Slot]) -> None:
        """Sample for all slots in one batch, then again for those where nothing passed, while it pays."""
        failing = [slot for slot in slots if slot.key not in self._pools]
        for turn in range(self.spending.budget.rounds):
            if not failing or (turn and self.spending.is_tight):
                return
            self._repaired = self._repaired or turn > 0
            remedies = [self._remedy(slot) if turn else "" for slot in failing]
            self._round(plan, failing, turn=turn, remedies=remedies)
            failing = [slot for slot in failing if not self._is_served(plan, slot, slots)]

    def _is_served(self, plan: FieldPlan, slot: Slot, slots: Sequence[Slot]) -> bool:
        """Something passes; for the first sentence, something that holds the keyphrase."""
        is_first = plan.keyphrase == "wanted" and slot is slots[0]
        pool = self._pools.get(slot.key, [])
        return any(judged.passes and (not is_first or self._has_keyphrase(judged.text)) for judged in pool)

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
            judging = judge_question if slot.name == "question" else judge
            # A small model often says the same: one judgement serves all of them.
            seen = {
                each.text: judging(self.spec, slot, each, field=plan.name, demos=demos) for each in candidates
            }
            judged = [seen[each.text] for each in candidates]
            self._pools.setdefault(slot.key, []).extend(judged)

    def _sample(self, plan: FieldPlan, tasks: Sequence[Task], *, turn: int) -> list[list[Candidate]]:
        seed = seed_for(self.seed, plan.name, turn)
        found = sample(self.spec, tasks, model=self.model, spending=self.spending, seed=seed, turn=turn)
        self._tried += sum(len(candidates) for candidates in found)
        return found

    def _sample_line(self, plan: FieldPlan, task: Task, turn: int) -> list[Candidate]:
        self._repaired = turn > 0
        return self._sample(plan, [task], turn=turn)[0]

    def _line_of_sentences(self, plan: FieldPlan, others: Sequence[str]) -> str:
        """A description from sentences that passed for the body; sampled anew where a restart has none."""
        slots = [
            s
            for product in self.spec.products[:2]
            for s in product_slots(self.spec, product, names=plan.slots)
        ]
        self._fill(plan, slots)
        pools = [self._ranked(plan, slot) for slot in slots]
        told = " ".join(others)
        passing = [[j for j in pool[:4] if j.passes and j.text not in told][:2] for pool in pools]
        passing = [*self._themed(plan, passing), *passing]
        if plan.number > 1:
            # Of a set, each begins with another thing to say.
            passing = passing[plan.number - 1 :] + passing[: plan.number - 1]
        if not any(passing):
            return next((pool[0].text for pool in pools if pool), "")
        return best_line(
            self.spec, plan, [[(judged.text, judged.score) for judged in group] for group in passing if group]
        )

    def _themed(self, plan: FieldPlan, passing: Sequence[Sequence[Judged]]) -> list[list[Judged]]:
        """A keyphrase that is a theme ("evening light") is in a scene and in no sentence about a product."""
        if plan.keyphrase != "wanted" or any(self._has_keyphrase(j.text) for pool in passing for j in pool):
            return []
        (scenes,) = slots_for(replace(plan, slots=("scene",)), self.spec)
        self._fill(plan, scenes)
        ranked = self._ranked(plan, scenes[0])
        return [[j for j in ranked if j.passes and self._has_keyphrase(j.text)][:2]]


def seed_for(seed: int, name: str, turn: int) -> int:
    """Each field and round has its own dice, whatever was written before it: a restart throws the same."""
    digest = hashlib.sha256(f"{seed}|{name}|{turn}".encode()).digest()
    return int.from_bytes(digest[:4], "big")


def _opening(text: str, language: str) -> str:
    return text[:5] if is_unspaced(language) else " ".join(text.split()[:1])


def _closed(text: str, language: str) -> str:
    return text if text[-1:] in ".!?。" else f"{text}{'。' if is_unspaced(language) else '.'}"
