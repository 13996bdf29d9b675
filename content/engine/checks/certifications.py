"""Certifications: a certificate is named only where a fact names that very one."""

from __future__ import annotations

from collections.abc import Iterator

from content.engine.checks.words_of_facts import unsupported
from content.engine.types import BriefSpec, Fields, Finding


def check(spec: BriefSpec, fields: Fields) -> Iterator[Finding]:
    return unsupported(spec, fields, group="certifications", check="certifications", noun="certificate")
