"""The rule packs in force for a workspace: packaged ones, or its own text of them, and its own besides."""

from content.engine.rule_packs import PACKAGED, RulePack, packaged, parse_rule_pack
from content.models import RulePack as StoredPack
from omotenashi.accounts.models import Workspace


def packs_of(workspace: Workspace) -> tuple[RulePack, ...]:
    """A stored text was checked when it was saved; packaged ones are checked by the tests."""
    stored = {row.key: row for row in StoredPack.objects.for_workspace(workspace)}
    kept = [packaged(key) for key in PACKAGED if key not in stored]
    own = [parse_rule_pack(row.text, key=row.key) for row in stored.values() if row.is_on]
    return tuple(sorted([*kept, *own], key=lambda pack: pack.key))
