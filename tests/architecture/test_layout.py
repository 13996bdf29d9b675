"""The layout's promises: no package called platform, imports one way, a light web process."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_it_keeps_platform_a_bare_source_root() -> None:
    entries = {path.name for path in (ROOT / "platform").iterdir()} - {"__pycache__"}
    assert {name for name in entries if not name.endswith(".egg-info")} == {"omotenashi"}


def test_it_leaves_the_standard_library_its_platform_module() -> None:
    result = run_python("import platform; print(platform.system())")
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip()


def test_it_has_the_top_level_that_was_agreed() -> None:
    wanted = {
        "manage.py",
        "platform",
        "content",
        "personalization",
        "workers",
        "docker",
        "tests",
        "README.md",
    }
    assert wanted <= {path.name for path in ROOT.iterdir()}


def test_it_starts_the_web_process_without_the_model_libraries() -> None:
    heavy = "{'torch', 'transformers', 'sentence_transformers', 'lingua'}"
    code = (
        "import sys; sys.path[:0] = ['platform', '.']\n"
        "import omotenashi.asgi\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    result = run_python(code)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip().splitlines()[-1] == "[]"


def test_it_imports_one_way_only() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout
