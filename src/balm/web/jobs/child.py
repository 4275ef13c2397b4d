"""The other side of `apart`: what runs in the child process. Nothing here may import Django."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from balm.core.errors import BalmError
from balm.core.processes import die_with_parent

TELL_EVERY = 0.2
"""Seconds between two reports of one stage."""

DONE, TOLD, REFUSED, NO_MEMORY, BROKE = "done", "told", "refused", "no memory", "broke"


def main(
    pipe: Connection,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    parent: int,
    lock: Path | None,
    telling: bool,
) -> None:
    """Call `function` and send what it gives, or what it raises, up the pipe."""
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()  # a group of its own: it can be ended with all it started, and Ctrl-C is the parent's to hear
    die_with_parent(parent)
    threading.Thread(target=_watch, args=(pipe,), daemon=True).start()
    _step_back()
    send = _sender(pipe)
    if telling:
        kwargs = {**kwargs, "progress": _teller(send)}
    try:
        with _holding(lock):
            answer = (DONE, function(*args, **kwargs))
    except BalmError as error:
        answer = (REFUSED, error)
    except MemoryError:
        answer = (NO_MEMORY, None)
    except BaseException:
        answer = (BROKE, traceback.format_exc())
    try:
        send(answer)
    except (pickle.PicklingError, AttributeError, TypeError):
        send((BROKE, f"its result cannot be handed over:\n{traceback.format_exc()}"))


def _watch(pipe: Connection) -> None:
    """The parent never writes; when its end of the pipe closes it is gone, and so are we, with all we started."""
    with contextlib.suppress(EOFError, OSError):
        pipe.recv_bytes()
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _step_back() -> None:
    """Pages go first, and when memory runs out it is this process that the system ends."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(5)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


@contextlib.contextmanager
def _holding(path: Path | None) -> Any:
    """The lock of the folder that is written. Its last holder may be dying this moment, so wait."""
    if path is None:
        yield
        return
    from balm.web.jobs.locks import FileLock

    lock = FileLock(path)
    with contextlib.suppress(OSError):
        if not lock.take(wait=60):
            raise RuntimeError(f"{path} is held by another process")
    try:
        yield
    finally:
        lock.release()


def _sender(pipe: Connection) -> Callable[[Any], None]:
    mutex = threading.Lock()

    def send(message: Any) -> None:
        data = pickle.dumps(message)
        with mutex:
            pipe.send_bytes(data)

    return send


def _teller(send: Callable[[Any], None]) -> Callable[[str, int, int], None]:
    last: dict[str, float] = {}

    def tell(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        if stage not in last or done >= total or now - last[stage] >= TELL_EVERY:
            last[stage] = now
            send((TOLD, (stage, done, total)))

    return tell
