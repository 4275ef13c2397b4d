"""Wrong settings end with one sentence that names them, and the status of a wrong use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from balm.collect.heading import find_heading
from balm.web.feedback.imports_look import COLUMNS, look

BALM = str(Path(sys.executable).with_name("balm"))

WRONG = {
    "DATABASE_URL": ("postgres://me:hidden@host:port/x", "must look like postgres://"),
    "BALM_UPLOAD_BYTES": ("2GB", "whole number"),
    "BALM_TIME_ZONE": ("Mars/Base", "Asia/Shanghai"),
    "BALM_URL": ("balm.example.com", "https://"),
    "BALM_LOG": ("loud", "WARNING"),
    "BALM_QUERY_THREADS": ("many", "whole number"),
}


def said(data: Path, **settings: str) -> str:
    """What `balm worker` says before it gives up."""
    environment = {**os.environ, "BALM_DATA": str(data), **settings}
    done = subprocess.run([BALM, "worker"], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named(name: str, tmp_path: Path) -> None:
    value, told = WRONG[name]
    message = said(tmp_path / "data", **{name: value})
    assert name in message and told in message and "hidden" not in message


def test_a_damaged_data_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "balm.sqlite3").write_text("this is no database, whatever its name says\n" * 100)
    assert "the database cannot be used" in said(tmp_path, DATABASE_URL="")
    (tmp_path / "secret.key").write_text("")
    assert "secret.key is empty" in said(tmp_path, DATABASE_URL="")


def test_a_long_cell_takes_no_longer_than_a_short_one() -> None:
    began = time.perf_counter()
    for cell in ("[" * 200_000, "1" + " " * 200_000 + "x", "a" * 200_000):
        find_heading([[cell]])
        find_heading([[cell, "b"], ["1", "2"], ["3", "4"]])
    assert time.perf_counter() - began < 1


def test_columns_that_nobody_sees_are_not_guessed(tmp_path: Path) -> None:
    from balm.collect.files import File

    wide = tmp_path / "wide.csv"
    row = ",".join(["it came late"] * 9_000)
    wide.write_text(",".join(f"c{n}" for n in range(9_000)) + "\n" + f"{row}\n" * 3)
    began = time.perf_counter()
    seen = look(File(wide, "wide.csv"), bounds=False)
    assert len(seen["names"]) == COLUMNS and seen["more_columns"] == 9_000 - COLUMNS
    assert time.perf_counter() - began < 8
