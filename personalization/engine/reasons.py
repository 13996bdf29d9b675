"""Reasons in words, filled from their evidence alone. A language model never writes them."""

from collections.abc import Callable
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date

from personalization.engine.candidates import Reason

# Titles hold commas and numbers, so they are quoted. The German ones never say "du" or "Sie": a shop's copy
# says one of them, and these stand beside it.
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "bought_before": "You have bought this {times} times, about every {interval_days} days",
        "bought_before.daily": "You have bought this {times} times, about once a day",
        "bought_before.once": "Bought on {last_bought}; usually bought again after {interval_days} days",
        "your_purchase": "You bought this {times} times, last on {last_bought}",
        "your_purchase.once": "You bought this on {last_bought}",
        "bought_together": "Bought together with “{title}” in {baskets} orders",
        "also_bought": "{buyers} customers who bought “{title}” also bought this",
        "similar_to.context": "Similar to “{title}”",
        "similar_to.cart": "Similar to “{title}” in your cart",
        "similar_to.bought": "Similar to “{title}”, which you bought",
        "similar_to.viewed": "Similar to “{title}”, which you looked at",
        "popular_in_market": "{buyers} customers in {market} bought this in the {days} days to {until}",
        "popular_in_market.everywhere": "{buyers} customers bought this in the {days} days to {until}",
        "viewed_recently": "You looked at this on {viewed_at}",
        "newly_added": "In the shop since {added_at}",
        "promoted": "Featured by the shop",
    },
    "de": {
        "bought_before": "Schon {times}-mal gekauft, etwa alle {interval_days} Tage",
        "bought_before.daily": "Schon {times}-mal gekauft, etwa jeden Tag",
        "bought_before.once": "Am {last_bought} gekauft; meist nach {interval_days} Tagen wieder",
        "your_purchase": "Schon {times}-mal gekauft, zuletzt am {last_bought}",
        "your_purchase.once": "Zuletzt gekauft am {last_bought}",
        "bought_together": "In {baskets} Bestellungen zusammen mit »{title}« gekauft",
        "also_bought": "{buyers} Käufer von »{title}« haben auch dies gekauft",
        "similar_to.context": "Ähnlich wie »{title}«",
        "similar_to.cart": "Ähnlich wie »{title}« im Warenkorb",
        "similar_to.bought": "Ähnlich wie »{title}« aus einer früheren Bestellung",
        "similar_to.viewed": "Ähnlich wie »{title}«, zuvor angesehen",
        "popular_in_market": "Region {market}: {buyers} Käufer in den {days} Tagen bis zum {until}",
        "popular_in_market.everywhere": "{buyers} Käufer in den {days} Tagen bis zum {until}",
        "viewed_recently": "Zuletzt angesehen am {viewed_at}",
        "newly_added": "Im Sortiment seit dem {added_at}",
        "promoted": "Vom Shop empfohlen",
    },
    "ja": {
        "bought_before": "これまでに{times}回ご購入、約{interval_days}日ごと",
        "bought_before.daily": "これまでに{times}回ご購入、ほぼ毎日",
        "bought_before.once": "{last_bought}にご購入。通常{interval_days}日ほどで再購入されています",
        "your_purchase": "これまでに{times}回ご購入、前回は{last_bought}",
        "your_purchase.once": "{last_bought}にご購入",
        "bought_together": "「{title}」と一緒に{baskets}件の注文で購入されています",
        "also_bought": "「{title}」を購入した{buyers}人がこちらも購入しています",
        "similar_to.context": "「{title}」に似た商品",
        "similar_to.cart": "カートの「{title}」に似た商品",
        "similar_to.bought": "ご購入の「{title}」に似た商品",
        "similar_to.viewed": "ご覧になった「{title}」に似た商品",
        "popular_in_market": "{until}までの{days}日間に{market}で{buyers}人が購入",
        "popular_in_market.everywhere": "{until}までの{days}日間に{buyers}人が購入",
        "viewed_recently": "{viewed_at}にご覧になった商品",
        "newly_added": "{added_at}から取り扱い",
        "promoted": "ショップのおすすめ",
    },
}
CODES = (
    "bought_before",
    "your_purchase",
    "bought_together",
    "also_bought",
    "similar_to",
    "popular_in_market",
    "viewed_recently",
    "newly_added",
    "promoted",
)


def language_of(locale: str) -> str:
    """The language a reason is written in: the locale's where we speak it, else English."""
    language = locale.replace("_", "-").partition("-")[0].lower()
    return language if language in TEXTS else "en"


def reason_text(reason: Reason, *, locale: str, title: str, zone: tzinfo) -> str:
    """`title` is that of the product the evidence names, in the reader's locale."""
    spoken = _locale(locale)
    words = {"title": title}
    for key, value in reason.evidence.items():
        if key != "product_id":
            words[key] = _word(key, value, spoken=spoken, zone=zone)
    return TEXTS[spoken.language][_template(reason)].format(**words)


def _template(reason: Reason) -> str:
    evidence = reason.evidence
    if reason.code == "similar_to":
        return f"similar_to.{evidence['relation']}"
    if reason.code == "your_purchase" and evidence["times"] == 1:
        return "your_purchase.once"
    if reason.code == "bought_before" and evidence["times"] == 1:
        return "bought_before.once"
    if reason.code == "bought_before" and evidence["interval_days"] == 1:
        return "bought_before.daily"
    if reason.code == "popular_in_market" and not evidence["market"]:
        return "popular_in_market.everywhere"
    return reason.code


def _word(key: str, value: Any, *, spoken: Locale, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return _day(value.astimezone(zone).date(), spoken)
    if key == "market":
        return str(spoken.territories.get(value, value))
    return str(value)


@lru_cache(maxsize=2000)
def _day(day: date, spoken: Locale) -> str:
    return str(format_date(day, format="long", locale=spoken))


@lru_cache(maxsize=500)
def _locale(tag: str) -> Locale:
    """The reader's own date style (en-GB: 9 November) where Babel knows the tag."""
    language = language_of(tag)
    try:
        spoken = Locale.parse(tag.replace("_", "-"), sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale(language)
    return spoken if spoken.language == language else Locale(language)


def plain_evidence(reason: Reason, *, external_id: Callable[[Any], str]) -> dict[str, Any]:
    """The evidence as JSON: the shop's own product ids, times in RFC 3339."""
    return {key: _plain(value, external_id=external_id) for key, value in reason.evidence.items()}


def _plain(value: Any, *, external_id: Callable[[Any], str]) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str | int | float):
        return value
    return external_id(value)
