"""Builds small wheels on disk, so that the real pip can fetch them without a network."""

import hashlib
from pathlib import Path
from zipfile import ZipFile


def build(
    folder: Path, *, name: str, files: dict[str, bytes], tag: str = "py3-none-any", python: str = ">=3.8"
) -> Path:
    """A wheel with the given files; `python` is its Requires-Python."""
    module = name.replace("-", "_")
    info = f"{module}-1.0.0.dist-info"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{module}-1.0.0-{tag}.whl"
    with ZipFile(path, "w") as wheel:
        for member, content in files.items():
            wheel.writestr(f"{module}/{member}", content)
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\nRequires-Python: {python}\n"
        wheel.writestr(f"{info}/METADATA", metadata)
        wheel.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
