"""Template versions compiled once a process; a version never changes, so neither does what is kept here."""

import uuid
from functools import lru_cache

from personalization.mailings.engine.render import CompiledTemplate, compile_template
from personalization.mailings.models import MailTemplateVersion


@lru_cache(maxsize=64)
def compiled(version_id: uuid.UUID) -> CompiledTemplate:
    return compile_template(MailTemplateVersion.objects.get(pk=version_id).source)
