"""Template versions compiled once a process; a version never changes, so neither does what is kept here."""

import uuid
from dataclasses import replace
from functools import lru_cache

from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.render import CompiledTemplate, compile_template
from personalization.mailings.models import MailTemplateVersion

__all__ = ["Subject", "compiled"]


def compiled(version_id: uuid.UUID, subject: Subject = ()) -> CompiledTemplate:
    """With other subjects where a variant has its own. Raises TemplateRefused."""
    return _compiled(version_id, subject)


@lru_cache(maxsize=128)
def _compiled(version_id: uuid.UUID, subject: Subject) -> CompiledTemplate:
    source = MailTemplateVersion.objects.get(pk=version_id).source
    own: dict[Part, dict[str, str]] = {"subject": {**source.subject}, "preheader": {**source.preheader}}
    for part, locale, line in subject:
        own[part][locale] = line
    return compile_template(replace(source, subject=own["subject"], preheader=own["preheader"]))
