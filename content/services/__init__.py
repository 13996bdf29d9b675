"""What can be done with content. One module per step of a text's life."""

from content.services.approval import approve, ask_for_changes
from content.services.brands import save_guideline
from content.services.briefs import BriefInput, create_brief, write_brief
from content.services.editing import edit_draft, restore_version
from content.services.plans import delete_plan, save_plan
from content.services.publishing import publish, withdraw
from content.services.rule_packs import reset_rule_pack, save_rule_pack
from content.services.writing import write_again, write_draft, write_stale_again

__all__ = [
    "BriefInput",
    "approve",
    "ask_for_changes",
    "create_brief",
    "delete_plan",
    "edit_draft",
    "publish",
    "reset_rule_pack",
    "restore_version",
    "save_guideline",
    "save_plan",
    "save_rule_pack",
    "withdraw",
    "write_again",
    "write_brief",
    "write_draft",
    "write_stale_again",
]
