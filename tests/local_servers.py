"""pytest plugin: a throwaway PostgreSQL and Valkey, unless DATABASE_URL and REDIS_URL name real ones.

Loaded before Django's settings are read (see `addopts`): those take the addresses from the var folder.
"""

import atexit
import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VAR = ROOT / "var" / f"test-{os.getpid()}"
NEEDS_SERVERS = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))

os.environ["OMOTENASHI_VAR"] = str(VAR)
# Pulled models are large and shared with the rest of the checkout.
os.environ.setdefault("OMOTENASHI_MODELS_DIR", str(ROOT / "var" / "models"))
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def pytest_sessionstart(session: pytest.Session) -> None:
    if not NEEDS_SERVERS or session.config.option.collectonly:
        return
    from omotenashi.local.servers import LocalServers  # needs the source roots that pytest has added by now

    servers = LocalServers(VAR, durable=False)
    servers.start()
    # atexit also runs after Ctrl-C and after an error within pytest itself.
    atexit.register(shutil.rmtree, VAR, ignore_errors=True)
    atexit.register(servers.remove_data)
    atexit.register(servers.stop)
