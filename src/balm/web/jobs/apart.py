"""Heavy work in a process of its own: its memory goes back when it ends, and pages stay quick."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from balm.web.jobs import child

Tell = Callable[[str, int, int], None]

LOOK_EVERY = 0.2
"""Seconds between two looks whether the work is still wanted."""


class Run(Protocol):
    """What `run_apart` asks of the job it works for."""

    lock: Path | None

    def check(self) -> None:
        """Raises when the work is not wanted any more."""


CURRENT: ContextVar[Run | None] = ContextVar("current run", default=None)
"""The job that this thread works for."""


class ChildDied(Exception):
    """The process ended before it gave an answer. Its text is fit for a person."""


class ChildBroke(Exception):
    """The process raised what nobody expected; the text is its traceback."""


def run_apart(
    function: Callable[..., Any], *args: Any, tell: Tell | None = None, lock: Path | None = None, **kwargs: Any
) -> Any:
    """What `function(*args, **kwargs)` gives, called in a fresh process that ends when this one does.

    `function` is importable and needs no Django; arguments and result can be pickled. With `tell`, it also gets
    `progress=`, to be called with (stage, done, total). `lock`: a file that is locked meanwhile; inside a job, that of
    its workspace. Raises what `function` raised if that is a BalmError, ChildBroke for anything else, ChildDied when
    the process was ended from outside, for example for want of memory.
    """
    run = CURRENT.get()
    if lock is None and run is not None:
        lock = run.lock
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    about = {"parent": os.getpid(), "lock": lock, "telling": tell is not None}
    process = context.Process(target=child.main, args=(theirs, function, args, kwargs), kwargs=about)
    process.start()
    theirs.close()
    try:
        return _answer(ours, process, tell, run)
    finally:
        _sweep(process)
        ours.close()


def _answer(ours: Connection, process: Any, tell: Tell | None, run: Run | None) -> Any:
    while True:
        multiprocessing.connection.wait([ours, process.sentinel], LOOK_EVERY)
        if run is not None:
            run.check()
        while ours.poll():
            try:
                kind, value = pickle.loads(ours.recv_bytes())
            except EOFError:
                process.join()
                raise _death(process.exitcode) from None
            if kind != child.TOLD:
                return _opened(kind, value)
            if tell is not None:
                tell(*value)
        if process.exitcode is not None and not ours.poll():
            raise _death(process.exitcode)


def _opened(kind: str, value: Any) -> Any:
    if kind == child.DONE:
        return value
    if kind == child.REFUSED:
        raise value
    if kind == child.NO_MEMORY:
        raise ChildDied("the memory of this machine is not enough for this work")
    raise ChildBroke(value)


def _death(code: int) -> ChildDied:
    if code == -signal.SIGKILL:
        return ChildDied("the system ended the process, most often because memory ran out")
    return ChildDied(f"the process ended by itself with code {code}")


def _sweep(process: Any) -> None:
    """End the process and what it started; it has given its answer or is not wanted any more."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # its group lives on while any of its children does
    with suppress(ProcessLookupError):
        process.kill()
    process.join()
    process.close()
