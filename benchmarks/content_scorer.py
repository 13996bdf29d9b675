"""Judges a draft against its brief by means of its own: nothing of the engine that wrote it is imported.

Each broken rule has a name; `UNSUPPORTED` are those that state what no fact says. It is coarser than the
engine's checks on purpose: two judges with the same eyes would miss the same things.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORDS: dict[str, Any] = json.loads(Path(__file__).with_name("content_words.json").read_text(encoding="utf-8"))
UNSUPPORTED = frozenset({"number", "material", "colour"})
_CJK = frozenset({"ja", "zh"})
_LIMITS = {
    "title": (60, 30), "meta_description": (160, 80), "subject": (50, 28), "preheader": (130, 65),
    "headline": (60, 30), "subheadline": (130, 65),
    **{f"headline_{n}": (30, 15) for n in range(1, 6)}, **{f"description_{n}": (90, 45) for n in range(1, 4)},
}  # fmt: skip
"""Characters at most: in Latin and the like, and in Japanese."""
_POSTS = {
    "social_post": (280, 140),
    "social_post_facebook": (500, 250),
    "social_post_instagram": (2200, 2200),
    "social_post_linkedin": (3000, 3000),
}
_PHRASED = ("title", "meta_description", "slug", "headline", "headline_1")
"""Fields that search engines look into."""
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)*|(?<=[぀-ヿ一-鿿])\d+(?:[.,]\d+)*")
_COMMA = frozenset({"de", "fr", "es", "it", "pt", "nl"})


@dataclass(frozen=True)
class Broken:
    """One broken hard rule."""

    rule: str
    field: str
    what: str


def judge(brief: Mapping[str, Any], fields: Mapping[str, str]) -> list[Broken]:  # Any: JSON
    return [
        *_whole(brief, fields),
        *(found for name, text in fields.items() for found in _one(brief, name, text)),
    ]


def language_of(brief: Mapping[str, Any]) -> str:
    return str(brief["locale"]).split("-")[0]


def body_of(fields: Mapping[str, str]) -> str:
    """The main text: under its one name, or in its parts."""
    found = fields.get("body_markdown") or fields.get("post") or fields.get("body") or ""
    return found or "\n\n".join(fields.get(name, "") for name in ("intro", "sections", "conclusion")).strip()


def _whole(brief: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[Broken]:
    body = body_of(fields)
    if not body.strip():
        yield Broken("empty", "body", "no text")
        return
    yield from _size(brief, body)
    yield from _phrase(brief, fields, body)
    for term in brief["brand"].get("required", []):
        if term not in body:
            yield Broken("required", "body", term)


def _size(brief: Mapping[str, Any], body: str) -> Iterator[Broken]:
    asked = brief.get("length")
    if not asked:
        return
    plain = re.sub(r"(?m)^(?:#+|-)\s+", "", body)
    size = (
        len(re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", plain))
        if asked["unit"] == "words"
        else len(plain.strip())
    )
    # Two counters may differ over a hyphen or a heading's mark; a brief's edge is not meant to the letter.
    if size < asked["min"] * 0.95 - 1 or size > asked["max"] * 1.05 + 1:
        yield Broken("length", "body", f"{size} {asked['unit']}, asked {asked['min']} to {asked['max']}")


def _phrase(brief: Mapping[str, Any], fields: Mapping[str, str], body: str) -> Iterator[Broken]:
    phrase, language = brief.get("keyphrase", ""), language_of(brief)
    if not phrase:
        return
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
    first = re.split(r"(?<=[.!?。!?])(?:\s|(?<=[。!?]))", lines[0] if lines else "")[0]
    places = {"first sentence": first, **{name: fields[name] for name in _PHRASED if name in fields}}
    if "description_1" in fields:
        del places["first sentence"]  # an ad has no first sentence: its headline carries the phrase
    for name, text in places.items():
        if not _holds(text, phrase, language) and not (name == "slug" and language in (*_CJK, "ar")):
            yield Broken("keyphrase", name, phrase)


def _holds(text: str, phrase: str, language: str) -> bool:
    said = _bare(text, language)
    parts = re.split(r"[\s-]+", _bare(phrase, language))
    return all(
        (part if language in _CJK or len(part) < 5 else part[: max(4, len(part) - 2)]) in said
        for part in parts
        if len(part) > 2 or language in _CJK
    )


def _bare(text: str, language: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    # German slugs write ue for ü: both become u. A Spanish cuenco keeps its e.
    is_german_slug = language == "de" and "-" in text and " " not in text
    return re.sub(r"(?<=[aou])e(?=[a-z])", "", plain) if is_german_slug else plain


def _one(brief: Mapping[str, Any], name: str, text: str) -> Iterator[Broken]:
    language = language_of(brief)
    yield from _limit(brief, name, text, language)
    for term in brief["brand"].get("banned", []):
        if re.search(rf"(?i)(?<!\w){re.escape(term)}", text):
            yield Broken("banned", name, term)
    for pattern in WORDS["forbidden"]:
        if found := re.search(pattern, text, re.MULTILINE):
            yield Broken("markup or order", name, found.group())
    if name in {"slug", "hashtags"}:
        return
    told = _told(brief)
    yield from _numbers(name, text, told, language)
    for group in ("material", "colour"):
        yield from _concepts(name, text, told, group)
    yield from _foreign(name, text, told, language)
    yield from _cut(name, text, language)


def _limit(brief: Mapping[str, Any], name: str, text: str, language: str) -> Iterator[Broken]:
    limits = _POSTS.get(brief["content_type"]) if name == "post" else _LIMITS.get(name)
    if not text.strip():
        yield Broken("empty", name, "no text")
    elif limits and len(text) > limits[language in _CJK]:
        yield Broken("length", name, f"{len(text)} characters")


def _told(brief: Mapping[str, Any]) -> str:
    """All that the brief allows to say, as one text."""
    facts = [f"{p['title']}\n" + "\n".join(_value(v) for v in p["facts"].values()) for p in brief["products"]]
    own = [
        brief.get("keyphrase", ""),
        brief.get("call_to_action", ""),
        brief["brand"]["name"],
        brief.get("audience", ""),
    ]
    return "\n".join([*facts, *own, *brief["brand"].get("required", [])])


def _value(value: Any) -> str:  # Any: JSON
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    # An order in a fact supports nothing it says.
    return "" if re.search(r"(?i)ignor|instruc|anweis|assistant|system:|指示", text) else text


def _numbers(name: str, text: str, told: str, language: str) -> Iterator[Broken]:
    allowed = set(_quantities(told, language)) | set(_quantities(told, "en"))
    bare = {amount for amount, _ in allowed}
    for amount, dimension in _quantities(text, language):
        near = {(amount, dimension), (amount / 10, dimension)} if not dimension else {(amount, dimension)}
        is_bare = not dimension and (amount in bare or amount * 10 in bare)
        if not near & allowed and not is_bare:
            yield Broken("number", name, f"{amount:g} {dimension}")


def _quantities(text: str, language: str) -> Iterator[tuple[float, str]]:
    """Amounts in the base unit of their dimension, and small numbers in words."""
    plain = unicodedata.normalize("NFKC", text)
    for match in _NUMBER.finditer(plain):
        unit = re.match(r"[\s-]?([°℃%€$£]?[^\W\d_]*)", plain[match.end() :])
        dimension, factor = _unit(unit[1] if unit else "", language)
        if not dimension:
            shared = re.match(r"\s?[x×–-]\s?[\d.,]+\s?([^\W\d_]+)", plain[match.end() :])
            dimension, factor = _unit(shared[1] if shared else "", language)
        yield round(_amount(match.group(), language) * factor, 4), dimension
    for word, value in WORDS["number_words"].get(language, {}).items():
        for _ in re.finditer(rf"(?i)\b{word}\b", plain):
            yield float(value), ""


def _unit(spelled: str, language: str) -> tuple[str, float]:
    units, low = WORDS["units"], spelled.casefold()
    if language in _CJK and low and low not in units:
        # 800mlの: the unit ends where the script changes.
        low = next((u for u in sorted(units, key=len, reverse=True) if low.startswith(u)), "")
    if low in units:
        return str(units[low][0]), float(units[low][1])
    return "", 1.0


def _amount(written: str, language: str) -> float:
    if language in _COMMA and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", written):
        return float(written.replace(".", ""))
    if language not in _COMMA and re.fullmatch(r"\d{1,3}(?:,\d{3})+", written):
        return float(written.replace(",", ""))
    parts = written.replace(",", ".").split(".")
    return float(".".join(["".join(parts[:-1]) or parts[-1], parts[-1]]) if len(parts) > 1 else parts[0])


def _concepts(name: str, text: str, told: str, group: str) -> Iterator[Broken]:
    for concept, forms in WORDS[f"{group}s"].items():
        pattern = _forms(forms)
        if (found := pattern.search(text)) and not pattern.search(told):
            yield Broken(group, name, f"{found.group()} ({concept})")


def _forms(forms: str) -> re.Pattern[str]:
    """Whole words in spaced scripts (German compounds too), any place in Japanese."""
    spaced = [form for form in forms.split("|") if not re.search(r"[぀-ヿ一-鿿]", form)]
    others = [form for form in forms.split("|") if form not in spaced]
    parts = [*([rf"(?<!\w)(?:{'|'.join(spaced)})(?!\w)"] if spaced else []), *others]
    return re.compile("|".join(parts), re.IGNORECASE)


def _foreign(name: str, text: str, told: str, language: str) -> Iterator[Broken]:
    for sentence in re.split(r"(?<=[.!?。!?])\s*|\n", text):
        words = [word.casefold() for word in re.findall(r"[^\W\d_]+", sentence)]
        if language in (*_CJK, "ar"):
            own = re.findall(r"[぀-ヿ一-鿿]" if language in _CJK else r"[؀-ۿ]", sentence)
            latin = [c for word in words if word not in told.casefold() for c in word if c.isascii()]
            if len(latin) > max(8, len(own)):
                yield Broken("language", name, sentence[:60])
        elif len(words) >= 5:
            scores = {
                code: sum(word in known.split() for word in words)
                for code, known in WORDS["function"].items()
            }
            best = max(scores, key=lambda code: scores[code])
            if best != language and scores[best] >= 3 and scores[best] > 2 * scores.get(language, 0):
                yield Broken("language", name, sentence[:60])
        if language not in _CJK and len(re.findall(r"[぀-ヿ一-鿿]", sentence)) > 2:
            yield Broken("language", name, sentence[:60])


def _cut(name: str, text: str, language: str) -> Iterator[Broken]:
    """Sentences that stop in the middle; lines (titles, headings) only must not hang."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    is_prose = name in {"body_markdown", "body", "post", "intro", "sections", "conclusion"}
    for line in lines:
        last = re.findall(r"[^\W_]+$", line)
        hangs = line.endswith((",", "、", ";", ":", "(", "–")) or (
            bool(last) and last[0].casefold() in WORDS["hanging"].get(language, "").split()
        )
        is_open = is_prose and not line.startswith("#") and not re.search(r"[.!?。!?؟]['”\"»」)]*$", line)
        if hangs or is_open:
            yield Broken("truncated", name, line[-40:])
