"""A real PostgreSQL server for a test run: made in a temporary folder, gone when the run ends.

`BALM_TEST_DATABASE=postgresql python -m pytest tests/web`; Debian's package `postgresql` brings the programs.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

ASKED = os.environ.get("BALM_TEST_DATABASE", "") == "postgresql"
"""Whether this test run is to use PostgreSQL."""

MISSING = "BALM_TEST_DATABASE=postgresql, but no server programs (initdb, pg_ctl, postgres) were found"

_FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200"]
_STARTED = "BALM_TEST_POSTGRESQL_STARTED"


def programs() -> Path | None:
    """The folder with initdb, pg_ctl and postgres; the newest version of Debian's packages, else the PATH's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3].split(".")[0]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path and shutil.which("pg_ctl") else None


def use() -> bool:
    """Start a server and name it in DATABASE_URL, before Django's settings are read. False where there is none.

    Processes of pytest-xdist inherit the address of the one server; pytest-django gives each a database of its own.
    """
    if os.environ.get(_STARTED):
        return True
    bin_dir = programs()
    if bin_dir is None:
        return False
    folder = Path(tempfile.mkdtemp(prefix="balm-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:  # the server refuses to run as root
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    _run(user, bin_dir / "initdb", "-D", data, "-U", "balm", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
    options = " ".join(["-c listen_addresses=", f"-k {folder}", *(f"-c {option}" for option in _FAST)])
    _run(user, bin_dir / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", options, "start")
    atexit.register(_stop, os.getpid(), user, bin_dir, folder)
    os.environ["DATABASE_URL"] = url("postgres", folder)
    os.environ[_STARTED] = str(folder)
    return True


def running() -> bool:
    """Whether there is a server to be used."""
    return bool(os.environ.get(_STARTED))


def url(database: str, folder: Path | None = None) -> str:
    """DATABASE_URL of a database on the running server."""
    return f"postgresql://balm@{quote(str(folder or os.environ[_STARTED]), safe='')}/{database}"


def new_database(name: str) -> str:
    """Make an empty database for programs that a test starts; its DATABASE_URL."""
    import psycopg

    with psycopg.connect(f"host={os.environ[_STARTED]} user=balm dbname=postgres", autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
    return url(name)


def _run(user: str, *command: object) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *words]
    # the server that pg_ctl leaves running would hold a pipe open: what it says goes to its log
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(words, check=False, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(words)}: {said.read().decode(errors='replace')}")


def _stop(pid: int, user: str, bin_dir: Path, folder: Path) -> None:
    if os.getpid() == pid:
        _run(user, bin_dir / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
