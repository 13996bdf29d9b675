"""Make the passwords of a Docker installation, once: `make_secrets.py FOLDER`.

Later runs leave what is there. Each file is meant for one `<NAME>_FILE` variable.
"""

import os
import secrets
import sys
from pathlib import Path


def make_secrets(folder: Path) -> None:
    """Passwords first, then the addresses that contain them; the marker last."""
    if (folder / "complete").exists():
        return
    postgres, valkey = secrets.token_hex(24), secrets.token_hex(24)
    files = {
        "postgres_password": postgres,
        "valkey_password": valkey,
        "secret_key": secrets.token_urlsafe(48),
        "database_url": f"postgres://omotenashi:{postgres}@postgres:5432/omotenashi",
        "redis_url": f"redis://:{valkey}@valkey:6379/0",
        "complete": "",
    }
    for name, text in files.items():
        _write_private(folder / name, text=text)


def _write_private(path: Path, *, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)


if __name__ == "__main__":
    make_secrets(Path(sys.argv[1]))
