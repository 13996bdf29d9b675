"""The workers know every job that anyone may enqueue, and every tick that the scheduler sends."""

from django.conf import settings

from omotenashi.jobs import QUEUES
from workers.celery_app import app
from workers.handlers import HANDLERS


def test_it_has_a_handler_for_every_kind_of_job() -> None:
    assert set(HANDLERS) == set(QUEUES)


def test_it_registers_every_job_and_tick_with_celery() -> None:
    ticks = {entry["task"] for entry in settings.CELERY["beat_schedule"].values()}
    assert set(QUEUES) | ticks <= set(app.tasks)


def test_it_sends_every_tick_to_a_queue_that_a_worker_listens_to() -> None:
    queues = {entry["options"]["queue"] for entry in settings.CELERY["beat_schedule"].values()}
    assert queues == {"default"}
