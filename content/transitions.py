"""The states of a draft, and one function per way from one to another.

               start             finish
      queued ──────────▶ writing ───────▶ ready ◀──revise──▶ needs_work
        ▲                 │    │            │ ▲                 ▲
        │ write_again     │    └──finish────┼─┼─────────────────┤ (errors were found)
        │ (from anywhere; │ fail            │ │                 │ ask_for_changes
        │  unless its job ▼            approve│                 │ (from ready, approved)
        └─ still runs)  failed, or back     ▼ │ revise          │
                        to the text before  │ │                 │
                                         approved ──────────────┘
                                   publish  │ ▲  withdraw
                                            ▼ │
                                         published ──revise──▶ ready or needs_work

`revise` is a new version by a person's hand; what is published stays live until it is replaced or withdrawn.
Each move is one compare-and-set: it changes exactly one row, or someone else was first.
"""

import uuid
from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

from omotenashi.errors import Conflict


class DraftState(models.TextChoices):
    QUEUED = "queued", "Waiting to be written"
    WRITING = "writing", "Being written"
    READY = "ready", "Ready for approval"
    NEEDS_WORK = "needs_work", "Needs work"
    FAILED = "failed", "Could not be written"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"


S = DraftState
WRITTEN = (S.READY, S.NEEDS_WORK, S.APPROVED, S.PUBLISHED)
AT_REST = (*WRITTEN, S.FAILED)

ALLOWED: dict[str, tuple[Collection[DraftState], Collection[DraftState]]] = {
    "start": ((S.QUEUED, S.WRITING, S.FAILED, S.READY, S.NEEDS_WORK), (S.WRITING,)),  # or a job's second try
    "finish": ((S.WRITING,), (S.READY, S.NEEDS_WORK)),
    "fail": ((S.QUEUED, S.WRITING), (S.FAILED, S.READY, S.NEEDS_WORK)),
    "write_again": (tuple(S), (S.QUEUED,)),
    "revise": (AT_REST, (S.READY, S.NEEDS_WORK)),
    "approve": ((S.READY,), (S.APPROVED,)),
    "ask_for_changes": ((S.READY, S.APPROVED), (S.NEEDS_WORK,)),
    "publish": ((S.APPROVED,), (S.PUBLISHED,)),
    "withdraw": ((S.PUBLISHED,), (S.APPROVED,)),
}


def start(draft_id: uuid.UUID) -> None:
    _move("start", draft_id=draft_id, to=S.WRITING, failure="")


def finish(draft_id: uuid.UUID, *, has_errors: bool) -> None:
    _move("finish", draft_id=draft_id, to=_judged(has_errors))


def fail(draft_id: uuid.UUID, *, reason: str, errors_before: int | None = None) -> None:
    """A draft that had a text before (with so many errors) still has it; the reason stands beside it."""
    to = S.FAILED if errors_before is None else _judged(errors_before > 0)
    _move("fail", draft_id=draft_id, to=to, failure=reason)


def write_again(draft_id: uuid.UUID) -> None:
    """The caller has made sure that no job is writing it."""
    _move("write_again", draft_id=draft_id, to=S.QUEUED, failure="")


def revise(draft_id: uuid.UUID, *, has_errors: bool) -> None:
    _move("revise", draft_id=draft_id, to=_judged(has_errors), failure="")


def approve(draft_id: uuid.UUID) -> None:
    _move("approve", draft_id=draft_id, to=S.APPROVED)


def ask_for_changes(draft_id: uuid.UUID) -> None:
    _move("ask_for_changes", draft_id=draft_id, to=S.NEEDS_WORK)


def publish(draft_id: uuid.UUID) -> None:
    _move("publish", draft_id=draft_id, to=S.PUBLISHED)


def withdraw(draft_id: uuid.UUID) -> None:
    _move("withdraw", draft_id=draft_id, to=S.APPROVED)


def _judged(has_errors: bool) -> DraftState:
    return S.NEEDS_WORK if has_errors else S.READY


def _move(name: str, *, draft_id: uuid.UUID, to: DraftState, **values: Any) -> None:  # Any: column values
    origins, goals = ALLOWED[name]
    assert to in goals, f"{name} never leads to {to}"
    drafts = apps.get_model(
        "content", "Draft"
    ).objects  # by name: the models import this module for the states
    moved = drafts.filter(pk=draft_id, state__in=origins).update(
        state=to, updated_at=timezone.now(), **values
    )
    if moved != 1:
        state = drafts.filter(pk=draft_id).values_list("state", flat=True).first()
        found = DraftState(state).label.lower() if state else "gone"
        wanted = ", ".join(origin.label.lower() for origin in origins)
        raise Conflict(f"The draft is {found}; this step needs one that is {wanted}. Reload and look again.")
