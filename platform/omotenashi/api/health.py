"""Probes: /livez says the process answers; /readyz says what it stands on does too."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse


def livez(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    checks = {name: _state(check) for name, check in CHECKS.items()}
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503
    )


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        if cursor.fetchone() is None:
            raise RuntimeError("The extension `vector` is missing: run `python manage.py migrate`.")


def _queue() -> None:
    cache.get("readyz")


def _state(check: Callable[[], None]) -> str:
    try:
        check()
    except RuntimeError as error:
        return str(error)
    except Exception as error:  # any failure of a dependency is the answer here, not a fault of this view
        return f"unreachable ({type(error).__name__})"
    return "ok"


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "queue": _queue}
