"""Tells a worker through Celery that a job waits. A ring that is lost is repeated by the sweeper."""

import structlog
from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

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
