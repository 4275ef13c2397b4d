"""What many tests share: the command line in this process, and one small company analyzed once."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# before NumPy is loaded: many small products on many threads are far slower than on one
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# before Django's settings are read: what the web application keeps goes into a folder of this process
os.environ["BALM_DATA"] = tempfile.mkdtemp(prefix="balm-tests-")
atexit.register(shutil.rmtree, os.environ["BALM_DATA"], ignore_errors=True)
os.environ["DJANGO_SETTINGS_MODULE"] = "balm.web.site.settings"
if not os.environ.get("BALM_TEST_POSTGRESQL_STARTED"):
    os.environ.pop("DATABASE_URL", None)  # tests never touch a database that somebody uses
sys.path.append(str(Path(__file__).parent / "web"))
import postgres  # noqa: E402

_without_server = postgres.ASKED and not postgres.use()
from django.conf import settings  # noqa: E402

# reads the settings now: the plug-in for Django starts only with settings that were read
if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
    # a file, as in use: in memory, two threads that write do not wait for each other. No test pulls the plug.
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"{os.environ['BALM_DATA']}/test.sqlite3"
    settings.DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"

from balm.analysis import Analysis  # noqa: E402
from balm.simulate import Simulation, simulate  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no process is left alone with one at the end. Tests of the web application that were
    to run on PostgreSQL do not run on anything else instead."""
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None, "kill" not in item.nodeid))
    for item in items:
        if _without_server and (Path(__file__).parent / "web") in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=postgres.MISSING))


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """The server of a run on PostgreSQL goes with all its databases: none that a thread still holds is dropped."""
    return postgres.ASKED or bool(request.config.getvalue("reuse_db"))


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str


Balm = Callable[..., Done]


@pytest.fixture
def run_balm(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Balm:
    """Run `balm ARGUMENTS` in this process, as the entry point would."""
    from balm.cli import main

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["balm", *map(str, arguments)])
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def small_company() -> Simulation:
    """1,500 comments of the demo company."""
    return simulate(comments=1500, months=4, seed=11)


@pytest.fixture(scope="session")
def small_csv(small_company: Simulation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_company.write(tmp_path_factory.mktemp("company"))[0]


@pytest.fixture(scope="session")
def small_analysis(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Its analysis, with the files in `folder`. Not to be changed."""
    import balm

    return balm.analyze(small_csv, out=tmp_path_factory.mktemp("analysis"))


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real Chromium. One for all: a second beside it, in one process, cannot start."""
    if not CHROMIUM:
        pytest.skip("NO CHROMIUM: tests/setup.sh installs it, or name one in the variable CHROMIUM")
    from playwright.sync_api import sync_playwright

    # it keeps a loop of events in this thread, in which Django would refuse to ask its database
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=[f"--{flag}" for flag in FLAGS])
        yield opened
        opened.close()
