"""Imports of feeds: resumable, repeatable, with every row's fate on record."""

import gzip
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.readers import reader_for
from omotenashi.catalog.engine.rows import ParsedRow, ReadDefaults, RowProblem, UnreadableFeed
from omotenashi.catalog.engine.values import clean_line
from omotenashi.catalog.fetching import check_public, fetch
from omotenashi.catalog.models import Feed, ImportRun, ImportUpload, RowIssue
from omotenashi.catalog.services.products import CHUNK, RowError, archive_missing, upsert_products
from omotenashi.errors import Conflict, FieldError, InvalidInput, NotFound
from omotenashi.jobs import Job, JobCanceled, RunningJob, enqueue

MAX_ISSUES = 5000
MAX_UPLOAD_BYTES = 50_000_000
Report = Callable[[ImportRun], None]


def start_run(
    workspace: Workspace,
    *,
    source: str,
    digest: str,
    kind: str,
    dry_run: bool = False,
    archive_others: bool = False,
) -> ImportRun:
    """The unfinished run of this very file, else a new one."""
    same = ImportRun.objects.for_workspace(workspace).filter(
        digest=digest,
        kind=kind,
        dry_run=dry_run,
        archive_missing=archive_others,
        state=ImportRun.State.RUNNING,
    )
    unfinished: ImportRun | None = same.order_by("-id").first()
    return unfinished or ImportRun.objects.create(
        workspace=workspace, source=source[:2048], digest=digest, kind=kind, dry_run=dry_run,
        archive_missing=archive_others, state=ImportRun.State.RUNNING,
    )  # fmt: skip


def run_import(run: ImportRun, *, stream: BinaryIO, report: Report | None = None) -> ImportRun:
    """Read a feed to its end.

    1. Parse from the beginning; rows up to the cursor are committed already and only remembered by id.
    2. In chunks of 1,000 rows, one transaction each: products, issues, counts and cursor. A kill between two
       chunks loses nothing; someone else importing the same run is noticed by the cursor.
    3. Archive what a complete feed no longer names, unless the feed was not read well enough to tell.
    """
    try:
        rows = reader_for(run.kind).read(stream, defaults=_defaults(run))
    except UnreadableFeed as error:
        return _end(run, state=ImportRun.State.FAILED, note=str(error))
    memory = _Memory()
    fresh = (
        row for row in _remembered(rows, memory=memory) if row.row_number > run.cursor or row.row_number == 0
    )
    while chunk := list(islice(fresh, CHUNK)):
        _commit(run, chunk)
        if report:
            report(run)
    return _finish(run, memory=memory)


def accept_upload(
    workspace: Workspace, *, name: str, content: bytes, kind: str, dry_run: bool, archive_others: bool
) -> tuple[ImportRun, Job]:
    """Keep the file and queue its import."""
    _check_kind(kind)
    with transaction.atomic():
        run = _queued(workspace, source=name, kind=kind, dry_run=dry_run, archive_others=archive_others)
        ImportUpload.objects.create(
            workspace=workspace, run=run, content=gzip.compress(content, compresslevel=5)
        )
        return run, enqueue("catalog.import_feed", workspace=workspace, run_id=str(run.id))


def accept_url(
    workspace: Workspace,
    *,
    url: str,
    kind: str,
    dry_run: bool,
    archive_others: bool,
    feed: Feed | None = None,
) -> tuple[ImportRun, Job]:
    """Queue the import of a feed that is fetched when its turn comes."""
    _check_kind(kind)
    check_public(url)
    with transaction.atomic():
        run = _queued(workspace, source=url, kind=kind, dry_run=dry_run, archive_others=archive_others)
        if feed is not None:
            run.feed = feed
            run.save(update_fields=["feed"])
        return run, enqueue("catalog.import_feed", workspace=workspace, run_id=str(run.id))


def import_feed(job: RunningJob, *, run_id: str) -> dict[str, int | str]:
    """Job `catalog.import_feed`: an uploaded file, or an address."""
    run = ImportRun.objects.for_workspace(job.workspace).filter(pk=run_id).first()
    if run is None:
        raise NotFound("This import is no longer there.")
    if run.state in {ImportRun.State.QUEUED, ImportRun.State.RUNNING}:
        with _open(run) as stream:
            _take(run, digest=digest_of(stream))
            try:
                run_import(run, stream=stream, report=lambda run: _tell(job, run))
            except JobCanceled:
                _end(
                    run, state=ImportRun.State.FAILED, note=f"Canceled after {run.read} rows; those are kept."
                )
                raise
        ImportUpload.objects.filter(run=run).delete()
    if run.state == ImportRun.State.FAILED:
        raise InvalidInput(run.note)
    return {
        name: getattr(run, name)
        for name in ("read", "created", "updated", "unchanged", "left_out", "archived")
    }


@dataclass
class _Memory:
    """What the whole file said so far, also in rows that an earlier run has committed."""

    seen: set[str] = field(default_factory=set)
    first_row: dict[str, int] = field(default_factory=dict)
    nameless: int = 0
    """Rows left out whose id could not be read: any product may be meant."""


def _remembered(rows: Iterator[ParsedRow], *, memory: _Memory) -> Iterator[ParsedRow]:
    for row in rows:
        external_id = clean_line(row.product.external_id) if row.product else row.external_id
        memory.seen.add(external_id)
        memory.nameless += not external_id and row.row_number > 0
        first = memory.first_row.setdefault(external_id, row.row_number) if row.product else row.row_number
        yield row if first == row.row_number else _duplicate(row, external_id=external_id, first=first)


def _duplicate(row: ParsedRow, *, external_id: str, first: int) -> ParsedRow:
    detail = f"Row {first} has the id {external_id!r} too, and counts. Give each product an id of its own."
    problem = RowProblem("id", "duplicate_id", detail)
    return ParsedRow(row.row_number, None, (*row.problems, problem), external_id, row.raw)


@transaction.atomic
def _commit(run: ImportRun, chunk: list[ParsedRow]) -> None:
    """One chunk, all of it or none."""
    good = [row for row in chunk if row.product is not None]
    result = upsert_products(run.workspace, [row.product for row in good if row.product], dry_run=run.dry_run)
    issues = [_issue(run, row, problem) for row in chunk for problem in row.problems]
    issues += [_issue(run, good[error.row], _problem(error)) for error in (*result.errors, *result.warnings)]
    _keep_issues(run, issues)
    counted = [row for row in chunk if row.row_number > 0]
    before, run.cursor = run.cursor, max((row.row_number for row in counted), default=run.cursor)
    run.read += len(counted)
    run.created += result.created
    run.updated += result.updated
    run.unchanged += result.unchanged
    run.left_out += len(counted) - result.created - result.updated - result.unchanged
    run.reasons = dict(Counter(run.reasons) + Counter(issue.code for issue in issues))
    _save_progress(run, before=before)


def _save_progress(run: ImportRun, *, before: int) -> None:
    names = ("cursor", "read", "created", "updated", "unchanged", "left_out", "reasons")
    mine = ImportRun.objects.filter(pk=run.pk, cursor=before, state=ImportRun.State.RUNNING)
    if mine.update(**{name: getattr(run, name) for name in names}) != 1:
        raise Conflict(
            "Another process is importing this file. Wait for it, or look at the import in the studio."
        )


def _issue(run: ImportRun, row: ParsedRow, problem: RowProblem) -> RowIssue:
    return RowIssue(
        workspace_id=run.workspace_id,
        run=run,
        severity=RowIssue.Severity.WARNING if problem.is_warning else RowIssue.Severity.ERROR,
        row_number=row.row_number,
        external_id=row.product.external_id[:128] if row.product else row.external_id,
        pointer=problem.field[:200],
        code=problem.code[:64],
        detail=clean_line(problem.detail),
        raw=clean_line(row.raw),
    )


def _problem(error: RowError) -> RowProblem:
    field_name = error.pointer.removeprefix(f"#/products/{error.row}").lstrip("/")
    return RowProblem(field_name, error.code, error.detail, error.is_warning)


def _keep_issues(run: ImportRun, issues: list[RowIssue]) -> None:
    """Up to a limit: a million bad rows are told by their counts and their first five thousand."""
    kept = sum(run.reasons.values())
    said = set(run.issues.filter(row_number=0).values_list("code", flat=True))
    issues = [issue for issue in issues if issue.row_number > 0 or issue.code not in said]
    RowIssue.objects.bulk_create(issues[: max(0, MAX_ISSUES - kept)])


def _finish(run: ImportRun, *, memory: _Memory) -> ImportRun:
    if run.read == run.left_out:
        first = run.issues.filter(severity=RowIssue.Severity.ERROR).order_by("row_number").first()
        reason = f"No row could be used; the first: {first.detail}" if first else "The file has no rows."
        return _end(run, state=ImportRun.State.FAILED, note=reason)
    note = _archive(run, memory=memory) if run.archive_missing else ""
    return _end(run, state=ImportRun.State.SUCCEEDED, note=note)


def _archive(run: ImportRun, *, memory: _Memory) -> str:
    """Why nothing was archived, or nothing to say."""
    if memory.nameless:
        return (
            f"{memory.nameless} rows have no readable id: no product was archived. Mend them, import again."
        )
    try:
        run.archived = archive_missing(run.workspace, seen=memory.seen, dry_run=run.dry_run)
    except Conflict as refusal:
        return refusal.detail
    return ""


def _end(run: ImportRun, *, state: str, note: str) -> ImportRun:
    """running → succeeded | failed"""
    run.state, run.note, run.finished_at = state, note, timezone.now()
    mine = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING)
    mine.update(state=state, note=note, finished_at=run.finished_at, archived=run.archived)
    return run


def _take(run: ImportRun, *, digest: str) -> None:
    """queued → running; a killed run goes on, unless its address now serves another file."""
    is_other = bool(run.digest) and run.digest != digest
    run.state, run.digest = ImportRun.State.RUNNING, digest
    if is_other:
        run.issues.all().delete()
        run.cursor = run.read = run.created = run.updated = run.unchanged = run.left_out = 0
        run.reasons = {}
    run.save()


def _queued(
    workspace: Workspace, *, source: str, kind: str, dry_run: bool, archive_others: bool
) -> ImportRun:
    return ImportRun.objects.create(
        workspace=workspace, source=source[:2048], kind=kind, dry_run=dry_run, archive_missing=archive_others
    )


def _open(run: ImportRun) -> BinaryIO:
    upload = ImportUpload.objects.filter(run=run).first()
    if upload is None:
        try:
            return fetch(run.source, max_bytes=MAX_UPLOAD_BYTES)
        except InvalidInput as error:
            ImportRun.objects.filter(pk=run.pk).update(
                state=ImportRun.State.FAILED, note=error.detail, finished_at=timezone.now()
            )
            raise
    return io.BytesIO(gzip.decompress(bytes(upload.content)))


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of the stream, left at its beginning again."""
    hasher = hashlib.sha256()
    for block in iter(lambda: stream.read(1 << 20), b""):
        hasher.update(block)
    stream.seek(0)
    return hasher.hexdigest()


def _tell(job: RunningJob, run: ImportRun) -> None:
    job.report(done=run.read, message=f"{run.read} rows read, {run.left_out} left out")


def _defaults(run: ImportRun) -> ReadDefaults:
    return ReadDefaults(now=timezone.now(), currency=run.workspace.currency)


def _check_kind(kind: str) -> None:
    try:
        reader_for(kind)
    except ValueError as error:
        raise InvalidInput(
            str(error), errors=[FieldError("unknown_format", str(error), "#/format")]
        ) from error
