"""The sample shop's template and a first campaign."""

import json
from pathlib import Path
from typing import Any

from omotenashi.accounts.models import Workspace
from personalization.mailings.engine.render import TemplateSource
from personalization.mailings.models import Campaign, MailTemplate, MailTemplateVersion
from personalization.mailings.services import create_campaign, create_template

_FOLDER = Path(__file__).with_name("templates_mjml")


def sample_source() -> tuple[str, TemplateSource]:
    """Name and source of the template that comes with the product."""
    words = json.loads((_FOLDER / "tansu_and_thyme.json").read_text(encoding="utf-8"))
    mjml = (_FOLDER / "tansu_and_thyme.mjml").read_text(encoding="utf-8")
    source = TemplateSource(
        mjml=mjml, subject=words["subject"], preheader=words["preheader"], wording=words["wording"]
    )
    return words["name"], source


def create_sample_template(workspace: Workspace) -> MailTemplateVersion:
    """Its newest version; made at the first call."""
    name, source = sample_source()
    template = MailTemplate.objects.for_workspace(workspace).filter(name=name).first()
    newest = template.latest if template else None
    return newest or create_template(workspace, name=name, source=source)


def create_sample_campaign(
    workspace: Workspace,
    *,
    name: str = "A letter from the shop",
    audience: dict[str, Any] | None = None,
    copies: dict[str, Any] | None = None,
    product_count: int = 4,
) -> Campaign:
    """A draft campaign on the sample template: `schedule` it to send. `copies`: locale to Publication."""
    return create_campaign(
        workspace,
        name=name,
        template_version=create_sample_template(workspace),
        audience=audience,
        copies=copies,
        product_count=product_count,
    )
