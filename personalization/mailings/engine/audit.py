"""What a pre-flight over a whole audience adds up to: counts, the worst-looking mails, findings.

One `Judged` for each mail, kept by none: memory does not grow with the audience.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

WORST = 10
PROVIDERS_KEPT = 500
_WEIGHTS = {
    "refused": 1_000, "no_copy": 40, "blank": 20, "few_products": 10, "wrong_offer": 15, "untranslated": 5,
    "other_language": 8, "fallback": 2,
}  # fmt: skip
"""How bad each looks to a reader: what cannot be written at all comes first."""
_LOOKS = (
    ("few_products", "few_products", "warning", "have fewer than {count} products.", "#/product_count"),
    ("wrong_offer", "stale_offer", "warning",
     "show a price or stock that is no longer so. Send the feed.", "#/placement"),
    ("untranslated", "untranslated_product", "warning",
     "name a product in another language than the mail's.", "#/placement"),
    ("fallback", "fallback", "info", "show what is popular, for want of a history.", "#/placement"),
)  # fmt: skip
"""Of what is counted by mails alone: the code, how bad, what the mails do, and where to mend it."""


@dataclass(frozen=True)
class Judged:
    """One mail that was written for nobody to read."""

    customer: str
    """The shop's id: to preview the mail as this person gets it."""
    locale: str
    variant: str = ""
    refused: str = ""
    """Why it cannot be written; empty when it can."""
    blanks: tuple[str, ...] = ()
    missing_products: int = 0
    untranslated: int = 0
    """Products whose title is not in the reader's language."""
    wrong_offers: int = 0
    """Products shown with a price or stock that is no longer so."""
    has_copy: bool = True
    is_own_language: bool = True
    is_fallback: bool = False
    wire_bytes: int = 0

    def looks(self) -> dict[str, int]:
        """What is wrong with it, each with how much."""
        found = {
            "refused": int(bool(self.refused)), "no_copy": int(not self.has_copy),
            "blank": len(self.blanks), "few_products": self.missing_products,
            "wrong_offer": self.wrong_offers, "untranslated": self.untranslated,
            "other_language": int(not self.is_own_language), "fallback": int(self.is_fallback),
        }  # fmt: skip
        return {name: count for name, count in found.items() if count}


@dataclass(frozen=True)
class Finding:
    """One thing, with how many mails it concerns. An error keeps the campaign from being sent."""

    code: str
    severity: str
    mails: int
    detail: str
    pointer: str = "#"


@dataclass
class Tally:
    """Adds up; goes to JSON and back, so that a job can go on where it was killed."""

    mails: int = 0
    looks: Counter[str] = field(default_factory=Counter)
    blanks: Counter[str] = field(default_factory=Counter)
    locales: Counter[str] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    without_copy: Counter[str] = field(default_factory=Counter)
    other_language: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    providers: Counter[str] = field(default_factory=Counter)
    largest_bytes: int = 0
    worst: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, judged: Judged) -> None:
        looks = judged.looks()
        self.mails += 1
        self.locales[judged.locale] += 1
        if judged.variant:
            self.variants[judged.variant] += 1
        self.looks.update(looks.keys())
        self.blanks.update(judged.blanks)
        self.largest_bytes = max(self.largest_bytes, judged.wire_bytes)
        if judged.refused:
            self.refusals[judged.refused] += 1
        if not judged.has_copy:
            self.without_copy[judged.locale] += 1
        if not judged.is_own_language:
            self.other_language[judged.locale] += 1
        if looks:
            self._keep_worst(judged, looks=looks)

    def skip(self, why: str) -> None:
        """Someone of the audience who gets no mail."""
        self.skipped[why] += 1

    def forget_small_providers(self) -> None:
        """A million people may have as many domains of their own; only the large ones are slow."""
        if len(self.providers) > 2 * PROVIDERS_KEPT:
            self.providers = Counter(dict(self.providers.most_common(PROVIDERS_KEPT)))

    def _keep_worst(self, judged: Judged, *, looks: Mapping[str, int]) -> None:
        badness = sum(_WEIGHTS[name] * count for name, count in looks.items())
        row = (
            badness,
            judged.customer,
            {"locale": judged.locale, "variant": judged.variant, "looks": dict(looks)},
        )
        if len(self.worst) < WORST:
            heapq.heappush(self.worst, row)
        elif row[:2] > self.worst[0][:2]:
            heapq.heapreplace(self.worst, row)

    def samples(self) -> list[dict[str, Any]]:
        """The worst first."""
        ordered = sorted(self.worst, key=lambda row: (-row[0], row[1]))
        return [{"customer": customer, **more} for _, customer, more in ordered]

    def to_json(self) -> dict[str, Any]:
        values = {own.name: getattr(self, own.name) for own in fields(self)}
        return {name: dict(own) if isinstance(own, Counter) else own for name, own in values.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Tally:
        tally = cls()
        for name, value in kept.items():
            own = getattr(tally, name)
            setattr(tally, name, Counter(value) if isinstance(own, Counter) else value)
        tally.worst = [(row[0], row[1], row[2]) for row in tally.worst]
        heapq.heapify(tally.worst)
        return tally


def findings_of(tally: Tally, *, product_count: int) -> list[Finding]:
    """In the order a marketer would mend them."""
    found = [
        *(_refused(why, mails=mails) for why, mails in tally.refusals.most_common(5)),
        *(_no_copy(locale, mails=mails) for locale, mails in tally.without_copy.most_common()),
        *(_blank(name, mails=mails) for name, mails in tally.blanks.most_common(10)),
        *(_other_language(locale, mails=mails) for locale, mails in tally.other_language.most_common()),
    ]
    found += [
        Finding(
            code,
            severity,
            mails,
            f"{_share(mails, tally.mails)} mails {says.format(count=product_count)}",
            pointer,
        )
        for look, code, severity, says, pointer in _LOOKS
        if (mails := tally.looks[look])
    ]
    return found


def _refused(why: str, *, mails: int) -> Finding:
    code = "too_large" if "Gmail clips" in why else "unwritable"
    return Finding(code, "error", mails, f"{mails:,} mails cannot be written: {why}", "#/template")


def _no_copy(locale: str, *, mails: int) -> Finding:
    detail = f"There is no approved copy for {locale}: {mails:,} mails would go without. Add it."
    return Finding("missing_copy", "error", mails, detail, f"#/copy/{locale}")


def _blank(name: str, *, mails: int) -> Finding:
    detail = (
        f"`customer.{name}` is empty in {mails:,} mails, which print nothing in its place. "
        f'Write `{{{{ customer.{name} | default: "…" }}}}`, or ask for it with `{{% if %}}`.'
    )
    return Finding("blank_variable", "error", mails, detail, "#/template")


def _other_language(locale: str, *, mails: int) -> Finding:
    detail = f"The template has no words for {locale}: {mails:,} mails would be in another language."
    return Finding("missing_locale", "warning", mails, detail, f"#/subject/{locale}")


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({100 * part / max(1, whole):.1f} %)"
