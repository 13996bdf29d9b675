"""A person's hand on a text: each save is a version, and the checks read it again."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from content import transitions
from content.actors import Actor
from content.engine.types import BriefSpec
from content.engine.writer import check_text, find_claims
from content.models import Draft, Version
from content.selectors import latest_version
from content.services.writing import fact_manifest, store_version
from content.specs import spec_for
from omotenashi.errors import FieldError, InvalidInput, NotFound, PreconditionFailed

MAX_FIELD = 20_000


@transaction.atomic
def edit_draft(draft: Draft, *, fields: Mapping[str, str], base_number: int, by: Actor) -> Version:
    """Store the edited text as the next version; the newest one again when nothing was changed.

    `base_number` is the version the person had before their eyes. If another came since: PreconditionFailed.
    """
    Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    base = latest_version(draft)
    if base.number != base_number:
        raise PreconditionFailed(
            f"Version {base.number} was saved while you were editing version {base_number}. "
            "Your text was not saved: copy what you need, reload, and put it in."
        )
    wanted = {**base.fields, **_checked(fields, known=base.fields)}
    if wanted == base.fields:
        return base
    changed = sorted(name for name in wanted if wanted[name] != base.fields[name])
    manifest = {"how": "edited by a person", "changed_fields": changed}
    return _store(draft, fields=wanted, base=base, manifest=manifest, by=by)


@transaction.atomic
def restore_version(draft: Draft, *, number: int, by: Actor) -> Version:
    """An older text as the next version: history only grows."""
    Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    base = latest_version(draft)
    older = Version.objects.filter(draft=draft, number=number).first()
    if older is None:
        raise NotFound(f"This draft has no version {number}.")
    if older.fields == base.fields:
        return base
    return _store(
        draft, fields=older.fields, base=older, manifest={"how": f"restored version {number}"}, by=by
    )


def check_unsaved(
    draft: Draft, *, fields: Mapping[str, str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Findings and claims of a text that nobody has saved yet."""
    spec = spec_for(draft, guideline=draft.brief.brand.guideline)
    return _judge(
        spec, {**latest_version(draft).fields, **{name: _tidy(text) for name, text in fields.items()}}
    )


def _judge(spec: BriefSpec, fields: Mapping[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    findings = [finding.as_dict() for finding in check_text(spec, fields)]
    return findings, [claim.as_dict() for claim in find_claims(spec, fields)]


def _store(
    draft: Draft, *, fields: dict[str, str], base: Version, manifest: Mapping[str, object], by: Actor
) -> Version:
    guideline = draft.brief.brand.guideline
    spec = spec_for(draft, guideline=guideline)
    findings, claims = _judge(spec, fields)
    version = store_version(
        draft, fields=fields, findings=findings, claims=claims,
        manifest={
            **base.manifest, **manifest, "editor": str(by), "based_on": base.number,
            "facts": fact_manifest(spec),
            "digital_source_type": "compositeWithTrainedAlgorithmicMedia",
        },
        guideline=guideline, created_by=by.user,
    )  # fmt: skip
    transitions.revise(draft.pk, has_errors=version.error_count > 0)
    return version


def _checked(fields: Mapping[str, str], *, known: Mapping[str, str]) -> dict[str, str]:
    problems = []
    for name, text in fields.items():
        if name not in known:
            detail = f"This draft has no field “{name}”. It has: {', '.join(known)}."
            problems.append(FieldError("unknown_field", detail, f"#/fields/{name}"))
        elif len(text) > MAX_FIELD:
            problems.append(FieldError("too_long", f"At most {MAX_FIELD} characters.", f"#/fields/{name}"))
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)
    return {name: _tidy(text) for name, text in fields.items()}


def _tidy(text: str) -> str:
    """Browsers send CRLF; NUL cannot be stored."""
    return text.replace("\r\n", "\n").replace("\x00", "").strip()
