"""Locks that end with their holder: the system lets go of them when a process dies, however it died."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from balm.web.site.paths import data_dir

try:
    import fcntl
except ImportError:  # Windows: workers are then known by their beat alone
    fcntl = None  # type: ignore[assignment]


class FileLock:
    """A lock on a file, held until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def take(self, wait: float = 0.0) -> bool:
        """Hold it; False when somebody else does for longer than `wait` seconds. True where the system has no locks.

        Raises OSError where the file system has none.
        """
        if fcntl is None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        until = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    os.close(handle)
                    return False
                time.sleep(0.05)
            except OSError:  # a file system without locks
                os.close(handle)
                raise
            else:
                self._handle = handle
                return True

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> FileLock:
        with suppress(OSError):  # without locks, as well as it goes
            if not self.take(wait=600):
                raise RuntimeError(f"{self.path} is held by another process")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def of_worker(name: str) -> FileLock:
    """The lock that a worker holds while it lives."""
    return FileLock(data_dir() / "workers" / f"{name}.lock")


def left(name: str) -> bool:
    """Whether a worker's lock is there and nobody holds it: the worker is dead. False where that cannot be known."""
    lock = of_worker(name)
    if fcntl is None or not name or not lock.path.exists():
        return False
    try:
        taken = lock.take()
    except OSError:
        return False
    lock.release()
    return taken


def forget(name: str) -> None:
    """Remove the file of a dead worker's lock."""
    of_worker(name).path.unlink(missing_ok=True)


def of_workspace(pk: object) -> Path:
    """File of the lock that a process holds while it writes the folder of a workspace."""
    return data_dir() / "locks" / f"workspace-{pk}.lock"
