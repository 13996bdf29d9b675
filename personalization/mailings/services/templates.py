"""Saving templates: each change is a new version, and a faulty one is refused with its faults."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from omotenashi.accounts.models import User, Workspace
from omotenashi.errors import Conflict, FieldError, InvalidInput
from personalization.mailings.engine.problems import TemplateRefused
from personalization.mailings.engine.render import TemplateSource, compile_template
from personalization.mailings.models import MailTemplate, MailTemplateVersion


@transaction.atomic
def create_template(
    workspace: Workspace, *, name: str, source: TemplateSource, created_by: User | None = None
) -> MailTemplateVersion:
    try:
        with transaction.atomic():
            template = MailTemplate.objects.create(workspace=workspace, name=name)
    except IntegrityError as error:
        raise Conflict(f"There is a template called {name!r}. Save a new version of it.") from error
    return save_template_version(template, source=source, created_by=created_by)


@transaction.atomic
def save_template_version(
    template: MailTemplate, *, source: TemplateSource, created_by: User | None = None
) -> MailTemplateVersion:
    """The next version of the template."""
    check_source(source)
    # Locks the template, so that two people saving at once get two numbers.
    MailTemplate.objects.select_for_update().get(pk=template.pk)
    newest = template.latest
    version: MailTemplateVersion = MailTemplateVersion.objects.create(
        workspace_id=template.workspace_id,
        template=template,
        number=(newest.number if newest else 0) + 1,
        mjml=source.mjml,
        subject=_plain(source.subject),
        preheader=_plain(source.preheader),
        wording={locale: _plain(phrases) for locale, phrases in source.wording.items()},
        created_by=created_by,
    )
    return version


def check_source(source: TemplateSource) -> None:
    """Refuse what could not be rendered, with one entry per fault."""
    try:
        compile_template(source)
    except TemplateRefused as refused:
        errors = [FieldError(problem.code, str(problem), "#/mjml") for problem in refused.problems]
        raise InvalidInput("The template cannot be used yet.", errors=errors) from refused


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in values.items()}
