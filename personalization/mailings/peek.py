"""Looks at an audience while it is being written: is it one, how many, who for example, who gets nothing?"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from omotenashi.accounts.models import Workspace
from personalization.engine.filters import CUSTOMERS, names_in
from personalization.mailings.audiences import customers_in, matching_customers
from personalization.mailings.engine.audience import Audience, AudienceProblem, parse_audience
from personalization.mailings.head_count import REASONS, HeadCount, Plan, count_heads
from personalization.models import Customer

PATIENCE_MS = 8_000
"""Nobody waits longer for a number while typing; the pre-flight counts as long as it takes."""
_TRAITS = """
SELECT DISTINCT jsonb_object_keys(traits) FROM (
    SELECT traits FROM personalization_customer
    WHERE workspace_id = %s AND jsonb_typeof(traits) = 'object' LIMIT 20000
) AS first_rows LIMIT 2000
"""


@dataclass(frozen=True)
class Asked:
    """What the form says at the moment."""

    workspace: Workspace
    audience: object
    plan: Plan
    now: datetime


def peek(asked: Asked) -> dict[str, Any]:
    """`ok` with numbers and a sample, or `ok: false` with what is wrong and where."""
    audience, problems = parse_audience(asked.audience)
    if problems:
        return {"ok": False, "errors": [_told(problem) for problem in problems]}
    try:
        with transaction.atomic():
            _lose_patience()
            return {"ok": True, **_counted(asked, audience=audience)}
    except OperationalError:
        detail = "This takes too long to count while you type. Save it: the pre-flight counts all."
        return {"ok": True, "warning": detail}


def _counted(asked: Asked, *, audience: Audience) -> dict[str, Any]:
    people = customers_in(audience, workspace=asked.workspace, now=asked.now)
    heads = count_heads(people, plan=asked.plan)
    total, addresses = people.count(), heads.by_reason.total()
    _hold_out_about(heads, plan=asked.plan)
    everyone = customers_in(audience, workspace=asked.workspace, now=asked.now, agrees=False)
    return {
        "people": total,
        "mails": heads.by_reason["mails"],
        "by_locale": dict(sorted(heads.by_locale.items(), key=lambda own: (-own[1], own[0]))),
        "excluded": _matching(asked, audience=audience) - total if audience.exclusion else 0,
        "no_consent": everyone.count() - total,
        "same_address": total - addresses,
        **{reason: heads.by_reason[reason] for reason in REASONS},
        "is_drawn": asked.plan.campaign is not None,
        "sample": _people(heads.sample),
        "warning": _warning(asked.workspace, audience=audience),
    }


def _matching(asked: Asked, *, audience: Audience) -> int:
    return matching_customers(audience, workspace=asked.workspace, now=asked.now).count()


def _hold_out_about(heads: HeadCount, *, plan: Plan) -> None:
    """Who is held out is drawn with the campaign's key: before it is saved only the share is known."""
    if plan.campaign is None:
        held = round(heads.by_reason["mails"] * plan.hold_out_percent / 100)
        heads.by_reason.update(mails=-held, held_out=held)


def _people(sample: Mapping[UUID, str]) -> list[dict[str, str]]:
    """In the language of their mail."""
    found = Customer.objects.in_bulk(list(sample))
    return [
        {"id": own.external_id, "name": str(own), "locale": sample[key], "country": own.country}
        for key, own in sorted(found.items())
    ]


def _told(problem: AudienceProblem) -> dict[str, str]:
    name = problem.path.split("/")[1] if problem.path else "audience"
    return {"field": name, "detail": problem.detail}


def _warning(workspace: Workspace, *, audience: Audience) -> str:
    """A name misspelt is a trait that nobody has."""
    asked = _names(own for own in (audience.expression, audience.exclusion) if own)
    if not asked:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(_TRAITS, [workspace.pk])
        known = {name for (name,) in cursor.fetchall()}
    unknown = sorted(asked - known)
    if not unknown:
        return ""
    close = difflib.get_close_matches(unknown[0], [*CUSTOMERS.fields, *sorted(known)], n=1)
    return f"No customer has a trait called {unknown[0]}." + (f" Did you mean {close[0]}?" if close else "")


def _names(nodes: Iterable[Any]) -> set[str]:
    return {name for node in nodes for name in names_in(node)}


def _lose_patience() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
