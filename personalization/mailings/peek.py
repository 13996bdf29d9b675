"""Looks at an audience while it is being written: is it one, how many, who for example, who gets nothing?"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet

from omotenashi.accounts.models import Workspace
from personalization.engine.filters import CUSTOMERS, names_in
from personalization.mailings.audiences import customers_in, matching_customers
from personalization.mailings.caps import Cap, count_over_cap
from personalization.mailings.engine.audience import Audience, AudienceProblem, parse_audience
from personalization.mailings.models import Campaign, Suppression
from personalization.models import Customer

SAMPLE = 10
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
    """What the form says at the moment. `campaign` is None where it was never saved."""

    workspace: Workspace
    audience: object
    cap: Cap | None
    hold_out_percent: float
    campaign: Campaign | None
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
    matching = matching_customers(audience, workspace=asked.workspace, now=asked.now)
    by_locale = _by_locale(people, workspace=asked.workspace)
    total = sum(by_locale.values())
    suppressed = Suppression.objects.for_workspace(asked.workspace).values("address_normalized")
    open_to_mail = people.exclude(email_normalized__in=suppressed)
    reachable = open_to_mail.count()
    capped = _capped(open_to_mail, asked=asked)
    held_out = round((reachable - capped) * asked.hold_out_percent / 100)
    return {
        "people": total,
        "mails": reachable - capped - held_out,
        "by_locale": by_locale,
        "excluded": matching.count() - total if audience.exclusion else 0,
        "suppressed": total - reachable,
        "capped": capped,
        "held_out": held_out,
        "sample": [_person(own) for own in people.order_by("pk")[:SAMPLE]],
        "warning": _warning(asked.workspace, audience=audience),
    }


def _by_locale(people: QuerySet[Customer], *, workspace: Workspace) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in people.order_by().values("locale").annotate(people=Count("pk")).order_by("-people"):
        locale = row["locale"] or workspace.default_locale
        found[locale] = found.get(locale, 0) + row["people"]
    return found


def _capped(people: QuerySet[Customer], *, asked: Asked) -> int:
    return count_over_cap(
        people, cap=asked.cap, workspace=asked.workspace, campaign=asked.campaign, at=asked.now
    )


def _person(customer: Customer) -> dict[str, str]:
    return {
        "id": customer.external_id,
        "name": str(customer),
        "locale": customer.locale,
        "country": customer.country,
    }


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
