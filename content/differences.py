"""What changed between two texts, in pieces a reader can follow; works for scripts without spaces too."""

from dataclasses import dataclass
from typing import Literal

from diff_match_patch import diff_match_patch

_KINDS: dict[int, Literal["same", "added", "removed"]] = {0: "same", 1: "added", -1: "removed"}


@dataclass(frozen=True)
class Part:
    kind: Literal["same", "added", "removed"]
    text: str


def differences(old: str, new: str) -> list[Part]:
    engine = diff_match_patch()
    engine.Diff_Timeout = 0  # the result depends on the texts alone, never on how busy the machine is
    found = engine.diff_main(old, new)
    engine.diff_cleanupSemantic(found)
    return [Part(_KINDS[kind], text) for kind, text in found]
