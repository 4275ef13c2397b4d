"""What web tests share: workspaces, members of every role, and a workspace whose comments were analyzed once."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from balm.analysis import Analysis

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session", autouse=True)
def flush_may_empty_the_audit_trail() -> None:
    """Tests with real transactions end with Django's `flush`, which the audit trail's guard would refuse."""
    import runpy

    runpy.run_path(str(Path(__file__).with_name("guard_off.py")))["lift_for_flush"]()


@pytest.fixture(autouse=True)
def passwords_take_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash with less work: a guess may be cheap here."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    for name, value in (("time_cost", 1), ("memory_cost", 8), ("parallelism", 1)):
        monkeypatch.setattr(Argon2PasswordHasher, name, value)


@pytest.fixture(autouse=True)
def in_english() -> None:
    """Whatever language the last request of the test before was answered in."""
    from django.utils.translation import activate

    activate("en")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a folder of its own: numbers of workspaces come again."""
    monkeypatch.setenv("BALM_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def workspace(db: None):
    """An empty workspace."""
    from balm.web.people.models import Workspace

    return Workspace.objects.create(name="Lamps & Scent", slug="lamps")


@pytest.fixture
def other_workspace(db: None):
    """Somebody else's workspace."""
    from balm.web.people.models import Workspace

    return Workspace.objects.create(name="Other Ltd", slug="other")


@pytest.fixture
def member(workspace) -> Callable:
    """`member("analyst")`: a user with that role in `workspace` (or in another one)."""
    from balm.web.people.models import Membership, User

    def make(role: str, where=None, email: str = ""):
        where = where or workspace
        email = email or f"{role}@{where.slug}.example"
        user = User.objects.filter(email=email).first() or User.objects.create_user(email, "correct horse battery")
        Membership.objects.get_or_create(user=user, workspace=where, defaults={"role": role})
        return user

    return make


@pytest.fixture
def client_of(member) -> Callable[..., Client]:
    """`client_of("analyst")`: a signed-in client with that role; `client_of("owner", other_workspace)` a stranger."""

    def make(role: str, where=None) -> Client:
        client = Client()
        client.force_login(member(role, where), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def fill(workspace, analysis: Analysis) -> None:
    """Give `workspace` the lake and the figures of an analysis that was made before."""
    from balm.core.types import to_json
    from balm.web.painpoints.services import keep_figures
    from balm.web.site.paths import workspace_dir

    assert analysis.folder is not None
    folder = workspace_dir(workspace)
    for name in ("lake", "state"):
        if (analysis.folder / name).exists():
            shutil.copytree(analysis.folder / name, folder / name, dirs_exist_ok=True)
    for name in ("rejected.jsonl",):
        if (analysis.folder / name).exists():
            shutil.copy(analysis.folder / name, folder / name)
    keep_figures(
        workspace,
        painpoints=list(analysis.painpoints),
        themes=list(analysis.themes),
        overview=analysis.overview,
        shown={"solvability": analysis.solvability, "topics": to_json(analysis.topics)},
        versions=_versions(folder),
        as_of=NOW,
    )


def _versions(folder: Path) -> dict[str, int]:
    try:
        from balm.lake import tables
    except ImportError:
        return {"feedback": 0, "mentions": 0}
    return {name: tables.version(folder, name) or 0 for name in ("feedback", "mentions")}


@pytest.fixture(name="fill")
def _fill(db) -> Callable[..., None]:
    """`fill(workspace, analysis)`: with an analysis of the test's own."""
    return fill


@pytest.fixture
def filled(workspace, small_analysis: Analysis):
    """A workspace with 1,500 comments of the demo company, analyzed."""
    fill(workspace, small_analysis)
    return workspace
