#!/usr/bin/env python
"""Django's command line for Omotenashi; works from any folder of a checkout."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# `platform/` is a bare source root: a package of that name would shadow the standard library's.
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omotenashi.settings")
    # Imported here: sys.path has just been set.
    from django.core.management import execute_from_command_line
    from django.db.utils import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        sys.exit(
            f"The database cannot be reached: {reason}\n"
            "Start the local servers (`python manage.py local start`, or `make run`), or set DATABASE_URL."
        )


if __name__ == "__main__":
    main()
