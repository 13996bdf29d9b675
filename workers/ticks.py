"""What the scheduler calls again and again. Each may be called twice or late without harm."""

from collections.abc import Callable

from omotenashi.accounts.models import Workspace
from omotenashi.api.idempotency import forget_old_answers
from omotenashi.jobs import enqueue, services
from omotenashi.tokens.services import release_dead
from personalization.answers.exposures import store_exposures as move_exposures
from personalization.mailings.services import tick as mailings_tick


def sweep_jobs() -> None:
    services.sweep()


def release_tokens() -> None:
    release_dead()


def tick_mailings() -> None:
    mailings_tick()


def learn_all() -> None:
    for workspace in Workspace.objects.all():
        enqueue("personalization.learn", workspace=workspace, unique_key="learn")


def learn_changes_all() -> None:
    for workspace in Workspace.objects.all():
        enqueue("personalization.learn_changes", workspace=workspace, unique_key="learn_changes")


def forget_answers() -> None:
    forget_old_answers()


def store_exposures() -> None:
    move_exposures()


TICKS: dict[str, Callable[[], None]] = {
    "jobs.sweep": sweep_jobs,
    "tokens.release": release_tokens,
    "mailings.tick": tick_mailings,
    "personalization.learn_all": learn_all,
    "personalization.learn_changes_all": learn_changes_all,
    "api.forget_answers": forget_answers,
    "personalization.store_exposures": store_exposures,
}
