"""When what we stand on is down: an answer that says so and when to try again, never a stack trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "127.0.0.1:1"  # no server can listen there without being root, and none does

ASK = """
import json, logging
import django; django.setup()
logging.disable()
from django.test import Client
client = Client(raise_request_exception=False, SERVER_NAME="localhost")
def ask(path, **headers):
    answer = client.get(path, headers=headers)
    return [answer.status_code, answer["Content-Type"], answer.get("Retry-After"), answer.json()]
print(json.dumps({
    "live": ask("/livez"),
    "ready": ask("/readyz"),
    "api": ask("/v1/jobs", Authorization="Bearer sk_live_any"),
}))
"""


def without(variable: str, scheme: str) -> dict[str, str]:
    places = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    settings = {"DJANGO_SETTINGS_MODULE": "omotenashi.settings", "PYTHONPATH": places}
    return os.environ | settings | {variable: f"{scheme}://{NOWHERE}/omotenashi"}


def test_it_answers_503_with_the_time_to_wait_when_the_database_is_down() -> None:
    environment = without("DATABASE_URL", "postgresql")
    result = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stderr
    answers = json.loads(result.stdout.splitlines()[-1])
    assert answers["live"][0] == 200
    assert answers["ready"][0] == 503
    assert answers["ready"][3]["checks"]["database"].startswith("unreachable")
    status, content_type, retry_after, problem = answers["api"]
    assert (status, content_type, retry_after) == (503, "application/problem+json", "5")
    assert "database cannot be reached" in problem["detail"]


def test_it_names_the_remedy_when_a_command_finds_no_database() -> None:
    environment = without("DATABASE_URL", "postgresql")
    command = [sys.executable, "manage.py", "import_orders", "README.md", "--mapping", "online-retail"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert "make run" in result.stderr
    assert "Traceback" not in result.stderr
