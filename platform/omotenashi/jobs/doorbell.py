"""Tells a worker through Celery that a job waits. A ring that is lost is repeated by the sweeper."""

from typing import Any

import structlog
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from omotenashi.errors import Unavailable

log = structlog.get_logger(__name__)
_REPLY_SECONDS = 3.0

# Sends only: the worker's app, with the tasks, is workers.celery_app.
_producer = Celery("omotenashi-producer", set_as_current=False)
_producer.conf.update(settings.CELERY)


def ring(*, name: str, job_id: str, queue: str) -> bool:
    try:
        _producer.send_task(name, kwargs={"job_id": job_id}, queue=queue, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("doorbell_silent", job=job_id, error=str(error))
        return False
    return True


def broadcast(command: str, **arguments: Any) -> dict[str, Any]:
    """Ask all running workers something; worker's name to its answer, of those that answered in time."""
    try:
        replies = _producer.control.broadcast(
            command, arguments=arguments, reply=True, timeout=_REPLY_SECONDS
        )
    except (OperationalError, RedisError, OSError) as error:
        raise Unavailable("The queue cannot be reached: is Valkey running? See REDIS_URL.") from error
    return {worker: answer for reply in replies or [] for worker, answer in reply.items()}
