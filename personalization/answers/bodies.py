"""An answer as the JSON that leaves: the same for every path."""

import time
from collections.abc import Sequence
from typing import Any

from personalization.api.traces import trace_body
from personalization.services.requests import AnswerItem, RecommendationAnswer


def answer_body(answer: RecommendationAnswer, *, explain: bool, started: float) -> dict[str, Any]:
    body: dict[str, Any] = {
        "recommendation_id": str(answer.recommendation_id) if answer.recommendation_id else None,
        "placement": answer.placement,
        "items": [item_body(item, explain=explain) for item in answer.items],
        "fallback": {"used": answer.fallback.used, "why": answer.fallback.why},
        "model_version": answer.model_version or None,
        "experiment": answer.experiment,
        "took_ms": round((time.perf_counter() - started) * 1000, 1),
    }
    return body | ({"trace": trace_body(answer.trace)} if answer.trace else {})


def item_body(item: AnswerItem, *, explain: bool) -> dict[str, Any]:
    reasons: Sequence[dict[str, Any]] = [
        {"code": reason.code, "text": reason.text, "evidence": dict(reason.evidence)}
        for reason in item.reasons
    ]
    body = {
        "product_id": item.product_id,
        "score": item.score,
        "position": item.position,
        "reasons": reasons,
        "source": item.source,
        "properties": dict(item.properties),
    }
    return body | (_explained(item) if explain else {})


def _explained(item: AnswerItem) -> dict[str, Any]:
    return {
        "stage": item.stage,
        "relevance": item.relevance,
        "contributions": dict(item.contributions),
        "weights": dict(item.weights),
        "rule": item.rule or None,
    }
