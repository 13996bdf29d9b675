"""How the trace of an explained answer looks as JSON: sources, rules, boosts, promotions."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from personalization.engine.tracing import PromotionTrace, RuleTrace, SourceTrace, Trace, Traced, WeightTrace


def trace_body(trace: Trace) -> dict[str, Any]:
    return {
        "candidates": trace.candidates,
        "passed": trace.passed,
        "sources": [_source(source) for source in trace.sources],
        "rules": [_rule(rule) for rule in trace.rules],
        "boosts": [_weight(weight) for weight in trace.weights],
        "promotions": [_promotion(promotion) for promotion in trace.promotions],
        "minimum_relevance": trace.minimum_relevance,
        "below_minimum": _ids(trace.irrelevant),
    }


def _source(source: SourceTrace) -> dict[str, Any]:
    return {
        "name": source.name,
        "weight": source.weight,
        "proposed": source.proposed,
        "passed": source.passed,
    }


def _rule(rule: RuleTrace) -> dict[str, Any]:
    return {
        "rule": rule.code,
        "label": rule.label,
        "filter": rule.filter or None,
        "removed": rule.removed,
        "removed_alone": rule.alone,
        "product_ids": _ids(rule.products),
    }


def _weight(weight: WeightTrace) -> dict[str, Any]:
    return {
        "rule": weight.name,
        "action": weight.action,
        "weight": weight.weight,
        "filter": weight.filter,
        "product_ids": _ids(weight.products),
    }


def _promotion(promotion: PromotionTrace) -> dict[str, Any]:
    return {
        "rule": promotion.rule or None,
        "product_id": promotion.product.product_id if promotion.product else None,
        "wanted": promotion.wanted,
        "position": promotion.position,
        "why_not": promotion.why or None,
    }


def _ids(products: Sequence[Traced]) -> list[str]:
    return [product.product_id for product in products]


class SourceTraceBody(serializers.Serializer[Any]):
    name = serializers.CharField()
    weight = serializers.FloatField(help_text="0: asked only to fill up.")
    proposed = serializers.IntegerField(help_text="Candidates before any rule, at most 60.")
    passed = serializers.IntegerField()


class RuleTraceBody(serializers.Serializer[Any]):
    rule = serializers.CharField()
    label = serializers.CharField(help_text="Such as: sold out.")  # type: ignore[assignment]  # DRF's own name
    filter = serializers.CharField(allow_null=True)
    removed = serializers.IntegerField(help_text="A candidate that two rules refuse counts for both.")
    removed_alone = serializers.IntegerField(help_text="Refused by no other rule.")
    product_ids = serializers.ListField(child=serializers.CharField(), help_text="The first 20.")


class BoostTraceBody(serializers.Serializer[Any]):
    rule = serializers.CharField()
    action = serializers.ChoiceField(["boost", "bury"])
    weight = serializers.FloatField()
    filter = serializers.CharField()
    product_ids = serializers.ListField(child=serializers.CharField())


class PromotionTraceBody(serializers.Serializer[Any]):
    rule = serializers.CharField(allow_null=True, help_text="Null: the request's own promotion.")
    product_id = serializers.CharField(allow_null=True)
    wanted = serializers.IntegerField()
    position = serializers.IntegerField(allow_null=True, help_text="Null: not placed.")
    why_not = serializers.CharField(allow_null=True)


class TraceBody(serializers.Serializer[Any]):
    """Candidates by source, and what became of them."""

    candidates = serializers.IntegerField(help_text="Different products proposed before any rule.")
    passed = serializers.IntegerField()
    sources = SourceTraceBody(many=True)
    rules = RuleTraceBody(many=True)
    boosts = BoostTraceBody(many=True)
    promotions = PromotionTraceBody(many=True)
    minimum_relevance = serializers.FloatField()
    below_minimum = serializers.ListField(child=serializers.CharField())
