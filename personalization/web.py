"""The web process: `granian --interface rsgi personalization.web:application`. It never imports torch.

Recommendations take the hot path; everything else, and whatever the hot path will not judge, is Django's.
"""

import asyncio
import gc
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")

import structlog
from django.conf import settings

from omotenashi.api.rsgi import Exchange, Scope, forward
from omotenashi.asgi import application as django_application
from omotenashi.local.children import die_with_parent
from personalization.answers.hot import HotPath
from personalization.answers.pipe import Pipe

log = structlog.get_logger(__name__)


class Application:
    """granian calls the dunder methods: when its loop starts, and for each request."""

    def __init__(self) -> None:
        self._hot: HotPath | None = None
        self._keeping: asyncio.Task[None] | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        die_with_parent()  # granian's workers outlive a kill -9 of it, and keep its port
        pipe = Pipe(settings.REDIS_URL)
        self._keeping = loop.create_task(pipe.keep_open())
        pool = ThreadPoolExecutor(settings.HOT_PATH_THREADS, thread_name_prefix="hot")
        self._hot = HotPath(pipe=pipe, pool=pool)
        # What was loaded until now stays: looking through it for garbage again and again cost a tenth of an
        # answer's processor time, and at times many milliseconds at once.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._keeping is not None:
            self._keeping.cancel()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        body: bytes | None = None
        if self._hot is not None and self._hot.concerns(scope):
            body = b"" if scope.method == "GET" else await exchange()
            if await self._is_answered(self._hot, scope, exchange, body):
                return
        await forward(django_application, scope, exchange, body=body)

    @staticmethod
    async def _is_answered(hot: HotPath, scope: Scope, exchange: Exchange, body: bytes) -> bool:
        """A fault here must not cost the visitor the answer: Django tries, and words what it meets."""
        try:
            return await hot.answer(scope, exchange, body=body)
        except Exception:
            log.exception("hot_path_failed")
            return False


application: Any = Application()
