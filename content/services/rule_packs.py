"""Editing rule packs: a workspace's own text in place of a packaged one, or beside them."""

from django.utils.text import slugify

from content.actors import SYSTEM, Actor
from content.engine.rule_packs import PACKAGED, BadRulePack, parse_rule_pack
from content.models import RulePack
from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput

MAX_TEXT = 100_000


def save_rule_pack(
    workspace: Workspace, *, key: str, text: str, is_on: bool = True, by: Actor = SYSTEM
) -> RulePack:
    """Store the text once it reads as a pack; the error says which section is wrong."""
    clean, tidy = slugify(key)[:40], text.replace("\r\n", "\n").strip()[:MAX_TEXT]
    try:
        if not clean:
            raise BadRulePack("Give the pack a short name of letters, such as our-rules.")
        parse_rule_pack(tidy, key=clean)
    except BadRulePack as error:
        raise InvalidInput(str(error), errors=[FieldError("invalid", str(error), "#/text")]) from error
    pack, _ = RulePack.objects.update_or_create(
        workspace=workspace, key=clean, defaults={"text": tidy, "is_on": is_on, "changed_by": by.user}
    )
    return pack


def reset_rule_pack(workspace: Workspace, *, key: str) -> bool:
    """Back to the packaged rules; of a pack of one's own nothing is left. True when there was one."""
    return bool(RulePack.objects.for_workspace(workspace).filter(key=key).delete()[0])


def is_packaged(key: str) -> bool:
    return key in PACKAGED
