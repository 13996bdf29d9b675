"""How much drafts of one brief differ: distinct-n, the share of runs of n words that are different ones."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from content.brief_files import Options, write_row
from content.brief_lines import parse_line


def run_variety(*, count: int, ids: Sequence[str] = ("en-01", "de-29")) -> None:
    from benchmarks.content import BRIEFS

    for line in BRIEFS.read_text(encoding="utf-8").splitlines():
        if any(json.loads(line)["id"].startswith(wanted) for wanted in ids):
            _vary(line, count=count)


def _vary(line: str, *, count: int) -> None:
    brief = parse_line(line)
    bodies = []
    for seed in range(count):
        row = write_row(replace(brief, id=f"{brief.id}-{seed}"), replace(Options(), seconds=30.0), seed=seed)
        bodies.append(row["fields"].get("body_markdown", ""))
    sentences = [sentence for body in bodies for sentence in re.split(r"(?<=[.!?])\s+", body) if sentence]
    shares = ", ".join(f"distinct-{n} {_distinct(bodies, n):.2f}" for n in (1, 2, 3))
    print(f"{brief.id}: {count} drafts: {shares}; {len(set(bodies))} different drafts, "
          f"{len(set(sentences))} different sentences of {len(sentences)}")  # fmt: skip


def _distinct(texts: Sequence[str], size: int) -> float:
    runs = [tuple(words[i : i + size]) for text in texts for words in [re.findall(r"\w+", text.lower())]
            for i in range(len(words) - size + 1)]  # fmt: skip
    return len(set(runs)) / max(1, len(runs))
