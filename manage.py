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
    from django.core.management import execute_from_command_line  # after sys.path is set

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
