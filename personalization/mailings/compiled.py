"""Template versions compiled once a process; a version never changes, so neither does what is kept here."""

import uuid
from dataclasses import replace
from functools import lru_cache

from personalization.mailings.engine.render import CompiledTemplate, compile_template
from personalization.mailings.models import MailTemplateVersion

Subject = tuple[tuple[str, str], ...]
"""A variant's subjects, locale by locale; a tuple, so that it can be a key."""


def compiled(version_id: uuid.UUID, subject: Subject = ()) -> CompiledTemplate:
    """With other subjects where a variant has its own. Raises TemplateRefused."""
    return _compiled(version_id, subject)


@lru_cache(maxsize=128)
def _compiled(version_id: uuid.UUID, subject: Subject) -> CompiledTemplate:
    source = MailTemplateVersion.objects.get(pk=version_id).source
    return compile_template(replace(source, subject={**source.subject, **dict(subject)}))
