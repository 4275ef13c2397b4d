"""What lies in the folder already, a pipe, and a column name that would drive the terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import balm
from balm.cli.show import show_analysis
from balm.communicate.table import render_table
from balm.core.errors import InputRefused

ROWS = [{"comment": f"The delivery was late again, {i} days", "reg\x1b[31mion": "NS"[i % 2]} for i in range(40)]


def test_folders_of_the_user_stay_and_column_names_are_inert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = [tmp_path / "lake" / "feedback" / "engine.txt", tmp_path / "scratch" / "notes.txt"]
    for path in mine:
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    (tmp_path / "lake" / "feedback" / "part-00000009.parquet").write_text("half a part of a run that died")
    result = balm.analyze(ROWS, by=["reg\x1b[31mion"], out=tmp_path)
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    balm.analyze(ROWS, by=["reg\x1b[31mion"], out=tmp_path)
    assert not (tmp_path / "lake" / "feedback" / "part-00000009.parquet").exists()
    assert [path.read_text() for path in mine] == ["mine", "mine"]
    show_analysis(result, "en")
    printed = capsys.readouterr()
    assert "[31mion" in printed.err and "\x1b" not in printed.err + printed.out


@pytest.mark.parametrize("terminal", [False, True])
def test_heads_of_tables_are_inert(terminal: bool) -> None:
    assert "\x1b]0;" not in render_table(["a\x1b]0;b"], [["x"]], terminal=terminal)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputRefused, match="pipe is a pipe"):
        balm.analyze(tmp_path / "pipe", out=tmp_path / "out")
