"""Looks at a filter while it is being written: is it one, how many products pass, is a name misspelt?"""

import difflib
from typing import Any

from django.db import connection
from django.utils import timezone

from omotenashi.accounts.models import Workspace
from personalization.engine.filters import FilterError, Node, bind, has_variables, names_in, parse
from personalization.engine.filters.fields import FIELDS
from personalization.selectors.filtering import compile_filter
from personalization.selectors.judging import count_matching

# Attributes and facts of the shop; 100,000 products of ten attributes each are read in a blink.
_NAMES = """
SELECT DISTINCT name FROM (
    SELECT jsonb_object_keys(attributes) AS name FROM catalog_product
    WHERE workspace_id = %(workspace)s AND archived_at IS NULL AND jsonb_typeof(attributes) = 'object'
    UNION ALL
    SELECT name FROM catalog_fact WHERE workspace_id = %(workspace)s
) names LIMIT 2000
"""


def check_filter(workspace: Workspace, *, text: str) -> dict[str, Any]:
    """`ok`, and either `matching` of `products` with a `warning`, or `error` at a `position`."""
    try:
        node = parse(text)
    except FilterError as error:
        return {"ok": False, "error": error.detail, "position": error.position}
    if has_variables(node):
        return {"ok": True, "warning": "How many products pass depends on the page's product."}
    condition = compile_filter(bind(node, product={}), prefix="filter", now=timezone.now())
    products, found = count_matching(workspace, condition=condition)
    return {"ok": True, "products": products, "matching": found, "warning": _warning(workspace, node)}


def _warning(workspace: Workspace, node: Node) -> str:
    asked = names_in(node)
    if not asked:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, {"workspace": workspace.id})
        known = {name for (name,) in cursor.fetchall()}
    unknown = sorted(asked - known)
    if not unknown:
        return ""
    close = difflib.get_close_matches(unknown[0], [*FIELDS, *sorted(known)], n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"No product has an attribute or fact called {unknown[0]}.{meant}"
