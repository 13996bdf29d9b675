"""Reading what texts have cost."""

from dataclasses import dataclass

from django.db.models import Sum

from omotenashi.accounts.models import Workspace
from omotenashi.tokens.models import JobTokens


@dataclass(frozen=True)
class Cost:
    written: int
    read: int


def cost_of_group(workspace: Workspace, *, group: str) -> Cost:
    rows = JobTokens.objects.filter(job__workspace=workspace, group=group)
    sums = rows.aggregate(written=Sum("written"), read=Sum("read"))
    return Cost(sums["written"] or 0, sums["read"] or 0)
