"""The writing job, from the brief to a version, with workers that die on the way."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from content import services
from content.actors import Actor
from content.models import Brief, Draft, DraftState, Version
from content.services import writing
from omotenashi.catalog.models import Fact, Product
from omotenashi.errors import Conflict, Unavailable
from omotenashi.inference import registry
from omotenashi.jobs.models import Job
from omotenashi.jobs.services import run, sweep
from omotenashi.jobs.testing import run_queued
from tests.content.conftest import newest
from tests.content.scripted import ScriptedModel

UseModel = Callable[[ScriptedModel], ScriptedModel]


@pytest.fixture
def use_model(monkeypatch: pytest.MonkeyPatch) -> UseModel:
    def use(model: ScriptedModel) -> ScriptedModel:
        monkeypatch.setattr(writing, "language_model", lambda preset: model)
        return model

    return use


class WorkerDies(BaseException):
    """As SIGKILL looks from inside: nothing of ours catches it."""


def die_at(call: int) -> Callable[[int], None]:
    def check(current: int) -> None:
        if current == call:
            raise WorkerDies

    return check


def run_until_death(job: Job) -> None:
    with pytest.raises(WorkerDies):
        run(str(job.pk))
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    sweep()


def test_it_writes_a_draft_per_locale(file_brief: Callable[..., Brief], use_model: UseModel) -> None:
    use_model(ScriptedModel())
    brief = file_brief(locales=["en", "de", "ja"])
    jobs = run_queued()
    assert [job.state for job in jobs] == ["succeeded"] * 4
    assert set(jobs[0].result["draft_jobs"]) == {"en", "de", "ja"}
    assert Version.objects.filter(draft__brief=brief).count() == 3
    assert Brief.objects.get().state in {"ready", "needs_work"}


def test_it_keeps_how_a_version_was_made(file_brief: Callable[..., Brief], use_model: UseModel) -> None:
    use_model(ScriptedModel())
    draft = file_brief(keyphrases={"en": "cast iron teapot"}).drafts.get()
    run_queued()
    version = newest(draft)
    made = version.manifest
    assert (made["model"], made["keyphrase"], made["how"]) == (
        "scripted-1",
        "cast iron teapot",
        "written by a model",
    )
    assert made["facts"][0]["facts"]["capacity"] == "800 ml"
    assert made["digital_source_type"] == "trainedAlgorithmicMedia"
    assert version.guideline is not None
    assert "cast iron" in version.fields["body_markdown"].lower()


def test_it_tells_how_far_it_is_in_words(file_brief: Callable[..., Brief], use_model: UseModel) -> None:
    use_model(ScriptedModel())
    file_brief()
    job = run_queued()[-1]
    assert job.message.startswith("English · ")
    assert (job.done, job.total) == (4, 4)


def test_it_goes_on_where_a_killed_worker_stopped(
    file_brief: Callable[..., Brief], use_model: UseModel
) -> None:
    whole = use_model(ScriptedModel())
    file_brief()
    run_queued()
    draft = file_brief().drafts.get()
    use_model(ScriptedModel(before_call=die_at(whole.calls)))  # in the last thing it asks the model
    run_queued("content.write_brief")
    job = Job.objects.get(name="content.write_draft", state="queued")
    run_until_death(job)
    job.refresh_from_db()
    kept = {name: value["text"] for name, value in job.kept["resume"]["fields"].items()}
    assert kept
    rest = use_model(ScriptedModel())
    assert [ended.state for ended in run_queued()] == ["succeeded"]
    assert rest.texts_asked_for < whole.texts_asked_for
    assert kept.items() <= newest(draft).fields.items()


def test_it_makes_one_version_however_often_a_job_runs(
    file_brief: Callable[..., Brief], use_model: UseModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker stores the version and dies before the job can be ticked off."""
    use_model(ScriptedModel())
    draft = file_brief().drafts.get()
    run_queued("content.write_brief")
    summary = writing._summary
    monkeypatch.setattr(writing, "_summary", lambda version: (_ for _ in ()).throw(WorkerDies))
    job = Job.objects.get(name="content.write_draft")
    run_until_death(job)
    monkeypatch.setattr(writing, "_summary", summary)
    run_queued()
    job.refresh_from_db()
    assert (job.state, draft.versions.count()) == ("succeeded", 1)


def test_it_says_how_to_get_a_model_that_is_not_there(
    file_brief: Callable[..., Brief], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OMOTENASHI_MODELS_DIR", str(tmp_path))
    registry.close()
    draft = file_brief().drafts.get()
    job = run_queued()[-1]
    draft.refresh_from_db()
    assert (job.state, draft.state) == ("failed", DraftState.FAILED)
    assert "manage.py models pull" in draft.failure
    assert "manage.py models pull" in job.error


def test_it_tries_again_when_the_model_is_away_for_a_while(
    file_brief: Callable[..., Brief], use_model: UseModel
) -> None:
    def away_once(call: int) -> None:
        if call == 1:
            raise Unavailable("The model's server does not answer.")

    use_model(ScriptedModel(before_call=away_once))
    draft = file_brief().drafts.get()
    job = run_queued()[-1]
    draft.refresh_from_db()
    assert (job.state, draft.failure) == ("queued", "The model's server does not answer.")
    Job.objects.update(run_after=None)
    run_queued()
    draft.refresh_from_db()
    assert draft.versions.count() == 1
    assert draft.failure == ""


def test_it_writes_one_field_again_and_leaves_the_others(
    written: Callable[..., Draft], use_model: UseModel
) -> None:
    use_model(ScriptedModel())
    draft = written()
    before = newest(draft)
    Job.objects.all().delete()
    services.write_again(draft, fields=["title"])
    assert [job.state for job in run_queued()] == ["succeeded"]
    after = newest(draft)
    changed = {name for name, text in after.fields.items() if text != before.fields[name]}
    assert (after.number, changed, after.manifest["rewritten_fields"]) == (2, {"title"}, ["title"])


def test_it_does_not_put_a_rewritten_field_over_an_edit(
    written: Callable[..., Draft], use_model: UseModel, people: dict[str, Actor]
) -> None:
    draft = written()
    Job.objects.all().delete()
    services.write_again(draft, fields=["title"])

    def edited_meanwhile(call: int) -> None:
        if call == 1:
            Draft.objects.filter(pk=draft.pk).update(
                state=DraftState.READY
            )  # as if it had been open to edits
            services.edit_draft(draft, fields={"slug": "mine"}, base_number=1, by=people["author"])
            Draft.objects.filter(pk=draft.pk).update(state=DraftState.WRITING)

    use_model(ScriptedModel(before_call=edited_meanwhile))
    (job,) = run_queued()
    assert (job.state, newest(draft).fields["slug"], newest(draft).number) == ("failed", "mine", 2)
    assert "edited while" in job.error


def test_it_writes_nothing_twice_at_once(written: Callable[..., Draft]) -> None:
    draft = written()
    Job.objects.all().delete()
    services.write_again(draft)
    with pytest.raises(Conflict, match="being written already"):
        services.write_again(draft)


def test_it_keeps_the_text_of_before_when_writing_again_fails(
    written: Callable[..., Draft], use_model: UseModel
) -> None:
    def breaks(call: int) -> None:
        raise RuntimeError("out of memory")

    use_model(ScriptedModel(before_call=breaks))
    draft = written()
    Job.objects.all().delete()
    services.write_again(draft)
    run_queued()
    draft.refresh_from_db()
    assert (draft.state, newest(draft).number) == (DraftState.READY, 1)
    assert "Something unexpected" in draft.failure


def test_it_reads_the_facts_when_writing_begins(
    file_brief: Callable[..., Brief], use_model: UseModel, teapot: Any
) -> None:
    use_model(ScriptedModel())
    draft = file_brief().drafts.get()
    teapot.facts.filter(name="capacity").update(value="900")
    run_queued()
    assert newest(draft).manifest["facts"][0]["facts"]["capacity"] == "900 ml"


def test_it_writes_just_the_stale_fields_again(
    api: APIClient, author_client: Client, viewer_client: Client, written: Callable[..., Draft],
    use_model: UseModel, teapot: Product,
) -> None:  # fmt: skip
    draft = written()
    services.edit_draft(draft, fields={"title": "A cast iron teapot"}, base_number=1, by=Actor())
    use_model(ScriptedModel())
    Job.objects.all().delete()
    again = f"/v1/drafts/{draft.pk}/write-again"
    fresh = api.post(again, {"stale_only": True})
    assert (fresh.status_code, "has changed" in fresh.json()["detail"]) == (409, True)
    Fact.objects.filter(product=teapot, name="capacity").update(value="900")
    button = reverse("admin:content_draft_write_stale_again", args=[draft.pk])
    page = reverse("admin:content_draft_change", args=[draft.pk])
    assert button in author_client.get(page).content.decode()
    assert button not in viewer_client.get(page).content.decode()
    assert viewer_client.post(button).status_code == 403
    unknown = api.post(again, {"fields": ["poem"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/fields")
    asked = api.post(again, {"stale_only": True})
    assert asked.status_code == 202
    assert asked["Location"] == f"/v1/jobs/{asked.json()['job_id']}"
    assert author_client.post(button, follow=True).content.decode().count("being written already") == 1
    assert [job.state for job in run_queued()] == ["succeeded"]
    after = newest(draft)
    assert after.manifest["rewritten_fields"] == ["body_markdown", "meta_description"]
    assert after.fields["title"] == "A cast iron teapot"
    assert api.get(f"/v1/drafts/{draft.pk}").json()["stale_fields"] == {}
