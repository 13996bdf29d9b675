"""What can be wrong with a mail template, said to its author."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TemplateProblem:
    """One thing to mend, with the line it stands in when that is known."""

    code: str
    detail: str
    line: int | None = None

    def __str__(self) -> str:
        return f"Line {self.line}: {self.detail}" if self.line else self.detail


class TemplateRefused(Exception):
    """The template cannot be used; `problems` say why."""

    def __init__(self, problems: Sequence[TemplateProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))
