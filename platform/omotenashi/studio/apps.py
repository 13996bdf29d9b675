"""The studio app: templates and static files of the shell; and Django's admin, loaded where it is served."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class StudioConfig(AppConfig):
    name = "omotenashi.studio"
    label = "studio"
    default = True  # of the two here


class StudioAdminConfig(SimpleAdminConfig):
    """Its pages come with the addresses (`urls.py`): a process without any is smaller by 20 MB, and ready
    sooner by a third."""

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(_check_pages, checks.Tags.admin)


def _check_pages(app_configs: Sequence[AppConfig] | None, **given: Any) -> list[checks.CheckMessage]:
    import_module(settings.ROOT_URLCONF)  # else there would be no page yet to check
    return list(check_admin_app(app_configs, **given))
