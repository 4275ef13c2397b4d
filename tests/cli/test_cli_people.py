"""`balm user add` and `balm key add`, as processes of their own, beside each other."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

BALM = str(Path(sys.executable).with_name("balm"))


def balm(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("BALM_DATA", "BALM_URL", "DATABASE_URL")}
    command = [BALM, *arguments, "--data", str(folder)]
    return subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with its first owner."""
    made = tmp_path_factory.mktemp("people") / "data"
    first = balm(made, "user", "add", "Ann@Example.com", "--role", "owner", "--workspace", "灯具", "--name", "Ann")
    assert first.returncode == 0, first.stderr
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/sign-in/[\w-]{43}\n", first.stdout)
    assert "made the workspace w-" in first.stderr
    return made


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "balm.sqlite3") as connection:
        return connection.execute(sql).fetchall()


def test_one_more_person_and_another_role(folder: Path) -> None:
    for role in ("viewer", "analyst"):
        done = balm(folder, "user", "add", "bob@example.com", "--role", role, BALM_URL="https://balm.example.com/")
        assert done.returncode == 0 and done.stdout.startswith("https://balm.example.com/sign-in/"), done.stderr
    found = rows(
        folder, "SELECT role FROM people_membership m JOIN people_user u ON u.id = m.user_id WHERE email LIKE 'bob%'"
    )
    assert found == [("analyst",)]
    audited = rows(
        folder,
        "SELECT action FROM people_auditentry WHERE actor_name = 'balm user add' AND target LIKE 'bob%' ORDER BY id",
    )
    assert [action for (action,) in audited] == ["user.add", "member.add", "user.link", "member.role", "user.link"]
    token = done.stdout.strip().rsplit("/", 1)[1]
    assert not [row for row in rows(folder, "SELECT * FROM people_signinlink") if token in str(row)]


def test_a_key_is_printed_once_and_kept_as_a_hash(folder: Path) -> None:
    done = balm(folder, "key", "add", "--workspace", "灯具", "--scope", "ingest", "--name", "Shop")
    assert done.returncode == 0 and re.fullmatch(r"balm_[0-9a-f]{8}_[\w-]{43}\n", done.stdout), done.stderr
    [(prefix, digest, scope)] = rows(folder, "SELECT prefix, digest, scope FROM people_apikey WHERE name = 'Shop'")
    assert prefix in done.stdout and scope == "ingest" and str(digest) not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["user", "add", "no-address", "--role", "viewer"], "is not an e-mail address"),
        (["user", "add", "a@example.com", "--role", "boss"], "boss"),
        (["user", "add", "a@example.com"], "--role"),
        (["user", "add", "a@example.com", "--role", "viewer", "--workspace", "none"], "no workspace is called “none”"),
        (["user", "add", "ann@example.com", "--role", "viewer"], "needs an owner"),
        (["key", "add", "--workspace", "none", "--scope", "read"], "no workspace is called “none”"),
        (["key", "add", "--workspace", "灯具", "--scope", "write"], "write"),
        (["key", "add", "--workspace", "灯具", "--scope", "read", "--name", "x" * 121], "1 to 120"),
    ],
)
def test_wrong_use_is_one_line_and_2(folder: Path, arguments: list[str], says: str) -> None:
    done = balm(folder, *arguments)
    assert done.returncode == 2 and says in done.stderr and not done.stdout
    assert "Traceback" not in done.stderr


def test_before_the_first_owner_nobody_else_is_added(tmp_path: Path) -> None:
    done = balm(tmp_path / "new", "user", "add", "a@example.com", "--role", "viewer")
    assert done.returncode == 2 and "add an owner first" in done.stderr


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    url = "postgres://nobody@127.0.0.1:9/none"
    done = balm(tmp_path / "new", "user", "add", "a@example.com", "--role", "owner", DATABASE_URL=url)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "database" in done.stderr
