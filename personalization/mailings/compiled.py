"""Template versions compiled once a process; a version never changes, so neither does what is kept here."""

import uuid
from dataclasses import replace
from functools import lru_cache

from personalization.mailings.engine.lines import Part, Subject
from personalization.mailings.engine.render import CompiledTemplate, compile_template
from personalization.mailings.models import MailTemplateVersion

__all__ = ["Subject", "compiled", "compiled_with"]


@lru_cache(maxsize=64)
def compiled(version_id: uuid.UUID) -> CompiledTemplate:
    return compile_template(MailTemplateVersion.objects.get(pk=version_id).source)


@lru_cache(maxsize=64)
def compiled_with(version_id: uuid.UUID, subject: Subject) -> CompiledTemplate:
    """The version with other lines where the variant has its own. Raises TemplateRefused."""
    source = MailTemplateVersion.objects.get(pk=version_id).source
    own: dict[Part, dict[str, str]] = {"subject": {**source.subject}, "preheader": {**source.preheader}}
    for part, locale, line in subject:
        own[part][locale] = line
    return compile_template(replace(source, subject=own["subject"], preheader=own["preheader"]))
