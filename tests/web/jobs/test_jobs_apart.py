"""Work in a process of its own: what comes back, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import ModuleType

import pytest

from balm.core.errors import InputRefused, WrongUse
from balm.web.jobs.apart import CURRENT, ChildBroke, ChildDied, run_apart

WORK = """
import os, sys, time
from balm.core.errors import InputRefused, WrongUse
from balm.lake.parallel import ordered

def add(a, b=1):
    return a + b

def django_there():
    return "django" in sys.modules

def big(n):
    return b"x" * n

def counts(n, progress):
    for i in range(n):
        progress("count", i, n)
        progress("other", 0, 1)
    progress("count", n, n)

def refuse(text):
    raise InputRefused(text)

def misuse(text):
    raise WrongUse(text)

def breaks():
    raise ValueError("inside")

def no_memory():
    raise MemoryError

def gives_a_lambda():
    return lambda: 1

def dies(how):
    os.kill(os.getpid(), how)
    time.sleep(60)

def leaves(code):
    os._exit(code)

def sleeps(path, seconds=60, progress=None):
    open(path, "a").write(f"{os.getpid()}\\n")
    if progress:
        progress("sleep", 0, 1)
    time.sleep(seconds)

def family(path):
    # a pool as the analysis uses it, whose processes are at work
    open(path, "a").write(f"{os.getpid()}\\n")
    list(ordered(_slow, [(path, i) for i in range(2)], jobs=2))

def _slow(part):
    open(part[0], "a").write(f"{os.getpid()}\\n")
    time.sleep(60)

def held(path, seconds):
    start = time.time()
    time.sleep(seconds)
    return start, time.time()
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Functions in a module that a fresh process can import."""
    import importlib

    (tmp_path / "apart_work.py").write_text(WORK, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "apart_work", raising=False)
    return importlib.import_module("apart_work")


def alive(pid: int) -> bool:
    """Whether a process does anything; one that is dead and not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def gone_within(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not any(map(alive, pids)):
            return True
        time.sleep(0.05)
    return False


def pids_in(path: Path, count: int, seconds: float = 20) -> list[int]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = [int(line) for line in path.read_text().split()] if path.exists() else []
        if len(found) == count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{count} processes did not start")


def test_gives_what_the_function_gives(work: ModuleType) -> None:
    assert run_apart(work.add, 2, b=5) == 7
    assert len(run_apart(work.big, 3_000_000)) == 3_000_000
    assert run_apart(work.django_there) is False


def test_tells_how_far_it_is_and_leaves_out_what_comes_too_fast(work: ModuleType) -> None:
    told: list[tuple[str, int, int]] = []
    run_apart(work.counts, 5000, tell=lambda *at: told.append(at))
    assert told[0] == ("count", 0, 5000)
    assert told[-1] == ("count", 5000, 5000)
    assert ("other", 0, 1) in told
    assert len(told) < 1000


def test_what_the_function_raises_on_purpose_is_raised(work: ModuleType) -> None:
    with pytest.raises(InputRefused, match="line 3: no"):
        run_apart(work.refuse, "a.csv, line 3: no")
    with pytest.raises(WrongUse, match="use another"):
        run_apart(work.misuse, "use another")


def test_what_nobody_expected_comes_with_its_traceback(work: ModuleType) -> None:
    with pytest.raises(ChildBroke, match=r"(?s)apart_work.py.*ValueError: inside"):
        run_apart(work.breaks)
    with pytest.raises(ChildBroke, match="cannot be handed over"):
        run_apart(work.gives_a_lambda)


def test_a_process_that_the_system_ends_is_a_clear_error(work: ModuleType) -> None:
    with pytest.raises(ChildDied, match="memory ran out"):
        run_apart(work.dies, signal.SIGKILL)
    with pytest.raises(ChildDied, match="memory of this machine is not enough"):
        run_apart(work.no_memory)
    with pytest.raises(ChildDied, match="by itself with code 7"):
        run_apart(work.leaves, 7)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_processes_that_the_child_started_end_with_it(work: ModuleType, tmp_path: Path) -> None:
    import threading

    said: list[type] = []

    def go() -> None:
        with pytest.raises(ChildDied) as error:
            run_apart(work.family, tmp_path / "pids")
        said.append(error.type)

    thread = threading.Thread(target=go)
    thread.start()
    child, *pool = pids_in(tmp_path / "pids", 3)
    os.kill(child, signal.SIGKILL)
    thread.join(10)
    assert said == [ChildDied]
    assert gone_within([child, *pool], 5)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_child_and_its_children_die_with_the_parent(work: ModuleType, tmp_path: Path) -> None:
    script = textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        if __name__ == "__main__":
            import apart_work
            from balm.web.jobs.apart import run_apart
            run_apart(apart_work.family, {str(tmp_path / "pids")!r})
    """)
    (tmp_path / "parent.py").write_text(script)
    parent = subprocess.Popen([sys.executable, str(tmp_path / "parent.py")])
    family = pids_in(tmp_path / "pids", 3)
    parent.kill()
    parent.wait()
    assert gone_within(family, 5)


class Unwanted(Exception):
    pass


class FakeRun:
    """A job that is not wanted any more after its first report."""

    def __init__(self, lock: Path | None = None) -> None:
        self.lock = lock
        self.over = False

    def check(self) -> None:
        if self.over:
            raise Unwanted


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_work_that_is_not_wanted_any_more_is_ended(work: ModuleType, tmp_path: Path) -> None:
    run = FakeRun()
    token = CURRENT.set(run)
    try:
        with pytest.raises(Unwanted):
            run_apart(work.sleeps, tmp_path / "pid", tell=lambda *at: setattr(run, "over", True))
    finally:
        CURRENT.reset(token)
    assert gone_within(pids_in(tmp_path / "pid", 1), 2)


def test_two_that_write_one_folder_wait_for_each_other(work: ModuleType, tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    lock = tmp_path / "locks" / "one.lock"
    with ThreadPoolExecutor(2) as pool:
        spans = sorted(f.result() for f in [pool.submit(run_apart, work.held, "", 0.4, lock=lock) for _ in range(2)])
    assert spans[0][1] <= spans[1][0]
