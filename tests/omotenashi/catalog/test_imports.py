"""Imports: every row has one fate, a kill loses nothing, a second run changes nothing."""

import io
from collections.abc import Sequence
from itertools import islice

import pytest

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.models import FeedKind, ImportRun, ImportUpload, Product, RowIssue
from omotenashi.catalog.services import accept_upload, imports, run_import, start_run, upsert_products
from omotenashi.catalog.services.imports import digest_of
from omotenashi.errors import Conflict, InvalidInput
from omotenashi.jobs.models import Job
from omotenashi.jobs.testing import run_queued
from tests.omotenashi.catalog.feeds import SHOP, WRITERS, product, tsv

pytestmark = pytest.mark.django_db


def begin(
    workspace: Workspace,
    content: bytes,
    *,
    kind: str = "google-tsv",
    dry_run: bool = False,
    complete: bool = False,
) -> ImportRun:
    digest = digest_of(io.BytesIO(content))
    return start_run(
        workspace, source="shop.tsv", digest=digest, kind=kind, dry_run=dry_run, archive_others=complete
    )


def load(
    workspace: Workspace,
    content: bytes,
    *,
    kind: str = "google-tsv",
    dry_run: bool = False,
    complete: bool = False,
) -> ImportRun:
    run = begin(workspace, content, kind=kind, dry_run=dry_run, complete=complete)
    run_import(run, stream=io.BytesIO(content))
    run.refresh_from_db()
    return run


def fates(run: ImportRun) -> tuple[int, int, int, int, int]:
    return run.read, run.created, run.updated, run.unchanged, run.left_out


def many(count: int) -> list[dict[str, str]]:
    return [{"id": f"p-{n}", "title": f"Cup {n}", "price": "5.00 EUR"} for n in range(count)]


@pytest.mark.parametrize("kind", FeedKind.values)
def test_it_imports_twice_and_changes_nothing_the_second_time(workspace: Workspace, kind: str) -> None:
    content = WRITERS[kind]()
    assert fates(load(workspace, content, kind=kind)) == (3, 3, 0, 0, 0)
    Job.objects.all().delete()
    assert fates(load(workspace, content, kind=kind)) == (3, 0, 0, 3, 0)
    assert not Job.objects.exists()


def test_it_keeps_good_rows_and_tells_what_is_wrong_with_the_others(workspace: Workspace) -> None:
    rows: Sequence[dict[str, str]] = [
        *SHOP,
        {"id": "bad-price", "title": "A", "price": "cheap"},
        {"id": "cup-1", "title": "Again", "price": "1 EUR"},
        {"id": "bad-currency", "title": "B", "price": "5 EUR", "link": "javascript:alert(1)"},
        {"id": "", "title": "C", "price": "5 EUR"},
    ]
    run = load(workspace, tsv(rows))
    assert run.state == ImportRun.State.SUCCEEDED
    assert fates(run) == (7, 4, 0, 0, 3)
    assert run.reasons == {"bad_price": 1, "duplicate_id": 1, "not_an_address": 1, "required": 1}
    issues = {issue.row_number: issue for issue in run.issues.all()}
    assert (issues[5].pointer, issues[5].external_id) == ("price", "bad-price")
    assert "15.00 USD" in issues[5].detail
    assert ["bad-price", "A", "cheap"][0] in issues[5].raw
    assert issues[7].severity == RowIssue.Severity.WARNING


def test_it_only_looks_in_a_dry_run(workspace: Workspace) -> None:
    upsert_products(workspace, [product("old")])
    Job.objects.all().delete()
    run = load(workspace, tsv(), dry_run=True, complete=True)
    assert fates(run) == (3, 3, 0, 0, 0)
    assert run.archived == 1
    assert list(Product.objects.live().values_list("external_id", flat=True)) == ["old"]
    assert not Job.objects.exists()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 100)


def kill(run: ImportRun) -> None:
    raise KeyboardInterrupt


@pytest.mark.usefixtures("small_chunks")
def test_it_goes_on_where_a_killed_run_stopped(workspace: Workspace) -> None:
    content = tsv([*many(150), {"id": "bad", "title": "", "price": "1 EUR"}, *many(260)[150:]])
    with pytest.raises(KeyboardInterrupt):
        run_import(begin(workspace, content), stream=io.BytesIO(content), report=kill)
    assert Product.objects.count() == 100
    run = load(workspace, content)
    assert ImportRun.objects.count() == 1
    assert fates(run) == (261, 260, 0, 0, 1)
    assert run.issues.count() == 1
    assert Product.objects.count() == 260


@pytest.mark.usefixtures("small_chunks")
def test_it_remembers_after_a_kill_which_products_the_feed_named(workspace: Workspace) -> None:
    upsert_products(workspace, [product("gone")])
    content = tsv(many(120))
    with pytest.raises(KeyboardInterrupt):
        run_import(begin(workspace, content, complete=True), stream=io.BytesIO(content), report=kill)
    run = load(workspace, content, complete=True)
    assert run.archived == 1
    assert Product.objects.live().count() == 120


@pytest.mark.usefixtures("small_chunks")
def test_it_remarks_on_the_encoding_once_also_after_a_kill(workspace: Workspace) -> None:
    content = tsv([*many(50), {"id": "x", "title": "Schüssel", "price": "1 EUR"}, *many(150)[50:]])
    content = content.decode().encode("latin-1")
    with pytest.raises(KeyboardInterrupt):
        run_import(begin(workspace, content), stream=io.BytesIO(content), report=kill)
    run = load(workspace, content)
    assert fates(run) == (151, 151, 0, 0, 0)
    assert list(run.issues.values_list("code", flat=True)) == ["not_utf8"]


def test_it_leaves_a_chunk_wholly_undone_when_someone_else_imports_the_same_run(workspace: Workspace) -> None:
    content = tsv()
    run = begin(workspace, content)
    load(workspace, content)
    with pytest.raises(Conflict, match="Another process"):
        run_import(run, stream=io.BytesIO(content))
    assert ImportRun.objects.get().read == 3


def test_it_archives_nothing_while_a_row_has_no_readable_id(workspace: Workspace) -> None:
    upsert_products(workspace, [product("old")])
    run = load(workspace, tsv([*SHOP, {"id": "", "title": "?", "price": "1 EUR"}]), complete=True)
    assert run.archived == 0
    assert "no readable id" in run.note
    assert Product.objects.live().filter(external_id="old").exists()


def test_it_does_not_archive_a_product_whose_row_is_bad(workspace: Workspace) -> None:
    upsert_products(workspace, [product("old"), product("gone")])
    run = load(workspace, tsv([*SHOP, {"id": "old", "title": "Old", "price": "cheap"}]), complete=True)
    assert run.archived == 1
    assert Product.objects.live().filter(external_id="old").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"id\tname\na\tBowl\n", "lacks the column"),
        (b"id\ttitle\tprice\n", "no rows"),
        (b"id\ttitle\tprice\na\tBowl\tcheap\n", "No row could be used"),
    ],
)
def test_it_fails_with_the_reason_when_nothing_can_be_read(
    workspace: Workspace, content: bytes, reason: str
) -> None:
    run = load(workspace, content)
    assert run.state == ImportRun.State.FAILED
    assert reason in run.note


def test_it_lists_a_limited_number_of_issues_but_counts_all(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_ISSUES", 5)
    run = load(workspace, tsv([*SHOP, *({"id": f"b-{n}", "title": "x", "price": "?"} for n in range(8))]))
    assert run.issues.count() == 5
    assert run.reasons == {"bad_price": 8}


def test_it_imports_an_upload_in_a_job_and_forgets_the_file(workspace: Workspace) -> None:
    run, job = accept_upload(
        workspace, name="shop.tsv", content=tsv(), kind="google-tsv", dry_run=False, archive_others=False
    )
    assert ImportUpload.objects.count() == 1
    ended = run_queued("catalog.import_feed")
    assert [(done.pk, done.state) for done in ended] == [(job.pk, Job.State.SUCCEEDED)]
    assert ended[0].result == {
        "read": 3,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "left_out": 0,
        "archived": 0,
    }
    run.refresh_from_db()
    assert (run.state, ImportUpload.objects.count()) == (ImportRun.State.SUCCEEDED, 0)


def test_it_fails_a_job_with_the_words_of_the_import(workspace: Workspace) -> None:
    accept_upload(
        workspace, name="x.tsv", content=b"nothing", kind="google-tsv", dry_run=False, archive_others=False
    )
    (job,) = run_queued("catalog.import_feed")
    assert job.state == Job.State.FAILED
    assert "lacks the column" in job.error


def test_it_refuses_an_unknown_format_before_queueing(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="google-tsv"):
        accept_upload(workspace, name="x", content=b"", kind="excel", dry_run=False, archive_others=False)
    assert not ImportRun.objects.exists()


def test_it_reads_no_further_than_the_chunk_in_hand(workspace: Workspace) -> None:
    from omotenashi.catalog.engine.readers import reader_for
    from tests.omotenashi.catalog.feeds import DEFAULTS

    class Counted(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            block = super().read(size)
            self.taken += len(block)
            return block

    stream = Counted(tsv(many(50_000)))
    list(islice(reader_for("google-tsv").read(stream, defaults=DEFAULTS), 10))
    assert stream.taken < 100_000
