"""Files and values made to break `balm verify`, `experiment`, `sla` and `power`: one line and exit 2 or 3, or a result
that says so; never a traceback, and nothing of what a cell holds reaches the terminal as a command."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest

HEAD = "store,date,late,stars,arm,end\n"


def made(units: list[str] | None = None, stars: list[str] | None = None, dates: list[str] | None = None) -> str:
    """800 rows of four stores over half a year, or of other cells."""
    chance = random.Random(3)
    out = io.StringIO()
    write = csv.writer(out).writerow
    for _ in range(800):
        date = chance.choice(dates or [f"2026-{chance.randint(1, 6):02}-{chance.randint(1, 28):02}"])
        unit = chance.choice(units or ["S0", "S1", "S2", "S3"])
        star = chance.choice(stars or ["1", "4", "5"])
        write([unit, date, chance.choice(["yes", "no"]), star, chance.choice(["control", "x"]), f"{date}T10:00"])
    return HEAD + out.getvalue()


FILES: dict[str, tuple[bytes, bool]] = {
    "empty.csv": (b"", False),
    "binary.csv": (bytes(range(256)) * 40, False),
    "line.csv": ((HEAD + "x" * 1_000_000).encode(), False),
    "one_column.csv": (b"store\nS1\nS2\n", False),
    "heading_only.csv": (HEAD.encode(), False),
    "nothing.csv": ((HEAD + ",,,,,\n" * 40).encode(), False),
    "twins.csv": (made().replace("late", "date", 1).encode(), False),
    "quote.csv": ((HEAD + '"S1,2026-01-01,yes,3,x,2026-01-02\n' * 50).encode(), False),
    "torn.parquet": (b"PAR1xxxxPAR1", False),
    "torn.xlsx": (b"PK\x03\x04xx", False),
    "odd.jsonl": (b'{"store": {"a": [1]}}\n[1, 2]\n"x"\n', False),
    "slips.csv": (made(dates=["0001-01-01", "9999-12-31", "2026-01-05"]).encode(), False),
    "mixed.csv": (made(dates=["2026-01-02", "02/03/2026", "1e9", "12/31/9999", "soon"]).encode(), False),
    "one_day.csv": (made(dates=["2026-01-01"]).encode(), True),
    "huge.csv": (made(stars=["1e308", "-1e308", "nan", "inf", "5"]).encode(), True),
    "alike.csv": (made(stars=["3"]).encode(), True),
    "names.csv": (made(units=["S0", 'a,"b', "=cmd()", "{0.__class__}", "%s", "店\u202e铺"]).encode(), True),
    "utf16.csv": (made().encode("utf-16"), True),
}
"""Name → bytes, and whether anything can be read of it."""

VERIFY = ("--unit", "store", "--time", "date", "--exposed", "S0,S1", "--start", "2026-04-01")


def clean(done: Any, *, codes: tuple[int, ...] = (0, 2, 3)) -> None:
    assert done.code in codes, (done.code, done.err)
    assert "Traceback" not in done.err and "\x1b[31m" not in done.out + done.err
    if done.code == 3 or done.err.startswith("balm:"):
        assert len(done.err.strip().splitlines()) == 1 and done.err.startswith("balm: "), done.err


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file(run_balm, tmp_path: Path, name: str) -> None:
    data, usable = FILES[name]
    file = tmp_path / name
    file.write_bytes(data)
    codes = (0,) if usable else (2, 3)
    lax = (0, 2, 3)
    clean(run_balm("verify", file, "--design", "did", "--metric", "late=yes", *VERIFY), codes=codes)
    clean(run_balm("verify", file, "--design", "its", "--metric", "stars", *VERIFY), codes=lax)
    clean(run_balm("experiment", file, "--arm", "arm", "--metric", "stars"), codes=lax)
    clean(run_balm("sla", file, "--start", "date", "--end", "end", "--target", "8h"), codes=lax)


def test_what_a_cell_holds_is_no_command_to_the_terminal(run_balm, tmp_path: Path) -> None:
    file = tmp_path / "escape.csv"
    file.write_text(made(units=["S0", "\x1b[31mred\x1b]0;owned\x07", "S2", "S3"]), encoding="utf-8")
    for how in (("--by-start", "date"), ("--exclude", "\x1b[31mred\x1b]0;owned\x07")):
        done = run_balm("verify", file, "--design", "did", "--metric", "late=yes", *VERIFY, *how)
        clean(done)
        assert "\x1b" not in done.out + done.err and "\x07" not in done.out + done.err


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.csv"
    file.write_text(made(), encoding="utf-8")
    return file


WRONG = {
    "--margin": ("nan", "inf", "-1", "1e400", "x"),
    "--remainder": ("nan", "-0.1", "1", "1e308"),
    "--soak": ("-1", "1.5", "9" * 30, "x"),
    "--minimum": ("0", "-5", "x"),
    "--baseline": ("-1", "9" * 30 + "x"),
    "--start": ("", "soon", "2026-02-30", "0", "{0.__class__}"),
    "--end": ("soon", "2026-13-01"),
    "--unit": ("", "nope", "%s"),
    "--metric": ("", "=", "=yes", "nope", "late="),
    "--period": ("year",),
    "--out": ("/proc/nope",),
}


@pytest.mark.parametrize("option", WRONG)
def test_a_value_that_cannot_be(run_balm, good: Path, option: str) -> None:
    usual = {"--exposed": "S0,S1", "--start": "2026-04-01", "--unit": "store", "--metric": "late=yes"}
    for value in WRONG[option]:
        asked = usual | {option: value}
        done = run_balm("verify", good, "--design=did", "--time=date", *(f"{k}={v}" for k, v in asked.items()))
        clean(done, codes=(2, 3))
        assert done.err.strip(), value


def test_absurd_but_possible_values_give_a_verdict_that_says_so(run_balm, good: Path) -> None:
    """All units exposed, or none there is; an end before the start, a soak beyond the data."""
    for how, said in (
        (("--exposed=S0,S1,S2,S3",), "cannot tell"),
        (("--exposed=nope",), "cannot tell"),
        (("--exposed=S0,S1", "--end=2026-03-01"), "cannot tell"),
        (("--exposed=S0,S1", "--soak=3000"), "cannot tell"),
        (("--exposed=S0,S1", "--minimum=1000000000"), "cannot tell"),
        (("--exposed=S0,S1", "--start=9999-12-31"), "cannot tell"),
        (("--exposed=S0,S1", "--start=0001-01-01"), "cannot tell"),
    ):
        start = () if any(one.startswith("--start") for one in how) else ("--start=2026-04-01",)
        done = run_balm(
            "verify", good, "--design=did", "--unit=store", "--time=date", "--metric=late=yes", *start, *how
        )
        clean(done)
        assert done.code in (2, 3) or done.out.startswith(said), (how, done.out[:200])


@pytest.mark.parametrize(
    "asked",
    [
        ("--ratio=0:1",), ("--ratio=1:-1",), ("--ratio=1e400:1",), ("--ratio=nan:1",), ("--guardrail=late:nan",),
        ("--guardrail=late:1e400",), ("--winsorize=nan",), ("--winsorize=-1",), ("--planned=-1",), ("--arm=date",),
        ("--control=nope",), ("--metric=stars/",), ("--metric=/",), ("--covariate=nope",), ("--unit=nope",),
    ],
)  # fmt: skip
def test_a_trial_that_cannot_be(run_balm, good: Path, asked: tuple[str, ...]) -> None:
    usual = [] if asked[0].startswith("--metric") else ["--metric=stars"]
    usual += [] if asked[0].startswith("--arm") else ["--arm=arm"]
    clean(run_balm("experiment", good, "--sequential", *usual, *asked), codes=(2, 3))


@pytest.mark.parametrize(
    "asked",
    [
        ("--target=nan",), ("--target=" + "9" * 400 + "h",), ("--target=-1h",), ("--target=1e9h",), ("--start=",),
        ("--end=",), ("--due=",), ("--calendar=/dev/null",), ("--calendar=CN@Mars/Base 09:00-18:00",),
        ("--calendar=CN@Asia/Shanghai 25:00-18:00",), ("--now=soon",), ("--by=nope",), ("--case=nope",),
    ],
)  # fmt: skip
def test_a_promise_that_cannot_be(run_balm, good: Path, asked: tuple[str, ...]) -> None:
    name = asked[0].partition("=")[0]
    usual = {"--start": "date", "--end": "end"} | ({} if name in ("--due", "--target") else {"--target": "8h"})
    given = [f"{k}={v}" for k, v in usual.items() if k != name]
    clean(run_balm("sla", good, *given, *asked), codes=(2, 3))


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e-300", "9" * 400])
@pytest.mark.parametrize("option", ["--baseline", "--effect", "--sd", "--power", "--icc", "--cluster", "--per-period"])
def test_a_size_that_cannot_be(run_balm, option: str, value: str) -> None:
    usual = {"--baseline": "7", "--effect": "-0.5", "--sd": "2"} | {option: value}
    codes = (0, 2) if value == "1e-300" else (2,)
    clean(run_balm("power", "--metric=mean", *(f"{k}={v}" for k, v in usual.items())), codes=codes)
