"""Where the application keeps what: one folder holds everything but a PostgreSQL database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from balm.core.errors import WrongUse

if TYPE_CHECKING:
    from balm.web.people.models import Workspace

DATA = "BALM_DATA"
"""Environment variable that names the folder; `balm serve --data` sets it."""


def data_dir() -> Path:
    """The folder that holds everything, made where it is missing and readable by its owner only."""
    folder = Path(os.environ.get(DATA) or "balm-data").absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def uploads_dir() -> Path:
    folder = data_dir() / "uploads"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder


def workspace_dir(workspace: Workspace) -> Path:
    """The analysis folder of a workspace: its lake and what was learnt. By number, so a renamed workspace keeps it."""
    folder = data_dir() / "workspaces" / str(workspace.pk)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def keep_address(address: str) -> None:
    """Write down where this folder is served, for commands that print links."""
    (data_dir() / "address").write_text(address + "\n", "utf-8")


def last_address() -> str:
    """Where this folder is, or was last, served; "" where nobody has said."""
    try:
        return (data_dir() / "address").read_text("utf-8").strip()
    except OSError:
        return ""


def secret(name: str, size: int = 50) -> bytes:
    """A secret of this installation, made once; only its owner may read the file."""
    path = data_dir() / f"{name}.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _whole(path)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(size).hex().encode())
        file.flush()
        os.fsync(file.fileno())
    return _whole(path)


def _whole(path: Path) -> bytes:
    """Another process may be writing it this moment."""
    import time

    for _ in range(100):
        if found := path.read_bytes():
            return found
        time.sleep(0.02)
    raise WrongUse(f"{path} is empty: put the file back from a copy; removed, all that it signed or sealed is lost")
