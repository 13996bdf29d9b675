"""The operating-system user that PostgreSQL runs as, and folders which that user can reach.

PostgreSQL refuses to run as root. Nothing here creates users or changes other people's folders.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from omotenashi.local.errors import LocalError

CANDIDATES = ("postgres", "nobody")
SYSTEM_FOLDER = Path("/var/lib/omotenashi")
"""Where data go when root's var folder lies where no other user may look."""


@dataclass(frozen=True, kw_only=True)
class Account:
    name: str
    uid: int
    gid: int


def account_for(data_dir: Path) -> Account | None:
    """The user to drop to, or None when this process can run the server as it is.

    Data that an ordinary user made earlier keep their owner when root starts the server.
    """
    if os.geteuid() != 0:
        return None
    if data_dir.exists() and data_dir.stat().st_uid != 0:
        return _owner(data_dir)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise LocalError(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor "
        "`nobody`. Start Omotenashi as an ordinary user, or set DATABASE_URL to a real server."
    )


def can_reach(path: Path, *, account: Account | None) -> bool:
    """Whether the account can enter (or execute) the path, asked of the system itself."""
    if account is None:
        return os.access(path, os.X_OK)
    probe = subprocess.run(
        ["test", "-x", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return probe.returncode == 0


def system_folder_for(var_dir: Path, *, instance: str) -> Path:
    """A folder outside `var_dir` for its data, different for each var folder and each new start."""
    return SYSTEM_FOLDER / sha256(bytes(var_dir)).hexdigest()[:12] / instance


def make_private_folder(path: Path, *, account: Account | None) -> None:
    """Create a 0700 folder owned by the account; one that exists is left as it is."""
    if path.exists():
        return
    path.mkdir(mode=0o700)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def make_open_folder(path: Path) -> None:
    """Create missing folders that others may pass through, whatever the umask."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)


def remove_system_folder(var_dir: Path, *, instance: str) -> None:
    """Delete what `system_folder_for` named, and its parent when nothing else is left there."""
    folder = system_folder_for(var_dir, instance=instance)
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent.is_dir() and not any(folder.parent.iterdir()):
        folder.parent.rmdir()


def _owner(path: Path) -> Account:
    status = path.stat()
    try:
        name = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        name = str(status.st_uid)
    return Account(name=name, uid=status.st_uid, gid=status.st_gid)
