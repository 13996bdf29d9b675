"""The worker's Celery app: `celery -A workers.celery_app worker -Q gpu --pool=threads`."""

import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
django.setup()

from celery import Celery, signals  # noqa: E402  (Django's apps come first)
from django.conf import settings  # noqa: E402

from omotenashi.inference import registry as inference  # noqa: E402
from omotenashi.jobs import QUEUES, registry, services  # noqa: E402
from workers import swaps, ticks  # noqa: E402, F401  (swaps: control commands, by being imported)
from workers.handlers import HANDLERS  # noqa: E402

app = Celery("omotenashi")
app.conf.update(settings.CELERY)
registry.install(HANDLERS)


def _run(job_id: str) -> None:
    services.run(job_id)


# One Celery task a kind of job, so that logs and monitors show what it is.
for _name in QUEUES:
    app.task(name=_name)(_run)
for _name, _tick in ticks.TICKS.items():
    app.task(name=_name)(_tick)


@signals.setup_logging.connect
def _keep_our_logging(**kwargs: Any) -> None:
    """Connected, so that Celery leaves the root logger as settings.LOGGING made it."""


@signals.worker_shutdown.connect
def _close_models(**kwargs: Any) -> None:
    """Writers that still wait are told at once; their jobs are tried again elsewhere."""
    inference.close()
