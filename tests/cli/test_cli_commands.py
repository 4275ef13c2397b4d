"""Every command on a small file: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Balm = Callable[..., Any]
ESTIMATE = {"value", "low", "high", "n", "method"}


def shell(*arguments: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`balm` as a process of its own."""
    command = [sys.executable, "-c", "from balm.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})


def written(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_analyze_prints_guesses_pains_and_where_the_report_is(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    done = run_balm("analyze", small_csv, "--out", tmp_path / "out")
    assert done.code == 0
    for line in ("text: comment (", "id: feedback_id (", "score: csat (", "time: created_at (",
                 "customer: customer_id (", "by: region, channel, tier, device ("):  # fmt: skip
        assert line in done.err
    assert "Late delivery" in done.out and "report.html" in done.err
    assert written(tmp_path / "out" / "painpoints.json")[0]["theme_id"]


@pytest.mark.parametrize(("language", "word"), [("zh-Hans", "送货太慢"), ("zh-Hant", "送貨太慢")])
def test_analyze_speaks_the_language_asked_for(
    language: str, word: str, run_balm: Balm, small_csv: Path, tmp_path: Path
) -> None:
    done = run_balm("analyze", small_csv, "--language", language, "--out", tmp_path)
    assert done.code == 0 and word in done.out and "Late delivery" not in done.out
    assert f'<html lang="{language}"' in (tmp_path / "report.html").read_text("utf-8")


def test_analyze_takes_flags_for_every_role(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    done = run_balm(
        "analyze", small_csv, "--id", "none", "--text", "comment", "--score", "csat", "--scale", "stars",
        "--time", "none", "--customer", "customer_id", "--by", "region,tier", "--by", "device", "--codebook", "core",
        "--themes", 4, "--seed", 3, "--jobs", 1, "--out", tmp_path,
    )  # fmt: skip
    assert done.code == 0
    overview = written(tmp_path / "themes.json")["overview"]
    assert overview["scale"] == "stars" and overview["seed"] == 3 and overview["packs"] == ["core"]
    assert overview["first_day"] is None
    assert overview["columns"]["by"].startswith("region, tier, device")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--score", "nonsense"],
        ["--language", "fr"],
        ["--scale", "nonsense"],
        ["--themes", "0"],
        ["--no-such-flag"],
        ["--by", "nonsense"],
    ],
)
def test_wrong_use_is_two(arguments: list[str], run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    done = run_balm("analyze", small_csv, "--out", tmp_path / "out", *arguments)
    assert done.code == 2 and done.err and "Traceback" not in done.err


def test_a_wrong_column_names_those_there_are(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    err = run_balm("analyze", small_csv, "--score", "nonsense", "--out", tmp_path / "out").err
    assert err.startswith("balm: ") and err.count("\n") == 1 and "csat" in err


def test_score(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    done = run_balm("score", small_csv, "--by", "region", "--customer", "customer_id", "--out", tmp_path / "s.json")
    assert done.code == 0 and "csat" in done.out and "South" in done.out
    result = written(tmp_path / "s.json")
    assert result["metric"] == "csat" and set(result["all"]) == ESTIMATE
    assert {group["by"]["region"] for group in result["groups"]} == {
        "North", "South", "Taiwan", "Hong Kong", "Overseas"
    }  # fmt: skip
    assert all(set(group) == {"by", "estimate"} and set(group["estimate"]) == ESTIMATE for group in result["groups"])


@pytest.mark.parametrize("metric", ["nps", "csat", "ces", "mean"])
def test_score_by_every_metric(metric: str, run_balm: Balm, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("answer\n" + "".join(f"{i % 5 + 1}\n" for i in range(100)), "utf-8")
    done = run_balm("score", path, "--metric", metric, "--score", "answer", "--out", tmp_path / "s.json")
    assert done.code == 0 and written(tmp_path / "s.json")["metric"] == metric


def test_trend(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    done = run_balm("trend", small_csv, "--time", "created_at", "--score", "csat", "--period", "week", "--by", "tier",
                    "--out", tmp_path / "t.json")  # fmt: skip
    assert done.code == 0
    result = written(tmp_path / "t.json")
    assert set(result) == {"series", "changes"}
    assert {series["by"].get("tier") for series in result["series"]} >= {"new", "regular", "gold"}
    assert {"start", "value", "low", "high", "n"} <= set(result["series"][0]["points"][0])


def test_trend_dates_a_change(run_balm: Balm, tmp_path: Path) -> None:
    days = [f"2026-{1 + d // 28:02d}-{1 + d % 28:02d}" for d in range(112)]
    rows = [f"{day},{'yes' if (k % 10) < (1 if d < 60 else 4) else 'no'}"
            for d, day in enumerate(days) for k in range(40)]  # fmt: skip
    path = tmp_path / "a.csv"
    path.write_text("day,crash\n" + "\n".join(rows) + "\n", "utf-8")
    done = run_balm("trend", path, "--event", "crash=yes", "--period", "day", "--out", tmp_path / "t.json")
    (change,) = written(tmp_path / "t.json")["changes"]
    assert {"date", "low", "high", "effect", "q", "by"} <= set(change)
    assert change["low"] <= days[60] <= change["high"] or change["date"] == days[60]
    assert change["effect"]["value"] == pytest.approx(0.3, abs=0.05)
    assert "Changes" in done.out and "< 0.0001" in done.out


def test_trend_says_so_when_nothing_changes(run_balm: Balm, small_csv: Path) -> None:
    assert "No change that chance could not explain." in run_balm("trend", small_csv, "--event", "tier=gold").out


def test_contrast(run_balm: Balm, tmp_path: Path) -> None:
    rows = [f"{'ABCD'[i % 4]},{i % 7},{'yes' if i % (2 if i % 4 == 1 else 9) == 1 else 'no'}" for i in range(1000)]
    path = tmp_path / "a.csv"
    path.write_text("shop,day,late\n" + "\n".join(rows) + "\n", "utf-8")
    done = run_balm("contrast", path, "--target", "late=yes", "--attributes", "shop,day", "--out", tmp_path / "c.json")
    assert done.code == 0 and "shop=B" in done.out
    result = written(tmp_path / "c.json")
    finding = result["findings"][0]
    assert finding["where"] == {"shop": "B"} and finding["q"] < 0.001
    assert set(finding["lift"]) == set(finding["share"]) == ESTIMATE
    assert set(result["verdict"]) == {"zh-Hans", "zh-Hant", "en"}


def test_contrast_says_so_when_nothing_stands_out(run_balm: Balm, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"{'ABCD'[i % 4]},{'yes' if (i // 4) % 5 == 0 else 'no'}" for i in range(800)]
    path.write_text("shop,late\n" + "\n".join(rows) + "\n", "utf-8")
    done = run_balm("contrast", path, "--target", "late=yes")
    assert done.code == 0 and "No segment differs" in done.out
    none = run_balm("contrast", path, "--target", "late=perhaps")
    assert none.code == 3 and "values of late: " in none.err


def test_redact(run_balm: Balm, tmp_path: Path) -> None:
    path, out = tmp_path / "a.csv", tmp_path / "clean.csv"
    path.write_text("id,comment\n1,call 13912345678 please\n2,write to jo@example.com\n3,nothing here\n", "utf-8")
    done = run_balm("redact", path, "--text", "comment", "--out", out)
    assert done.code == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["id", "comment"], ["1", "call [PHONE] please"], ["2", "write to [EMAIL]"], ["3", "nothing here"]]
    assert "PHONE" in done.out and "EMAIL" in done.out


def test_demo_writes_a_report_and_its_truth(run_balm: Balm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    done = run_balm("demo", "--out", tmp_path, "--comments", 600, "--no-browser", "--language", "zh-Hans")
    assert done.code == 0 and not opened and "truth.json" in done.err
    assert (tmp_path / "analysis" / "report.html").stat().st_size > 50_000
    assert written(tmp_path / "data" / "truth.json")["comments"] == 600
    assert run_balm("demo", "--out", tmp_path, "--comments", 300).code == 0
    overview = written(tmp_path / "analysis" / "themes.json")["overview"]
    assert overview["comments"] == 300, "a company of its own"
    assert opened == [(tmp_path / "analysis" / "report.html").as_uri()]


@pytest.mark.parametrize("command", ["", "analyze", "redact", "score", "trend", "contrast", "demo"])
def test_help_is_quick(command: str) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = shell(*command.split(), "--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and "Usage" in done.stdout
    assert after.ru_utime - before.ru_utime < 1.0, "0.35 s where nothing else runs"


def test_help_loads_no_heavy_part() -> None:
    code = (
        "import sys; sys.argv = ['balm', 'analyze', '--help']\nfrom balm.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'pyarrow', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_version() -> None:
    from balm import __version__

    assert shell("--version").stdout == f"balm {__version__}\n"


def test_a_reader_that_leaves_early_is_no_error(small_csv: Path, tmp_path: Path) -> None:
    """`balm … | head -1`."""
    code = "from balm.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "trend", str(small_csv), "--time", "created_at", "--by", "region"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 0 and "Traceback" not in err and "BrokenPipe" not in err


def test_a_place_that_cannot_be_written_to_is_one_line(run_balm: Balm, small_csv: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_balm("score", small_csv, "--out", tmp_path / "file" / "s.json")
    assert done.code == 2 and done.err.startswith("balm: ") and done.err.count("\n") == 1


def test_output_in_a_pipe_has_no_drawing(small_csv: Path) -> None:
    done = shell("score", small_csv, env={"LC_ALL": "C.UTF-8"})
    assert "\x1b" not in done.stdout and "csat" in done.stdout
