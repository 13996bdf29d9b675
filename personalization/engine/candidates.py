"""A candidate: a product some source speaks for, with the evidence it speaks from."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from personalization.engine.evidence import Evidence


class Reason(NamedTuple):
    """A code and the figures it rests on. Product ids stay UUIDs until the answer is written."""

    code: str
    evidence: Mapping[str, Any] = MappingProxyType({})


class Candidate(NamedTuple):
    """`score` is above 0 and compares candidates of the same source only."""

    product_id: UUID
    source: str
    score: float
    reason: Reason


class CandidateSource(Protocol):
    name: str
    is_personal: bool
    """Whether its candidates follow from this person or page, rather than from everyone's."""

    def candidates(self, evidence: Evidence, *, limit: int) -> list[Candidate]: ...


def best_first(candidates: Sequence[Candidate], *, limit: int) -> list[Candidate]:
    """Ties go by id, so that the same evidence always gives the same answer."""
    return sorted(candidates, key=lambda candidate: (-candidate.score, candidate.product_id))[:limit]
