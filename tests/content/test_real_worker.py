"""The real GPU worker: killed in the middle of a blog post, and its preset swapped while it writes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from content.models import Brief, Version
from omotenashi.catalog.models import Fact, Product
from omotenashi.inference.server import Server
from omotenashi.jobs.models import Job
from omotenashi.jobs.services import run, sweep
from omotenashi.tokens.models import JobTokens, TokenAccount
from tests.content.sentences import SentencesModel

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = {
    "teapot": (
        "This matt black teapot is made of cast iron.",
        "The teapot holds 800 ml of tea.",
        "Rinse the teapot with hot water only.",
        "The teapot comes from Japan.",
    ),
    "vase": (
        "The vase is made of white porcelain.",
        "The vase is 30 cm tall.",
        "The vase comes from Portugal.",
    ),
}
FACTS = {
    "Hana vase": {"material": "porcelain", "colour": "white", "height": "30 cm", "origin": "Portugal"},
}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[SentencesModel]:
    """Behind the real protocol, so that the worker is as it is in a shop; its preset routes all locales."""
    served = SentencesModel(SENTENCES, seconds=0.2)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(Server(served), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        presets = tmp_path / "presets.toml"
        presets.write_text(
            "".join(
                f'[presets.{name}]\nkind = "endpoint"\nprompt_style = "few-shot"\nmodel = "sentences"\n'
                f'base_url = "http://127.0.0.1:{port}/v1"\ntimeout_seconds = 300\n'
                for name in ("told", "other")
            )
        )
        monkeypatch.setenv("OMOTENASHI_PRESETS", str(presets))
        monkeypatch.setenv("OMOTENASHI_LOCALE_PRESETS", "*=told")
        yield served
        served.may_answer.set()
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def start_worker() -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """The GPU worker, as `make run` starts it, over the test's database."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        values = connection.settings_dict
        url = f"postgresql://{values['USER']}:{values['PASSWORD']}@{values['HOST']}:{values['PORT']}/{values['NAME']}"
        places = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
        own = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE, "PYTHONPATH": places}
        options = ("-Q", "gpu", "--pool=threads", "-c", "2", "--without-gossip", "--without-mingle")
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "workers.celery_app", "worker", *options]
        started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | own))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait()


def blog_post(file_brief: Callable[..., Brief], product_factory: Callable[..., Product]) -> Job:
    for title, facts in FACTS.items():
        made = product_factory(external_id=title, title=title, categories=["Tea"])
        for name, value in facts.items():
            Fact.objects.create(
                workspace=made.workspace, product=made, name=name, value=value, locale="en", kind="text"
            )
    brief = file_brief(content_type="blog_post", product_ids=["teapot", *FACTS])
    run(str(brief.job_id))
    return Job.objects.get(name="content.write_draft")


def wait_for(job: Job, is_so: Callable[[], bool], *, what: str, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job.refresh_from_db()
        if is_so():
            return
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} seconds; the job is {job.state}, {job.message}")


def parts_of(job: Job) -> list[str]:
    parts: list[str] = job.kept.get("resume", {}).get("parts", {}).get("sections", [])
    return parts


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_goes_on_with_the_sections_already_written(
    model: SentencesModel, start_worker: Callable[[], "subprocess.Popen[bytes]"],
    file_brief: Callable[..., Brief], product_factory: Callable[..., Product],
) -> None:  # fmt: skip
    job = blog_post(file_brief, product_factory)
    worker = start_worker()
    wait_for(job, lambda: len(parts_of(job)) >= 1, what="a first section")
    model.may_answer.clear()  # the worker waits for its next sentence when it is killed
    wait_for(job, lambda: TokenAccount.objects.get().reserved > 0, what="a request under way")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    job.refresh_from_db()
    kept, fields = parts_of(job), job.kept["resume"]["fields"]
    assert (job.state, bool(kept)) == ("running", True)
    assert "sections" not in fields  # it died in the middle of them
    model.may_answer.set()
    asked = len(model.prompts)

    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    sweep()  # as the scheduler does once the lease is over
    start_worker()
    wait_for(job, lambda: job.is_finished, what="the end")
    assert (job.state, job.error) == ("succeeded", "")
    assert job.attempts == 2

    version = Version.objects.get()
    assert version.fields["sections"].startswith("\n\n".join(filter(None, kept)))
    assert {"sections", "intro", "conclusion"} <= set(version.fields) - set(fields)
    assert {name: version.fields[name] for name in fields} == {name: f["text"] for name, f in fields.items()}
    assert len(model.prompts) > asked
    account = TokenAccount.objects.get()
    assert (account.reserved, account.written) == (0, JobTokens.objects.get().written)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_ends_the_text_it_writes_and_writes_the_next_with_the_preset_swapped_in(
    model: SentencesModel, start_worker: Callable[[], "subprocess.Popen[bytes]"],
    file_brief: Callable[..., Brief], capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def written_by(brief: Brief) -> str:
        job = Job.objects.filter(name="content.write_draft", args__draft_id=str(brief.drafts.get().pk)).get()
        wait_for(job, lambda: job.is_finished, what="the end")
        return str(Version.objects.get(draft__brief=brief).manifest["model"])

    start_worker()
    first = file_brief()
    run(str(first.job_id))
    job = Job.objects.get(name="content.write_draft")
    wait_for(job, lambda: len(model.prompts) > 3, what="a text under way")
    call_command("models", "swap", "told", "--to", "other", "--seconds", "240")
    assert "told is written by other" in capsys.readouterr().out
    second = file_brief()
    run(str(second.job_id))
    assert (written_by(first), written_by(second)) == ("told", "other")
    assert set(Job.objects.values_list("state", "attempts")) == {("succeeded", 1)}
