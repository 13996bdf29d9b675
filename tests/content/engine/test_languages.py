"""Which language a sentence is in: the quick judge in every process, lingua where a worker asked for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from content.engine.languages import by_common_words, foreign_script

WEB = "import sys, content.engine.writer, content.engine.checks; assert 'lingua' not in sys.modules"
WORKER = """
from content.engine.languages import judge_for, use_lingua
use_lingua("de")
judge = judge_for("de")
assert judge("Die Kanne ist aus Gusseisen und fasst einen Liter.") is None
assert judge("The teapot is made of cast iron and holds one litre.") == "en"
assert judge("La théière est en fonte et contient un litre d'eau.") == "fr"
assert judge("Teekanne Iwa") is None
"""


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The teapot is made of cast iron."),
        ("de", "Die Kanne ist aus Gusseisen und kommt aus Japan."),
        ("de", "Mattschwarz, innen emailliert."),
    ],
)
def test_it_accepts_the_wanted_language(language: str, sentence: str) -> None:
    assert by_common_words(sentence, language=language) is None


@pytest.mark.parametrize(
    ("language", "sentence", "seen"),
    [
        ("ja", "这款茶壶采用优质铸铁制成耐用", "zh"),
        ("ja", "이 주전자는 무쇠로 만들었습니다", "ko"),
        ("de", "鋳鉄のティーポットです", "ja"),
        ("en", "Чайник сделан из чугуна", "ru"),
        ("ja", "容量は800mlです", None),
    ],
)
def test_it_tells_a_foreign_script(language: str, sentence: str, seen: str | None) -> None:
    assert foreign_script(sentence, language=language) == seen


def run_apart(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_it_never_loads_lingua_by_itself() -> None:
    run_apart("import sys; sys.path[:0] = ['platform', '.']; " + WEB)


@pytest.mark.slow
def test_it_judges_with_lingua_where_a_worker_asked_for_it() -> None:
    run_apart("import sys; sys.path[:0] = ['platform', '.']\n" + WORKER)
