"""Products by the shop's own ids."""

from collections.abc import Iterable
from uuid import UUID

from omotenashi.accounts.models import Workspace
from personalization.selectors.reading import read

_IDS = """
SELECT external_id, id FROM catalog_product
WHERE workspace_id = %(workspace)s AND external_id = ANY(%(names)s)
"""


def product_ids_of(workspace: Workspace, *, external_ids: Iterable[str]) -> dict[str, UUID]:
    names = list(external_ids)
    if not names:
        return {}
    return dict(read(_IDS, {"workspace": workspace.id, "names": names}))
