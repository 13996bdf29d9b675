"""Presets of the operator's own, read from a TOML file with a table for each."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from omotenashi.inference.errors import InvalidPreset
from omotenashi.inference.presets import Kind, Preset

_KNOWN = tuple(each.name for each in fields(Preset) if each.name != "name")


@dataclass(frozen=True)
class PresetFile:
    """The operator's presets: a TOML file with one table per preset under [presets]."""

    path: Path

    def read(self) -> list[Preset]:
        tables = self._document().get("presets", {})
        if not isinstance(tables, dict):
            raise InvalidPreset(f"{self.path}: [presets] must hold a table each, such as [presets.mine].")
        return [self._preset(name, table) for name, table in tables.items()]

    def _document(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_text(encoding="utf-8"))
        except OSError as error:
            raise InvalidPreset(f"OMOTENASHI_PRESETS: cannot read {self.path}: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidPreset(f"{self.path} is not valid TOML: {error}.") from error

    def _preset(self, name: str, table: object) -> Preset:
        if not isinstance(table, dict):
            raise InvalidPreset(f"{self.path}: presets.{name} must be a table.")
        unknown = sorted(set(table) - set(_KNOWN))
        if unknown:
            names, known = ", ".join(unknown), ", ".join(_KNOWN)
            raise InvalidPreset(f"{self.path}: preset {name!r} has unknown fields {names}; known: {known}.")
        if "kind" not in table:
            raise InvalidPreset(
                f"{self.path}: preset {name!r} lacks kind: one of {', '.join(get_args(Kind))}."
            )
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        return Preset(name=name, **values)
