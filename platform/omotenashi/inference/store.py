"""Where pulled models lie on disk, and whether what lies there is what the preset asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from omotenashi.inference import convert
from omotenashi.inference.errors import ChecksumMismatch, InvalidPreset, ModelNotPulled
from omotenashi.inference.presets import Preset

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """Written last, so a folder with a manifest is a whole one."""

    preset: str
    source: str
    """What the files were made from: the GGUF file's checksum, or repo@revision."""
    conversion: int
    files: Mapping[str, str]
    """SHA-256 by file name."""

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """None where the folder is missing, or not one of ours."""
        try:
            return cls(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Store:
    """One folder per preset under `root`."""

    root: Path

    def folder(self, preset: Preset) -> Path:
        return Path(preset.path).expanduser() if preset.kind == "path" else self.root / preset.name

    def has(self, preset: Preset) -> bool:
        """True where the preset can be loaded (or asked, for an endpoint) without pulling."""
        if preset.kind == "endpoint":
            return True
        if preset.kind == "path":
            return (self.folder(preset) / "config.json").is_file()
        manifest = Manifest.read(self.folder(preset))
        return manifest is not None and (manifest.source, manifest.conversion) == (
            source_of(preset),
            convert.VERSION,
        )

    def require(self, preset: Preset) -> Path:
        """The folder to load from, or an error that names the remedy."""
        folder = self.folder(preset)
        if preset.kind == "path" and not self.has(preset):
            raise InvalidPreset(f"Preset {preset.name!r}: path {folder} holds no config.json of a model.")
        if not self.has(preset):
            raise ModelNotPulled(preset.name)
        return folder

    def verify(self, preset: Preset) -> int:
        """Compare every file with its checksum; the number compared (0 where nothing was recorded)."""
        folder = self.require(preset)
        manifest = Manifest.read(folder)
        if preset.kind in ("path", "endpoint") or manifest is None:
            return 0
        for name, expected in manifest.files.items():
            if not (folder / name).is_file() or sha256_of(folder / name) != expected:
                raise ChecksumMismatch(
                    f"{folder / name} has changed: run `python manage.py models pull --again {preset.name}`."
                )
        return len(manifest.files)


def source_of(preset: Preset) -> str:
    return preset.sha256 or f"{preset.repo}@{preset.revision or 'main'}"


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.is_file()}


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
