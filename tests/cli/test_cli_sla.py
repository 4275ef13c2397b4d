"""`balm sla`: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from balm.cli.sla import duration

Balm = Callable[..., Any]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Forty cases of two shops, a quarter of them late, three open, one backward."""
    rows = ["opened,ended,due,shop"]
    for i in range(40):
        ended = "2026-03-02 12:00" if i % 4 else "2026-03-02 18:30"
        rows.append(f"2026-03-02 09:00,{ended},2026-03-02 17:00,{'north' if i % 2 else 'south'}")
    rows += ["2026-03-02 09:00,,2026-03-02 17:00,north", "2026-03-02 11:00,,2026-03-02 19:00,north"]
    rows += ["2026-03-02 18:00,,2026-03-05 17:00,south", "2026-03-02 09:00,2026-03-01 09:00,2026-03-02 17:00,south"]
    file = tmp_path / "cases.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def test_it_prints_a_table_and_writes_json(run_balm: Balm, cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "sla.json"
    done = run_balm("sla", cases, "--start", "opened", "--end", "ended", "--due", "due", "--by", "shop", "--out", out)
    assert done.code == 0
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines] == ["shop", "all", "north", "south"]
    assert "26.8% (15.7–41.9)  n = 41" in lines[1] and "3 h 00 min (3 h 00 min – 3 h 00 min)" in lines[1]
    assert "left out: 1, ends before it starts" in done.err
    assert "seen from 2026-03-02T18:30:00+00:00; 2 open and not yet due" in done.err
    written = json.loads(out.read_text("utf-8"))
    assert set(written["breached"]) == {"value", "low", "high", "n", "method"}
    assert (written["in_time"], written["late"], written["open"]) == (
        30,
        10,
        {"past_due": 1, "at_risk": 1, "running": 1},
    )
    assert [group["by"] for group in written["groups"]] == [{"shop": "north"}, {"shop": "south"}]
    assert written["groups"][0]["late"] == 0 and written["groups"][1]["late"] == 10
    assert written["rejected"] == {"ends before it starts": 1} and written["now"] == "2026-03-02T18:30:00+00:00"


def test_a_target_in_office_hours(run_balm: Balm, cases: Path) -> None:
    done = run_balm("sla", cases, "--start", "opened", "--end", "ended", "--target", "8h30m",
                    "--calendar", "CN@Asia/Shanghai 09:00-17:00", "--now", "2026-03-03 09:00")  # fmt: skip
    assert done.code == 0 and "0.0% (0.0–8.8)  n = 40 " in done.out
    assert "times without a zone are read as of Asia/Shanghai" in done.err


@pytest.mark.parametrize(
    ("flags", "code", "said"),
    [
        (("--target", "8h", "--due", "due"), 2, "either --due, a column, or --target"),
        (("--due", "deadline"), 2, "no column 'deadline'"),
        (("--due", "shop"), 3, "column 'shop' holds no time that can be read"),
        (("--target", "8h", "--calendar", "office"), 3, "the calendar 'office' cannot be read"),
        (("--target", "8h", "--calendar", "XX@UTC 09:00-17:00"), 3, "holidays of 'XX' are not known"),
        (("--target", "8h", "--now", "2020-01-01"), 3, "no case is left to measure"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    flags: tuple[str, ...], code: int, said: str, run_balm: Balm, cases: Path
) -> None:
    done = run_balm("sla", cases, "--start", "opened", "--end", "ended", *flags)
    assert done.code == code and done.err.startswith("balm: ") and done.err.count("\n") == 1 and said in done.err


def test_durations_are_hours_at_most() -> None:
    assert [duration(s) for s in (0, 45, 59.6, 90, 3600, 5400, 360_000)] == [
        "0 s", "45 s", "60 s", "2 min", "1 h 00 min", "1 h 30 min", "100 h",
    ]  # fmt: skip
