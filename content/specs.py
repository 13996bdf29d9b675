"""A brief in one locale as the engine takes it: facts are read now, rules from the newest guideline."""

import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings

from content.engine import types
from content.engine.locales import profile
from content.engine.own_plans import parse_plan
from content.engine.plans import CONTENT_PLANS, Plan
from content.engine.rule_packs import rules_of
from content.models import Brief, Draft, Guideline
from content.packs import packs_of
from content.published import published_near
from content.rules import EMPTY, for_locale, rules_for
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import FactValue, facts_for, title_for

CJK = {"ja", "zh", "ko", "th"}
# Scripts without spaces: characters, about two and a half a word.
CHARACTERS_PER_WORD = 2.5


def spec_for(draft: Draft, *, guideline: Guideline | None) -> types.BriefSpec:
    brief, locale = draft.brief, draft.locale
    packs, plan = packs_of(draft.workspace), plan_of(brief)
    return types.BriefSpec(
        content_type=brief.content_type,
        locale=locale,
        products=tuple(product_facts(product, locale=locale) for product in brief.ordered_products),
        brand=rules_for(guideline.rules if guideline else EMPTY, name=brief.brand.name, locale=locale),
        keyphrase=for_locale(brief.keyphrases, locale=locale) or "",
        audience=brief.audience,
        length=length_for(brief, plan=plan, locale=locale),
        call_to_action=for_locale(brief.call_to_action, locale=locale) or "",
        allowed=tuple(phrase for pack in packs for phrase in pack.allowed),
        market_rules=rules_of(packs, market=profile(locale).territory),
        published=published_near(draft),
        own_fields=plan.fields if brief.plan else (),
        prompts=prompts_for(draft.pk),
    )


def prompts_for(draft_id: uuid.UUID) -> types.PromptLabel:
    """The same for every run of a draft; CONTENT_CANDIDATE_PERCENT of all try the candidate prompts."""
    return "candidate" if draft_id.int % 100 < settings.CONTENT_CANDIDATE_PERCENT else "production"


def product_facts(product: Product, *, locale: str) -> types.ProductFacts:
    facts = facts_for(product, locale)
    return types.ProductFacts(
        title=title_for(product, locale),
        facts=tuple(_fact(fact) for fact in facts),
        price=plain_price(product.price),
        currency=product.currency,
        categories=tuple(product.categories),
    )


def _fact(fact: FactValue) -> types.FactValue:
    kind: Any = fact.kind  # Any: the catalogue's table keeps it to the three kinds
    return types.FactValue(name=fact.name, value=fact.value, unit=fact.unit, kind=kind)


def plan_of(brief: Brief) -> Plan:
    """The text of an own plan was read when it was saved, so it reads now."""
    return parse_plan(brief.plan.text) if brief.plan else CONTENT_PLANS[brief.content_type]


def length_for(brief: Brief, *, plan: Plan, locale: str) -> types.Length:
    low, high = plan.words[brief.length]
    if locale.split("-")[0] in CJK:
        return types.Length(
            unit="characters", min=round(low * CHARACTERS_PER_WORD), max=round(high * CHARACTERS_PER_WORD)
        )
    return types.Length(unit="words", min=low, max=high)


def plain_price(price: Decimal) -> str:
    return format(price, "f")
