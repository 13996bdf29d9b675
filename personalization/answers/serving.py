"""What the plain view and the hot path both do with a request: a kept answer, or a new one."""

from collections.abc import Sequence
from uuid import UUID

import orjson

from personalization.answers import gate
from personalization.answers.bodies import answer_body
from personalization.services.recommending import recommend
from personalization.services.requests import RecommendationRequest


def serve(request: RecommendationRequest, *, started: float) -> bytes:
    if not gate.is_kept(request):
        return compute(request, started=started)[0]
    keys = gate.keys_for(request)
    passage = gate.pass_gate(keys)
    if passage is not None and passage.answer is not None:
        return passage.answer.body
    return renew(request, keys=keys, stamp=passage.stamp if passage else "", started=started).body


def renew(request: RecommendationRequest, *, keys: Sequence[str], stamp: str, started: float) -> gate.Answer:
    answer = computed(request, stamp=stamp, started=started)
    if stamp:
        gate.keep(answer, keys=keys)
    return answer


def computed(request: RecommendationRequest, *, stamp: str, started: float) -> gate.Answer:
    """Under marks that were read before. An answer with an empty stamp (no Valkey) is never kept."""
    body, recommendation_id = compute(request, started=started, mark=gate.workspace_mark(stamp))
    return gate.fresh(stamp=stamp, recommendation_id=recommendation_id, body=body)


def compute(request: RecommendationRequest, *, started: float, mark: str = "") -> tuple[bytes, UUID | None]:
    answer = recommend(request, mark=mark)
    body = answer_body(answer, explain=request.explain, started=started)
    return orjson.dumps(body, default=str), answer.recommendation_id
