"""What became of the candidates of one answer, and the words for a list that came out short or empty."""

from collections.abc import Sequence
from dataclasses import dataclass

NAMED_IN_WORDS = 3


@dataclass(frozen=True)
class Traced:
    """A product by the shop's id, with its title for people."""

    product_id: str
    title: str


@dataclass(frozen=True)
class SourceTrace:
    name: str
    weight: float
    """0: only asked to fill up."""
    proposed: int
    """Candidates before any rule."""
    passed: int


@dataclass(frozen=True)
class RuleTrace:
    """Refused products; one that two rules refuse is counted by both. `alone`: by no other rule."""

    code: str
    label: str
    filter: str
    removed: int
    alone: int
    products: tuple[Traced, ...]


@dataclass(frozen=True)
class WeightTrace:
    name: str
    action: str
    weight: float
    filter: str
    products: tuple[Traced, ...]


@dataclass(frozen=True)
class PromotionTrace:
    """`rule` is empty for a promotion of the request; `position` None: not placed, and `why` not."""

    rule: str
    product: Traced | None
    wanted: int
    position: int | None
    why: str = ""


@dataclass(frozen=True)
class Trace:
    candidates: int
    passed: int
    sources: tuple[SourceTrace, ...]
    rules: tuple[RuleTrace, ...]
    weights: tuple[WeightTrace, ...]
    promotions: tuple[PromotionTrace, ...]
    minimum_relevance: float
    irrelevant: tuple[Traced, ...]


def explain_shortness(*, shown: int, count: int, irrelevant: int, minimum: float, trace: Trace | None) -> str:
    """Why fewer items than asked came; empty where enough did or nothing is known about it."""
    if shown >= count:
        return ""
    causes = _causes(trace, irrelevant=irrelevant, minimum=minimum)
    if shown:
        return f"Only {shown} of {count} items: {'; '.join(causes)}." if causes else ""
    if trace is not None and not trace.candidates and not irrelevant:
        return "Nothing to show: no source of this placement has a candidate for this visitor."
    head = "Nothing can be sold that these rules and filters let through"
    return f"{head}: {'; '.join(causes)}." if causes else f"{head}."


def _causes(trace: Trace | None, *, irrelevant: int, minimum: float) -> list[str]:
    causes: list[str] = []
    if trace is not None:
        worst: Sequence[RuleTrace] = sorted(trace.rules, key=lambda rule: (-rule.removed, -rule.alone))
        causes = [f"{_refused(rule, of=trace.candidates)}" for rule in worst[:NAMED_IN_WORDS] if rule.removed]
    if irrelevant:
        causes.append(f"{_counted(irrelevant)} below the minimum relevance of {minimum:g}")
    return causes


def _refused(rule: RuleTrace, *, of: int) -> str:
    said = f"{rule.label} `{rule.filter}`" if rule.filter else rule.label
    return f"{rule.removed} of {_counted(of)} refused as {said}"


def _counted(number: int) -> str:
    return f"{number} candidate{'' if number == 1 else 's'}"
