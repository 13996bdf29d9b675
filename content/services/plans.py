"""Editing plans: what a text of a content type holds in one workspace."""

from django.utils.text import slugify

from content.actors import SYSTEM, Actor
from content.engine.own_plans import BadPlan, parse_plan
from content.models import ContentPlan
from omotenashi.accounts.models import Workspace
from omotenashi.errors import FieldError, InvalidInput

MAX_TEXT = 20_000


def save_plan(workspace: Workspace, *, key: str, text: str, by: Actor = SYSTEM) -> ContentPlan:
    """Store the text once it reads as a plan; the error says which section is wrong.

    Briefs filed with it read it as it is when they are written; texts that exist stay as they are.
    """
    tidy = text.replace("\r\n", "\n").strip()[:MAX_TEXT]
    try:
        plan = parse_plan(tidy)
    except BadPlan as error:
        raise InvalidInput(str(error), errors=[FieldError("invalid", str(error), "#/text")]) from error
    clean = slugify(key or plan.label)[:40]
    if not clean:
        detail = "Give the plan a short name of letters, such as tea-cards."
        raise InvalidInput(detail, errors=[FieldError("invalid", detail, "#/key")])
    values = {"text": tidy, "name": plan.label, "content_type": plan.name, "changed_by": by.user}
    stored, _ = ContentPlan.objects.update_or_create(workspace=workspace, key=clean, defaults=values)
    return stored


def delete_plan(workspace: Workspace, *, key: str) -> bool:
    """Briefs filed with it go on with their content type's own plan. True when there was one."""
    return bool(ContentPlan.objects.for_workspace(workspace).filter(key=key).delete()[0])
