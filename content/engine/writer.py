"""Writes a draft field by field: sample, judge, pick, repair once, and keep every finding that remains."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from content.engine.checks import check_text
from content.engine.claims import find_claims
from content.engine.compose import Composer, Written
from content.engine.plans import FieldPlan, fields_of
from content.engine.prompts import prompt_hashes
from content.engine.sampling import Spending
from content.engine.slots import is_usable, trusted
from content.engine.types import BriefSpec, Budget, DraftResult, FieldDraft, Finding, Progress
from omotenashi.inference.protocols import LanguageModel

__all__ = ["ENGINE_VERSION", "check_text", "find_claims", "write_draft"]

ENGINE_VERSION = "1"

OnProgress = Callable[[Progress], None]


def write_draft(
    spec: BriefSpec, *, model: LanguageModel, seed: int, budget: Budget,
    on_progress: OnProgress | None = None,
    resume: Mapping[str, Any] | None = None,  # Any: what Progress.resume held
) -> DraftResult:  # fmt: skip
    """Write all fields of the brief's content type.

    1. Fields in `resume` count as written: {"fields": {name: {"text": …}}}; what was spent is kept there too,
       and the finished sections of a field under way: {"parts": {name: [text, …]}}.
    2. Each other field is written in the plan's order, and reported with what a restart needs.
    3. All texts are checked together; what still fails stays as findings, nothing is hidden.
    """
    given, spec = spec, trusted(spec)
    plan = fields_of(spec)
    run = _Run(
        spec, plan, Composer(spec, model=model, seed=seed, spending=_spending(budget, resume)), on_progress
    )
    run.written.update(_resumed(plan, resume))
    for field_plan in plan:
        if field_plan.name not in run.written:
            run.write(field_plan, parts=(resume or {}).get("parts", {}).get(field_plan.name, ()))
    return _result(run, model=model, seed=seed, left_out=_left_out(given))


@dataclass
class _Run:
    """One call of write_draft while it goes on."""

    spec: BriefSpec
    plan: tuple[FieldPlan, ...]
    composer: Composer
    on_progress: OnProgress | None
    written: dict[str, Written] = field(default_factory=dict)

    def write(self, plan: FieldPlan, *, parts: Sequence[str] = ()) -> None:
        def tell_part(done: list[str]) -> None:
            if self.on_progress:
                message = f"{plan.label}: part {len(done)} written"
                self.on_progress(self._progress(plan, message=message, parts={plan.name: done}))

        before = {name: w.text for name, w in self.written.items()}
        self.written[plan.name] = self.composer.write(plan, before, parts=parts, on_part=tell_part)
        if self.on_progress:
            self.on_progress(self._progress(plan, message=f"{plan.label} written", parts={}))

    def _progress(self, plan: FieldPlan, *, message: str, parts: dict[str, list[str]]) -> Progress:
        fields = {name: asdict(written) for name, written in self.written.items()}
        spent = self.composer.spending
        resume = {
            "fields": fields,
            "parts": parts,
            "tokens": spent.tokens,
            "seconds": spent.seconds,
            "seeds": list(spent.seeds),
        }
        return Progress(
            done=len(self.written),
            total=len(self.plan),
            field=plan.name,
            message=message,
            resume=resume,
        )


def _spending(budget: Budget, resume: Mapping[str, Any] | None) -> Spending:
    kept = resume or {}
    return Spending(
        budget,
        tokens=int(kept.get("tokens", 0)),
        seconds=float(kept.get("seconds", 0.0)),
        seeds=list(kept.get("seeds", ())),
    )


def _resumed(plan: tuple[FieldPlan, ...], resume: Mapping[str, Any] | None) -> dict[str, Written]:
    kept = (resume or {}).get("fields", {})
    known = {entry.name for entry in plan}
    return {
        name: Written(value["text"], value.get("candidates_tried", 0), value.get("repaired", False))
        for name, value in kept.items()
        if name in known
    }


def _left_out(spec: BriefSpec) -> list[str]:
    """Facts that no prompt may carry: markup, links and orders, and prose that is too long."""
    return [
        f"{product.title}: {fact.name}"
        for product in spec.products
        for fact in product.facts
        if fact.value and not is_usable(fact)
    ]


def _result(run: _Run, *, model: LanguageModel, seed: int, left_out: list[str]) -> DraftResult:
    texts = {plan.name: run.written[plan.name].text for plan in run.plan}
    findings = check_text(run.spec, texts)
    spent = run.composer.spending
    return DraftResult(
        fields={name: _field_draft(name, run.written[name], findings) for name in texts},
        findings=tuple(findings), unmet=tuple(_unmet(run.plan, findings)),
        claims=tuple(find_claims(run.spec, texts)), tokens=spent.tokens,
        seconds=spent.seconds,
        manifest=_manifest(run, model=model, seed=seed, left_out=left_out),
    )  # fmt: skip


def _unmet(plan: Sequence[FieldPlan], findings: Sequence[Finding]) -> Iterator[Finding]:
    mains = {entry.name for entry in plan if entry.is_main}
    for finding in findings:
        if finding.check == "keyphrase" or (finding.check == "length" and finding.field in mains):
            yield finding


def _field_draft(name: str, written: Written, findings: list[Finding]) -> FieldDraft:
    return FieldDraft(
        name=name, text=written.text, candidates_tried=written.candidates_tried, repaired=written.repaired,
        findings=tuple(finding for finding in findings if finding.field == name),
    )  # fmt: skip


def _manifest(run: _Run, *, model: LanguageModel, seed: int, left_out: list[str]) -> dict[str, Any]:
    spec, spent = run.spec, run.composer.spending
    return {
        "engine_version": ENGINE_VERSION, "model": model.model_id, "prompt_style": model.prompt_style,
        "prompts": prompt_hashes(spec.prompts), "prompt_label": spec.prompts,
        "seed": seed, "request_seeds": list(spent.seeds), "tokens": spent.tokens,
        "facts_hash": facts_hash(spec), "facts_left_out": left_out,
        "sentences_left_out": list(run.composer.left_out),
    }  # fmt: skip


def facts_hash(spec: BriefSpec) -> str:
    """The same facts give the same hash, whatever else the brief says."""
    facts = json.dumps([asdict(product) for product in spec.products], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]
