"""The job that writes one draft."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max

from content import transitions
from content.engine.languages import use_lingua
from content.engine.types import BriefSpec, Budget, DraftResult, Progress
from content.engine.writer import write_draft as write
from content.locales import language_name
from content.metering import metered
from content.models import Draft, Guideline, Version
from content.specs import spec_for
from content.staleness import stale_fields
from omotenashi import jobs
from omotenashi.errors import Conflict, FieldError, InvalidInput, NotFound, OmotenashiError
from omotenashi.inference.protocols import LanguageModel
from omotenashi.inference.registry import language_model, preset_for
from omotenashi.inference.switch import held
from omotenashi.jobs import JobCanceled, RunningJob
from omotenashi.jobs.models import Job
from omotenashi.jobs.running import LeaseLost
from omotenashi.tokens.accounted import AccountedModel
from omotenashi.tokens.services import Purse

log = structlog.get_logger(__name__)

BUDGET = Budget(max_tokens=24_000, candidates=16, rounds=4, seconds=120.0)
"""Of one draft. The seconds are its share of the model's, so a full queue takes nothing from it."""


def enqueue_writing(draft: Draft, *, fields: Sequence[str] = (), base_number: int = 0) -> Job:
    """Ask for the draft, or some fields of it, to be written; `draft.job` is the job to watch."""
    job = jobs.enqueue(
        "content.write_draft", workspace=draft.workspace, unique_key=str(draft.pk),
        draft_id=str(draft.pk), fields=list(fields), base_number=base_number,
    )  # fmt: skip
    Draft.objects.filter(pk=draft.pk).update(job=job)
    return job


@transaction.atomic
def write_again(draft: Draft, *, fields: Sequence[str] = ()) -> Job:
    """Queue the draft anew, or these fields of its newest version; what is there stays in its history."""
    locked = Draft.objects.select_for_update(of=("self",)).select_related("job", "workspace").get(pk=draft.pk)
    if locked.job is not None and not locked.job.is_finished:
        raise Conflict("This draft is being written already. Wait until it is done.")
    latest = locked.latest
    _require_known(fields, latest.fields if latest else {})
    transitions.write_again(locked.pk)
    return enqueue_writing(locked, fields=fields, base_number=latest.number if latest else 0)


@transaction.atomic
def write_stale_again(draft: Draft) -> Job:
    """Queue just the fields that state facts which have changed since."""
    latest = draft.latest
    spec = spec_for(draft, guideline=draft.brief.brand.guideline)
    fields = list(stale_fields(latest, spec=spec)) if latest else []
    if not fields:
        raise Conflict("No field of this draft states a fact that has changed since it was written.")
    return write_again(draft, fields=fields)


def _require_known(fields: Sequence[str], known: Mapping[str, str]) -> None:
    problems = [
        FieldError("unknown_field", f"This draft has no field “{field}” to write again.", "#/fields")
        for field in fields
        if field not in known
    ]
    if problems:
        raise InvalidInput(problems[0].detail, errors=problems)


def write_draft(
    job: RunningJob, *, draft_id: str, fields: Sequence[str] = (), base_number: int = 0
) -> dict[str, Any]:
    """Job: write one draft (or some fields of a version).

    1. An earlier run of this very job may have stored its version and died: then only the state is set right.
    2. Read facts and rules as they are now.
    3. Write, keeping each finished field for a restart.
    4. Store the version and move the draft, in one transaction.
    Whatever goes wrong is written on the draft in words; a retry starts it anew.
    """
    draft = _draft(job, draft_id=draft_id)
    stored = Version.objects.filter(job_key=str(job.id)).first()
    if stored is not None:
        return _summary(stored)
    transitions.start(draft.pk)
    try:
        version = _write(job, draft=draft, fields=fields, base_number=base_number)
    except LeaseLost:
        raise
    except JobCanceled:
        _give_up(draft, reason="Stopped on request.")
        raise
    except OmotenashiError as error:
        _give_up(draft, reason=error.detail)
        raise
    except Exception:
        log.exception("draft_not_written", draft=draft_id)
        _give_up(draft, reason="Something unexpected went wrong; it is in the log. Write it again.")
        raise
    return _summary(version)


def _give_up(draft: Draft, *, reason: str) -> None:
    latest = draft.latest
    transitions.fail(draft.pk, reason=reason, errors_before=latest.error_count if latest else None)


def _write(job: RunningJob, *, draft: Draft, fields: Sequence[str], base_number: int) -> Version:
    guideline = draft.brief.brand.guideline
    spec = spec_for(draft, guideline=guideline)
    preset = preset_for(draft.locale)
    language = language_name(draft.locale)
    job.report(message=f"{language} · reading the facts")
    use_lingua(spec.language)  # the surer judge of languages; only a worker has the memory for it
    kept = dict(job.state.get("resume", {})) or _resume_without(draft, fields=fields, number=base_number)
    with held(language_model(preset)) as loaded:  # one model from the first field to the last
        model = _paid(job, draft=draft, model=metered(loaded))
        result = write(
            spec, model=model, seed=seed_of(job.id), budget=BUDGET,
            on_progress=_progress(job, language=language), resume=kept or None,
        )  # fmt: skip
    return _store(
        job,
        draft=draft,
        spec=spec,
        guideline=guideline,
        result=result,
        fields=fields,
        base_number=base_number,
    )


def _paid(job: RunningJob, *, draft: Draft, model: LanguageModel) -> LanguageModel:
    """From the workspace's tokens of the month, and at most what one draft may cost."""
    purse = Purse.of(job, limit=BUDGET.max_tokens, group=str(draft.brief_id))
    return AccountedModel(model, purse=purse)


@transaction.atomic
def _store(
    job: RunningJob, *, draft: Draft, spec: BriefSpec, guideline: Guideline | None, result: DraftResult,
    fields: Sequence[str], base_number: int,
) -> Version:  # fmt: skip
    Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    latest = draft.latest
    if fields and latest is not None and latest.number != base_number:
        raise Conflict(
            "The text was edited while it was being written again. Nothing was changed; try again."
        )
    manifest = {
        **result.manifest,
        "how": "rewritten by a model" if fields else "written by a model",
        "digital_source_type": "trainedAlgorithmicMedia",
        "facts": fact_manifest(spec), "keyphrase": spec.keyphrase, "tokens": result.tokens,
        "model_seconds": round(result.seconds, 1), "job": str(job.id), "seed": seed_of(job.id),
    }  # fmt: skip
    if fields:
        manifest |= {"rewritten_fields": sorted(fields), "based_on": base_number}
    version = store_version(
        draft, fields=result.texts, findings=[f.as_dict() for f in result.findings],
        claims=[c.as_dict() for c in result.claims], manifest=manifest, guideline=guideline,
        job_key=str(job.id),
    )  # fmt: skip
    transitions.finish(draft.pk, has_errors=version.error_count > 0)
    return version


def store_version(draft: Draft, *, findings: list[dict[str, Any]], **values: Any) -> Version:  # Any: columns
    """The next version. The caller holds the draft's row, so numbers have no gaps and no twins."""
    last = Version.objects.filter(draft=draft).aggregate(last=Max("number"))["last"] or 0
    errors = sum(finding["severity"] == "error" for finding in findings)
    return Version.objects.create(
        workspace=draft.workspace,
        draft=draft,
        number=last + 1,
        findings=findings,
        error_count=errors,
        **values,
    )


def fact_manifest(spec: BriefSpec) -> list[dict[str, Any]]:
    """What copy was allowed to state, kept as it was then."""
    return [
        {
            "product": product.title,
            "price": f"{product.price} {product.currency}".strip(),
            "facts": {fact.name: fact.text for fact in product.facts},
        }
        for product in spec.products
    ]


def seed_of(job_id: uuid.UUID) -> int:
    """The same for every run of a job: a restart goes on with the same dice."""
    return job_id.int % (2**31)


def _progress(job: RunningJob, *, language: str) -> Callable[[Progress], None]:
    def keep(progress: Progress) -> None:
        job.save_state(resume=progress.resume)
        job.report(done=progress.done, total=progress.total, message=f"{language} · {progress.message}")

    return keep


def _resume_without(draft: Draft, *, fields: Sequence[str], number: int) -> dict[str, Any]:
    """For some fields anew: every other field counts as already written."""
    if not fields:
        return {}
    base = Version.objects.filter(draft=draft, number=number).first()
    return (
        resume_from({name: text for name, text in base.fields.items() if name not in fields}) if base else {}
    )


def resume_from(texts: dict[str, str]) -> dict[str, Any]:
    return {"fields": {name: {"text": text} for name, text in texts.items()}}


def _draft(job: RunningJob, *, draft_id: str) -> Draft:
    drafts = Draft.objects.for_workspace(job.workspace).select_related("brief__brand", "workspace")
    draft: Draft | None = drafts.filter(pk=draft_id).first()
    if draft is None:
        raise NotFound("The draft is gone.")
    return draft


def _summary(version: Version) -> dict[str, Any]:
    return {"draft": str(version.draft_id), "version": version.number, "errors": version.error_count}
