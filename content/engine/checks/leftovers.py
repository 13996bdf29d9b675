"""Leftovers: code fences, HTML, placeholders, role markers and echoes of the prompt that have no place in copy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.engine.types import BriefSpec, Fields, Finding

_PATTERNS = (
    ("a code fence", r"```|~~~"),
    ("HTML", r"</?[a-zA-Z][^<>\n]{0,200}/?>|<!--|&(?:[a-z]{2,8}|#\d{1,6}|#x[0-9a-f]{1,6});|<[a-zA-Z/!]"),
    ("a model's special token", r"<\|[^|\n]{1,40}\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"),
    ("a role marker", r"(?im)^\s*(?:user|assistant|system|human|benutzer|ユーザー|システム|アシスタント)\s*[:\uff1a]"),
    ("a placeholder", r"\[(?:insert|your|name|product|brand|company|link|url|price|hier|einfügen|produktname|ここに|商品名)[^\]\n]{0,60}\]|\{\{.*?\}\}|\{%.*?%\}|\{[a-z_]{2,30}\}|(?i:\blorem ipsum\b|\bTBD\b|\bXXX+\b)|○○|〇〇"),
    ("a model talking about itself", r"(?i)\bas an? (?:ai|language model|artificial)\b|\bi(?:'m| am) (?:an ai|a language model|unable to|sorry)\b|\bi cannot (?:assist|help|provide)\b|\bals (?:ki|sprachmodell|künstliche intelligenz)\b|AIとして|言語モデル"),
    ("an echo of the prompt", r"(?im)^\s*(?:#+\s*)?(?:product|produkt|商品|fact|facts|merkmal|merkmale|特徴|keywords?|stichworte?|キーワード|sentence|satz|一文|紹介文|title|titel|タイトル|task|aufgabe|note|output|answer|instruction|instructions|caption|description|review)\s*[:\uff1a]"),
    ("an instruction", r"(?i)\b(?:ignore|disregard|forget) (?:all |any |the )?(?:previous|prior|above|earlier)\b|\bignoriere (?:alle |die )?(?:vorherigen|bisherigen|obigen)\b|(?:以前|上記|これまで)の(?:指示|命令)|\bhere(?:'s| is| are) (?:a|an|the|your|my|some) (?:\w+ ){0,3}(?:sentence|title|description|post|copy|product|example|version|rewrite)s?\b|\bwrite (?:a|one|the) (?:\w+ )?(?:sentence|title|description)\b|\bsystem prompt\b|\bthis sentence\b"),
    ("a control character", r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]"),
    ("a stray mark", r"\*{3,}|_{3,}|={3,}|\|{2,}|→|•|\s·\s|^\s*[-*]\s*$|\\n|^[\"“„「'][^\"“”„「」]*$"),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _PATTERNS)


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    """Markup is never copy, whoever wrote it: a feed may carry it into a fact."""
    for field, text in fields.items():
        for name, pattern in _COMPILED:
            for match in pattern.finditer(text):
                yield Finding(
                    check="leftovers", severity="error", field=field, start=match.start(), end=match.end(),
                    message=f"“{match.group().strip()[:40]}” looks like {name}.", remedy="Take it out.",
                )  # fmt: skip
