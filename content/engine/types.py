"""The words of the content engine as dataclasses: what goes in (a brief) and what comes out (a draft)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from content.engine.plans import FieldPlan

ContentType = str
"""A name of data/plans.json."""
Severity = Literal["error", "warning", "info"]
PromptLabel = Literal["production", "candidate"]
"""Which of the prompts a draft is written with; see prompts/."""
Fields = Mapping[str, str]
"""Field name to text, as a person or the writer left it."""


@dataclass(frozen=True, kw_only=True)
class FactValue:
    """One attribute of a product that copy may state."""

    name: str
    value: str
    unit: str = ""
    kind: Literal["text", "number", "boolean"] = "text"

    @property
    def text(self) -> str:
        return f"{self.value} {self.unit}".strip()


@dataclass(frozen=True, kw_only=True)
class ProductFacts:
    """What the catalogue says about one product, in the brief's locale."""

    title: str
    facts: tuple[FactValue, ...] = ()
    price: str = ""
    """Decimal as a string, for example "15.00"; empty when the price may not be stated."""
    currency: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A voice and its rules, for one locale."""

    name: str
    voice: str = ""
    formality: str = ""
    """For example "du", "Sie", "desu-masu"; empty when the language has no such choice."""
    banned: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    """Terms that must appear at least once in the body, in exactly this spelling and case."""
    cased: tuple[str, ...] = ()
    """Terms that need not appear, but only in this spelling and case."""
    glossary: tuple[tuple[str, str], ...] = ()
    """Pairs of a word not to use and the brand's own word for it."""
    examples: tuple[str, ...] = ()
    """Approved copy in the brief's locale; few-shot models learn tone from it, never facts."""


@dataclass(frozen=True, kw_only=True)
class Length:
    """The wanted length of the main text (body, post)."""

    unit: Literal["words", "characters"]
    min: int = 0
    max: int = 0
    """0 means no limit."""


@dataclass(frozen=True, kw_only=True)
class MarketRule:
    """Words that a market regulates, and why; see rule_packs.py."""

    name: str
    severity: Severity
    message: str
    remedy: str
    words: tuple[tuple[str, tuple[str, ...]], ...]
    """Language ("*": all) and its words."""
    law: str = ""
    is_absolute: bool = False
    """Not even a fact allows them."""


@dataclass(frozen=True, kw_only=True)
class PublishedText:
    """A live text of the workspace in the same locale, as near as its vector says."""

    title: str
    similarity: float
    keyphrase: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class BriefSpec:
    """One brief in one locale: everything the writer and the checks may know."""

    content_type: ContentType
    locale: str
    products: tuple[ProductFacts, ...]
    brand: Brand
    keyphrase: str = ""
    audience: str = ""
    length: Length | None = None
    call_to_action: str = ""
    """What the reader should do, in the brief's locale, for example "Add to basket"."""
    allowed: tuple[str, ...] = ()
    """Words and phrases the workspace answers for itself: copy may say them though no fact does."""
    market_rules: tuple[MarketRule, ...] | None = None
    """Of the locale's market, as the workspace has edited them; None: as they are packaged."""
    published: tuple[PublishedText, ...] = ()
    """Live texts that this one must not repeat nor compete with."""
    prompts: PromptLabel = "production"
    own_fields: tuple[FieldPlan, ...] = ()
    """Of a plan that the workspace has made of its content type's; empty: the type's own."""

    @property
    def language(self) -> str:
        return self.locale.replace("_", "-").split("-")[0].lower()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found in one field; `error` blocks approval."""

    check: str
    severity: Severity
    field: str
    start: int
    end: int
    message: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:  # Any: JSON for the caller's storage
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A statement about a product; `fact` names what supports it, None when nothing does."""

    text: str
    field: str
    start: int
    end: int
    fact: str | None
    kind: str = ""
    """What is claimed: number, material, colour, origin, …; "statement" for words that no fact explains."""

    def as_dict(self) -> dict[str, Any]:  # Any: JSON for the caller's storage
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class FieldDraft:
    """One written field, with how it came about and what is still wrong with it."""

    name: str
    text: str
    candidates_tried: int = 0
    repaired: bool = False
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:  # Any: JSON for the caller's storage
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What one draft may cost; the writer stops at whichever limit it meets first."""

    max_tokens: int = 12_000
    """New tokens over all candidates of the draft."""
    candidates: int = 10
    """Candidates sampled per wanted sentence or field and round."""
    rounds: int = 2
    """How often a sentence may be sampled: once, and again with what was wrong."""
    seconds: float = 0.0
    """What the model may work on the draft, as it reports it; 0 is no limit."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Sent after each finished field. `resume` is what a restarted worker hands back to `write_draft`."""

    done: int
    total: int
    field: str
    message: str
    resume: dict[str, Any]  # Any: JSON kept by the caller


@dataclass(frozen=True, kw_only=True)
class DraftResult:
    """A brief's text in one locale, with everything a person needs to judge it."""

    fields: dict[str, FieldDraft]
    findings: tuple[Finding, ...]
    claims: tuple[Claim, ...]
    tokens: int
    unmet: tuple[Finding, ...] = ()
    """What the brief asked for and did not get, length or keyphrase: a person may approve it all the same."""
    seconds: float = 0.0
    """Seconds the model worked, as it reports them: the engine has no clock."""
    manifest: dict[str, Any] = field(default_factory=dict)  # Any: JSON kept with the version

    @property
    def is_ready(self) -> bool:
        """True when nothing blocks approval and the brief got what it asked for."""
        return not self.unmet and not any(finding.severity == "error" for finding in self.findings)

    @property
    def texts(self) -> dict[str, str]:
        return {name: draft.text for name, draft in self.fields.items()}
