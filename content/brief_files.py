"""Writes a file of briefs without a database: one process a core, many drafts at once in each."""

import json
import multiprocessing
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from content.brief_lines import BriefLine, LineRefused, parse_line
from content.engine.languages import use_lingua
from content.engine.plans import main_text
from content.engine.qualification import unqualified
from content.engine.types import Budget, DraftResult, PromptLabel
from content.engine.writer import write_draft
from content.metering import metered
from omotenashi.errors import OmotenashiError
from omotenashi.inference import registry

DRAFTS_AT_ONCE = 3
"""In one process: one alone fills the model's batch, the others fill the pauses while it is judged."""
_SEED = 20_260

Row = dict[str, Any]  # Any: a line of JSON


@dataclass(frozen=True)
class Options:
    """How the briefs of a file are written."""

    preset: str = ""
    """Empty: the one that OMOTENASHI_LOCALE_PRESETS names for the brief's locale."""
    seconds: float = 90.0
    """Processor seconds a draft may cost."""
    even_unqualified: bool = False
    """Write also where the preset is known to write the language badly."""
    processes: int = 1
    prompts: PromptLabel = "production"


@dataclass(frozen=True)
class Numbered:
    """A line of the file and its place in it."""

    number: int
    text: str


def numbered(lines: Iterable[str]) -> Iterator[Numbered]:
    """Lines as an editor counts them; empty ones are passed over."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Numbered(number, line.strip("\ufeff\r\n "))


def write_lines(lines: Sequence[Numbered], *, options: Options) -> Iterator[Row]:
    """One row a line, in the lines' order, each as soon as those before it are done.

    1. Lines are read here, so that a wrong one costs nothing.
    2. Good ones are dealt out to the processes while their turn comes; each process writes many at once.
    3. A draft that fails for a reason of its own becomes a row that says so.
    """
    parsed = [_parsed(line) for line in lines]
    _refuse_twins(parsed)
    briefs = [entry for entry in parsed if isinstance(entry, BriefLine)]
    written = _in_processes(briefs, options) if options.processes > 1 else _in_threads(briefs, options)
    for line, entry in zip(lines, parsed, strict=True):
        yield next(written) if isinstance(entry, BriefLine) else {"line": line.number, **entry}


def presets_of(lines: Sequence[Numbered], *, preset: str = "") -> list[str]:
    """The presets that the good lines need, to be looked up before anything is spent."""
    good = [entry for entry in map(_parsed, lines) if isinstance(entry, BriefLine)]
    return list(dict.fromkeys(preset or registry.preset_for(entry.spec.locale) for entry in good))


def _parsed(line: Numbered) -> BriefLine | Row:
    try:
        return parse_line(line.text)
    except LineRefused as error:
        return _refused(str(error), brief_id=_id_of(line.text))


def _refuse_twins(parsed: list[BriefLine | Row]) -> None:
    seen: set[str] = set()
    for place, entry in enumerate(parsed):
        if isinstance(entry, BriefLine):
            if entry.id in seen:
                parsed[place] = _refused(
                    f"id: “{entry.id}” stands on an earlier line already.", brief_id=entry.id
                )
            seen.add(entry.id)


def _refused(message: str, *, brief_id: str | None) -> Row:
    return {"id": brief_id, "status": "refused", "error": message}


def _id_of(text: str) -> str | None:
    try:
        given = json.loads(text)
    except ValueError:
        return None
    return str(given["id"]) if isinstance(given, dict) and isinstance(given.get("id"), str | int) else None


def _in_threads(briefs: Sequence[BriefLine], options: Options) -> Iterator[Row]:
    with ThreadPoolExecutor(DRAFTS_AT_ONCE, thread_name_prefix="draft") as pool:
        yield from pool.map(lambda brief: write_row(brief, options), briefs)


def _in_processes(briefs: Sequence[BriefLine], options: Options) -> Iterator[Row]:
    """Each process takes the next brief when one of its threads is free."""
    # Spawned, not forked: a fork would copy torch's locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Manager().Queue()  # Any: multiprocessing's proxies are untyped
    with ProcessPoolExecutor(options.processes, mp_context=context) as pool:
        places: Any = context.Manager().list(range(len(briefs)))
        done = [pool.submit(_work, briefs, options, places, queue) for _ in range(options.processes)]
        yield from _in_order(queue, len(briefs), done)


def _work(briefs: Sequence[BriefLine], options: Options, places: Any, queue: Any) -> None:  # Any: proxies
    # One thread of arithmetic a process: two share a core's caches badly, and the cores are all in use.
    import torch

    torch.set_num_threads(1)

    def draw() -> None:
        while True:
            try:
                place = places.pop(0)
            except IndexError:
                return
            queue.put((place, write_row(briefs[place], options)))

    with ThreadPoolExecutor(DRAFTS_AT_ONCE, thread_name_prefix="draft") as pool:
        for future in [pool.submit(draw) for _ in range(DRAFTS_AT_ONCE)]:
            future.result()


def _in_order(queue: Any, count: int, done: Sequence[Future[None]]) -> Iterator[Row]:
    """Rows by their place; a process that dies ends the run with its reason."""
    early: dict[int, Row] = {}
    for place in range(count):
        while place not in early:
            finished, _ = wait(done, timeout=0, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            try:
                at, row = queue.get(timeout=1.0)
            except Exception as error:  # queue.Empty comes through a proxy under another name
                if type(error).__name__ != "Empty":
                    raise
                continue
            early[at] = row
        yield early.pop(place)


def write_row(brief: BriefLine, options: Options, *, seed: int = _SEED) -> Row:
    """The draft of one brief as a row; what goes wrong is said in it."""
    try:
        preset = options.preset or registry.preset_for(brief.spec.locale)
        reason = "" if options.even_unqualified else unqualified(preset, brief.spec)
        if reason:
            return _unwritten(brief, preset, _finding("qualification", reason))
        use_lingua(brief.spec.language)
        began = time.thread_time()
        result = write_draft(
            replace(brief.spec, prompts=options.prompts),
            model=metered(registry.language_model(preset)),
            seed=seed,
            budget=budget_of(options.seconds),
        )
        result = replace(result, seconds=result.seconds + time.thread_time() - began)
    except OmotenashiError as error:
        return _unwritten(brief, options.preset, _finding("failed", error.detail))
    return row_of(brief, result, preset=preset)


def budget_of(seconds: float) -> Budget:
    """Seconds bound a small model's work; the tokens are a second bound that they never meet."""
    return Budget(max_tokens=100_000, candidates=16, rounds=4, seconds=seconds)


def row_of(brief: BriefLine, result: DraftResult, *, preset: str) -> Row:
    fields = dict(result.texts)
    # Whatever the type calls its parts, the whole of the main text is there under one name.
    fields.setdefault("body_markdown", main_text(brief.spec.content_type, fields))
    return {
        "id": brief.id, "status": "ready" if result.is_ready else "needs_work", "fields": fields,
        "findings": [finding.as_dict() for finding in result.findings],
        "claims": [{"text": c.text, "fact": c.fact, "field": c.field} for c in result.claims],
        "tokens": result.tokens, "seconds": round(result.seconds, 2), "preset": preset,
    }  # fmt: skip


def _unwritten(brief: BriefLine, preset: str, finding: Row) -> Row:
    return {
        "id": brief.id, "status": "needs_work", "fields": {}, "findings": [finding],
        "claims": [], "tokens": 0, "seconds": 0.0, "preset": preset,
    }  # fmt: skip


def _finding(check: str, message: str) -> Row:
    remedy = {
        "qualification": "Choose a larger preset with --preset, or write anyway with --even-unqualified.",
        "failed": "Write it again.",
    }[check]
    return {
        "check": check,
        "severity": "error",
        "field": "",
        "start": 0,
        "end": 0,
        "message": message,
        "remedy": remedy,
    }
