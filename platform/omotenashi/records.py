"""Base classes of every table: UUIDv7 keys, and a workspace that each query must name."""

import os
import time
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from django.db import models

if TYPE_CHECKING:
    from omotenashi.accounts.models import Workspace


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562, version 7): new rows land at the end of an index, not all over it."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & ((1 << 48) - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return uuid.UUID(int=value)


def uuid7_bytes(count: int) -> Iterator[bytes]:
    """As many of them in rising order, as 16 bytes each: for rows that are written thousands at a time."""
    # The top random bit is cleared, so that counting up cannot reach the bits of the variant.
    first = uuid7().int & ~(1 << 61)
    return ((first + number).to_bytes(16, "big") for number in range(count))


class UUIDModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True


class WorkspaceQuerySet(models.QuerySet[Any]):
    def for_workspace(self, workspace: "Workspace") -> Self:
        return self.filter(workspace=workspace)


class WorkspaceModel(UUIDModel):
    """A row that belongs to one workspace; read it through `objects.for_workspace(workspace)`."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: Any = WorkspaceQuerySet.as_manager()  # Any: subclasses bring querysets of their own

    class Meta:
        abstract = True
