"""Writing products: many at once, each row for itself; and the offer of one at once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from itertools import islice
from typing import Literal, TypedDict, TypeVar

from django.db import transaction
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from omotenashi.catalog.engine.fingerprints import row_hash
from omotenashi.catalog.engine.rows import ProductInput, RowProblem
from omotenashi.catalog.engine.validation import judge
from omotenashi.catalog.models import Product
from omotenashi.catalog.selectors import access_product
from omotenashi.catalog.services.details import DetailChanges
from omotenashi.catalog.services.vectors import request_vectors
from omotenashi.errors import Conflict, FieldError, InvalidInput
from omotenashi.marks import touch_workspace

CHUNK = 1000
Status = Literal["created", "updated", "unchanged", "error"]
T = TypeVar("T")

_STORED = tuple(field.name for field in fields(ProductInput) if field.name not in {"titles", "facts"})
_UPDATED = [
    *(name for name in _STORED if name != "external_id"),
    "row_hash",
    "text_hash",
    "archived_at",
    "updated_at",
]


@dataclass(frozen=True)
class RowError:
    """What is wrong with one row of the call; warnings concern rows that were kept."""

    row: int
    """Counted from 0, as in the pointer."""
    pointer: str
    code: str
    detail: str
    is_warning: bool = False


@dataclass(frozen=True)
class RowOutcome:
    row: int
    external_id: str
    status: Status


@dataclass(frozen=True)
class UpsertResult:
    """Every row has one outcome; `errors` says why some were left out."""

    outcomes: tuple[RowOutcome, ...]
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowError, ...] = ()
    archived: int = 0

    def _count(self, status: Status) -> int:
        return sum(outcome.status == status for outcome in self.outcomes)

    @property
    def created(self) -> int:
        return self._count("created")

    @property
    def updated(self) -> int:
        return self._count("updated")

    @property
    def unchanged(self) -> int:
        return self._count("unchanged")

    @property
    def failed(self) -> int:
        return self._count("error")


@dataclass(frozen=True)
class _Judged:
    row: int
    product: ProductInput
    row_hash: str


def upsert_products(
    workspace: Workspace,
    rows: Sequence[ProductInput],
    *,
    dry_run: bool = False,
    archive_others: bool = False,
) -> UpsertResult:
    """Create or change products by `external_id`; a bad row costs itself alone.

    1. Judge every row without the database: clean it, name what is wrong.
    2. In chunks of 1,000, each a transaction: compare hashes, write only what changed.
    3. Queue the vectors of those whose text changed; a worker hears of it after the commit.
    4. With `archive_others`, take products that no row names out of the catalogue.
    """
    good, problems = _judge_all(rows)
    outcomes: dict[int, RowOutcome] = {}
    for chunk in _chunks(good):
        with transaction.atomic():
            outcomes |= _write_chunk(workspace, chunk, dry_run=dry_run)
    for row, product in enumerate(rows):
        outcomes.setdefault(row, RowOutcome(row, product.external_id[:128], "error"))
    archived = 0
    if archive_others:
        named = {judged.product.external_id for judged in good} | {row.external_id.strip() for row in rows}
        archived = archive_missing(workspace, seen=named, dry_run=dry_run)
    return UpsertResult(
        outcomes=tuple(outcomes[row] for row in sorted(outcomes)),
        errors=tuple(problem for problem in problems if not problem.is_warning),
        warnings=tuple(problem for problem in problems if problem.is_warning),
        archived=archived,
    )


def archive_missing(
    workspace: Workspace, *, seen: Collection[str], dry_run: bool = False, most: float = 0.5
) -> int:
    """Take live products that a complete feed no longer names out of the catalogue; how many.

    Refuses where more than `most` of a real catalogue would go: that is a feed cut short, not a sale.
    """
    live = dict(Product.objects.for_workspace(workspace).live().values_list("external_id", "id"))
    gone = [product_id for external_id, product_id in live.items() if external_id not in seen]
    if len(gone) > max(20, most * len(live)):
        raise Conflict(
            f"{len(gone)} of {len(live)} products are not in this feed; none was archived. Check that the "
            "feed is complete, or archive them in the studio."
        )
    if dry_run:
        return len(gone)
    now = timezone.now()
    missing = (Product.objects.for_workspace(workspace).filter(id__in=chunk) for chunk in _chunks(gone))
    archived = sum(found.live().update(archived_at=now, row_hash="", updated_at=now) for found in missing)
    touch_workspace(workspace.id)
    return archived


class OfferChanges(TypedDict, total=False):
    """What changes about an offer; a key that is absent stays."""

    price: Decimal
    currency: str
    stock: int | None
    available: bool


def change_offer(workspace: Workspace, *, external_id: str, changes: OfferChanges) -> Product:
    """Price, stock and availability, at once: the next recommendation already obeys."""
    product = access_product(workspace, external_id=external_id)
    as_row = ProductInput(
        external_id=product.external_id,
        title=product.title,
        price=changes.get("price", product.price),
        currency=changes.get("currency", product.currency),
        stock=changes.get("stock", product.stock),
        available=changes.get("available", product.available),
    )
    cleaned, problems = judge(as_row)
    if problems:
        found = [FieldError(problem.code, problem.detail, f"#/{problem.field}") for problem in problems]
        raise InvalidInput("This offer cannot be stored; nothing was changed.", errors=found)
    values = {name: getattr(cleaned, name) for name in changes}
    # Without its hash the row counts as changed: the next feed's word is newer than this one.
    Product.objects.for_workspace(workspace).filter(pk=product.pk).update(
        **values, row_hash="", updated_at=timezone.now()
    )
    touch_workspace(workspace.id)
    for name, value in values.items():
        setattr(product, name, value)
    return product


def set_stock(workspace: Workspace, *, external_id: str, stock: int | None) -> Product:
    """None: not counted any more."""
    return change_offer(workspace, external_id=external_id, changes={"stock": stock})


def _judge_all(rows: Sequence[ProductInput]) -> tuple[list[_Judged], list[RowError]]:
    good: dict[str, _Judged] = {}
    errors: list[RowError] = []
    for row, given in enumerate(rows):
        product, problems = judge(given)
        if first := good.get(product.external_id):
            detail = f"Row {first.row} has this id too, and counts. Send each product once."
            problems.append(RowProblem("external_id", "duplicate_id", detail))
        errors += [_error(row, problem) for problem in problems]
        if all(problem.is_warning for problem in problems):
            good[product.external_id] = _Judged(row, product, row_hash(product))
    return list(good.values()), errors


def _error(row: int, problem: RowProblem) -> RowError:
    pointer = f"#/products/{row}/{problem.field}".rstrip("/")
    return RowError(row, pointer, problem.code, problem.detail, problem.is_warning)


def _chunks(rows: Iterable[T]) -> Iterable[list[T]]:
    iterator = iter(rows)
    return iter(lambda: list(islice(iterator, CHUNK)), [])


def _write_chunk(workspace: Workspace, chunk: list[_Judged], *, dry_run: bool) -> dict[int, RowOutcome]:
    by_id = {judged.product.external_id: judged for judged in chunk}
    rows = Product.objects.for_workspace(workspace).filter(external_id__in=by_id)
    existing: dict[str, Product] = {
        product.external_id: product
        for product in rows.only("id", "external_id", "row_hash", "text_hash", "archived_at")
    }
    statuses = {judged.row: _status(judged, existing.get(judged.product.external_id)) for judged in chunk}
    changed = [judged for judged in chunk if statuses[judged.row] != "unchanged"]
    if changed and not dry_run:
        # Always in the order of ids: two writers then wait for each other instead of deadlocking.
        _write(workspace, sorted(changed, key=lambda judged: judged.product.external_id), existing=existing)
    return {
        judged.row: RowOutcome(judged.row, judged.product.external_id, statuses[judged.row])
        for judged in chunk
    }


def _status(judged: _Judged, existing: Product | None) -> Status:
    if existing is None:
        return "created"
    is_same = existing.row_hash == judged.row_hash and existing.archived_at is None
    return "unchanged" if is_same else "updated"


def _write(workspace: Workspace, changed: list[_Judged], *, existing: dict[str, Product]) -> None:
    details = DetailChanges(
        workspace,
        rows=[judged.product for judged in changed],
        product_ids={external_id: product.id for external_id, product in existing.items()},
    )
    products = [
        _product(workspace, judged, text_hash=details.text_hash(judged.product)) for judged in changed
    ]
    Product.objects.bulk_create(
        products, update_conflicts=True, unique_fields=["workspace", "external_id"], update_fields=_UPDATED
    )
    # Asked again, since another writer may have created one of them first: then its id counts, not ours.
    named = [product.external_id for product in products]
    ids = dict(
        Product.objects.for_workspace(workspace)
        .filter(external_id__in=named)
        .values_list("external_id", "id")
    )
    details.write(ids)
    touch_workspace(workspace.id)
    retold = [
        ids[product.external_id]
        for product in products
        if product.external_id not in existing or existing[product.external_id].text_hash != product.text_hash
    ]
    if retold:
        request_vectors(workspace, product_ids=retold)


def _product(workspace: Workspace, judged: _Judged, *, text_hash: str) -> Product:
    values = {name: getattr(judged.product, name) for name in _STORED}
    values["categories"] = list(judged.product.categories)
    return Product(workspace=workspace, row_hash=judged.row_hash, text_hash=text_hash, **values)
