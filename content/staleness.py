"""Which fields of a text rest on facts that have changed since: only those need writing again."""

from typing import Any

from content.engine.types import BriefSpec
from content.models import Version


def stale_fields(version: Version, *, spec: BriefSpec) -> dict[str, list[str]]:
    """Field to the names of the changed facts it states. `spec` holds the facts as they are now, in the
    locale.

    A fact counts as changed when its value is another or it is gone. A new fact touches no text: it is
    not in one.
    """
    changed = _changed(version.manifest.get("facts", []), spec)
    found: dict[str, list[str]] = {}
    for claim in version.claims:
        name = claim.get("fact")
        if name in changed and name not in found.setdefault(claim["field"], []):
            found[claim["field"]].append(name)
    return {field: sorted(names) for field, names in found.items() if names}


def _changed(then: list[dict[str, Any]], spec: BriefSpec) -> set[str]:  # Any: JSON of the manifest
    """Products are in the brief's order, then as now."""
    changed: set[str] = set()
    for before, product in zip(then, spec.products, strict=False):
        now = {fact.name: fact.text for fact in product.facts}
        changed |= {name for name, value in before.get("facts", {}).items() if now.get(name) != value}
        if before.get("product") != product.title:
            changed.add("title")
        if before.get("price", "") != f"{product.price} {product.currency}".strip():
            changed.add("price")
    return changed
