"""Copy: how far "ready" can be trusted, how often it is reached, and what the engine costs beside `generate`.

    python -m benchmarks.content                              # all parts; up to an hour on two cores
    python -m benchmarks.content --quick                      # every fourth brief, short slices
    python -m benchmarks.content --parts throughput           # row d of the measurements alone
    python -m benchmarks.content --parts quality --minutes 4  # a piece; the next call goes on where it ended

quality: the public briefs through `write_briefs`' own path; once: the same model asked once, prompted well;
both judged by content_scorer, which shares nothing with the engine.
variety: distinct-1, -2 and -3 over drafts of one brief under different seeds.
throughput: tokens a second at 32 mixed requests over `generate` in one padded batch (D1) and one at a
time (D2); first token without over with a shared prefix (D3); greedy tokens beside `generate`'s.
"""

import argparse
import json
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.content_scorer import UNSUPPORTED, Broken, judge, language_of

BRIEFS = Path(__file__).with_name("content_briefs.jsonl")
ROWS = Path("var/bench/content")
PARTS = ("quality", "once", "variety", "throughput")
SECONDS = 90.0
Row = dict[str, Any]  # Any: a line of JSON


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}; with commas")
    parser.add_argument("--quick", action="store_true", help="every fourth brief and short slices")
    parser.add_argument(
        "--minutes", type=float, default=0, help="of quality: stop after, go on at the next call"
    )
    parser.add_argument("--fresh", action="store_true", help="forget the drafts of earlier calls")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor seconds a draft may cost")
    parser.add_argument("--prompts", default="production", help="of quality: production or candidate")
    parser.add_argument("--only", default="", help="of quality: briefs whose id begins so")
    given = parser.parse_args()
    parts = given.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"--parts: {', '.join(sorted(unknown))}: unknown; known are {', '.join(PARTS)}")
    if {"quality", "once"} & set(parts):
        run_quality(parts, given)
    if "variety" in parts:
        from benchmarks.content_variety import run_variety

        run_variety(count=8 if given.quick else 20)
    if "throughput" in parts:
        from benchmarks.content_throughput import run_throughput

        run_throughput(quick=given.quick)


def run_quality(parts: Sequence[str], given: argparse.Namespace) -> None:
    briefs = [json.loads(line) for line in BRIEFS.read_text(encoding="utf-8").splitlines()]
    briefs = [brief for brief in briefs[:: 4 if given.quick else 1] if brief["id"].startswith(given.only)]
    ROWS.mkdir(parents=True, exist_ok=True)
    engine, once = ROWS / "engine.jsonl", ROWS / "once.jsonl"
    if given.fresh:
        for file in (engine, once):
            file.unlink(missing_ok=True)
    ends = time.monotonic() + given.minutes * 60 if given.minutes else float("inf")
    if "quality" in parts:
        _go_on(briefs, engine, lambda left: _written(left, given), ends=ends, at_once=6)
    if "once" in parts:
        _go_on(briefs, once, _asked_once, ends=ends, at_once=16)
    report(briefs, _rows(engine), _rows(once))


def _go_on(
    briefs: Sequence[Row], file: Path, write: Any, *, ends: float, at_once: int
) -> None:  # Any: a writer
    """Write what the file lacks, in pieces, so that a stopped run loses little."""
    done = _rows(file)
    left = [brief for brief in briefs if brief["id"] not in done]
    for start in range(0, len(left), at_once):
        if time.monotonic() > ends:
            return
        with file.open("a", encoding="utf-8") as out:
            for row in write(left[start : start + at_once]):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                out.flush()


def _rows(file: Path) -> dict[str, Row]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {row["id"]: row for row in map(json.loads, lines)}


def _written(briefs: Sequence[Row], given: argparse.Namespace) -> Iterator[Row]:
    from content.brief_files import Options, numbered, write_lines

    options = Options(
        seconds=given.seconds, even_unqualified=False, processes=len(os.sched_getaffinity(0)),
        prompts=given.prompts,
    )  # fmt: skip
    yield from write_lines(list(numbered(json.dumps(brief) for brief in briefs)), options=options)


def _asked_once(briefs: Sequence[Row]) -> Iterator[Row]:
    from benchmarks.content_once import ask_once

    yield from ask_once(briefs)


def report(briefs: Sequence[Row], engine: Mapping[str, Row], once: Mapping[str, Row]) -> None:
    print(f"\n{'preset':14} {'locale':6} {'briefs':>6} {'ready':>6} {'yield':>6} {'broken':>6} {'unsup.':>6} "
          f"{'s/draft':>8} {'once clean':>10}")  # fmt: skip
    groups: dict[tuple[str, str], list[Row]] = {}
    for brief in briefs:
        if brief["id"] in engine:
            preset = engine[brief["id"]]["preset"]
            groups.setdefault((preset, language_of(brief)), []).append(brief)
    for (preset, language), group in sorted(groups.items()):
        _line(preset, language, group, engine, once)
    for preset in sorted({preset for preset, _ in groups}):
        mine = [b for (name, language), group in groups.items() if name == preset for b in group]
        _line(preset, "all", mine, engine, once)
    targets = [
        b for (_, language), group in groups.items() if language in ("de", "fr", "ja", "es") for b in group
    ]
    if targets:
        _line("gemma-3-270m", "goal", targets, engine, once)
    _breaks(briefs, engine)


def _line(
    preset: str, language: str, group: Sequence[Row], engine: Mapping[str, Row], once: Mapping[str, Row]
) -> None:
    ready = [brief for brief in group if engine[brief["id"]]["status"] == "ready"]
    broken = [found for brief in ready if (found := judge(brief, engine[brief["id"]]["fields"]))]
    unsupported = [found for found in broken if any(b.rule in UNSUPPORTED for b in found)]
    asked = [brief for brief in group if brief["id"] in once]
    clean = sum(not judge(brief, once[brief["id"]]["fields"]) for brief in asked)
    seconds = sum(engine[brief["id"]]["seconds"] for brief in group) / len(group)
    print(f"{preset:14} {language:6} {len(group):6} {len(ready):6} {len(ready) / len(group):6.0%} "
          f"{len(broken):6} {len(unsupported):6} {seconds:8.1f} {clean:5} of {len(asked)}")  # fmt: skip


def _breaks(briefs: Sequence[Row], engine: Mapping[str, Row]) -> None:
    print("\nReady drafts with a broken rule:")
    whys: Counter[str] = Counter()
    for brief in briefs:
        row = engine.get(brief["id"])
        if row is None:
            continue
        if row["status"] != "ready":
            whys.update({f"{f['check']} ({f['field']})" for f in row["findings"] if _blocks(f)})
            continue
        for found in judge(brief, row["fields"]):
            print(f"  {brief['id']}: {_said(found)}")
    print("What kept drafts from being ready: " + ", ".join(f"{why} {n}" for why, n in whys.most_common(14)))


def _blocks(finding: Mapping[str, Any]) -> bool:  # Any: JSON
    return finding["severity"] == "error" or finding["check"] in ("keyphrase", "length")


def _said(found: Broken) -> str:
    return f"{found.rule} in {found.field}: {found.what}"


if __name__ == "__main__":
    main()
