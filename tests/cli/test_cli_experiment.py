"""`balm experiment` and `balm power` on small files: what they print, write and refuse."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import balm

Balm = Callable[..., Any]
ESTIMATE = {"value", "low", "high", "n", "method"}
COOKIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "cookie_cats" / "cookie_cats.csv.gz"


def rows(n: int = 2000, lift: float = 0.1, seed: int = 1) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    made = []
    for i in range(n):
        new = rng.random() < 0.5
        before = rng.gauss(10, 3)
        visits = 1 + int(rng.expovariate(0.3))
        made.append({
            "user_id": f"u{i}", "variant": "new" if new else "control", "back": rng.random() < 0.3 + lift * new,
            "spent": round(before + rng.gauss(0, 1) + new, 2), "spent_before": round(before, 2), "visits": visits,
            "orders": sum(rng.random() < 0.2 for _ in range(visits)), "late": "yes" if rng.random() < 0.1 else "no",
            "page": rng.choice(["long", "short"]),
        })  # fmt: skip
    return made


def save(path: Path, made: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(made[0]))
        out.writeheader()
        out.writerows(made)
    return path


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("trial") / "trial.csv", rows())


def test_every_flag(run_balm: Balm, trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "result.json"
    done = run_balm(
        "experiment", trial, "--unit", "user_id", "--arm", "variant", "--control", "control", "--metric", "back,spent",
        "--metric", "orders/visits", "--ratio", "1:1", "--covariate", "spent_before", "--guardrail", "late:lower:5%",
        "--winsorize", 0.999, "--out", out,
    )  # fmt: skip
    assert done.code == 0
    assert "Sample ratio as planned" in done.out and "Guardrails" in done.out and "points [" in done.out
    found = json.loads(out.read_text("utf-8"))
    assert found["sample_ratio"]["ok"] is True and 0 <= found["sample_ratio"]["p"] <= 1
    assert [e["metric"] for e in found["effects"]] == ["back", "spent", "orders/visits"]
    for effect in found["effects"]:
        assert {"metric", "arm", "effect", "p", "relative", "q", "readable"} <= set(effect)
        assert set(effect["effect"]) == ESTIMATE == set(effect["relative"])
    back, spent, ratio = found["effects"]
    assert back["effect"]["low"] < 0.1 < back["effect"]["high"] and back["arm"] == "new"
    assert spent["variance_reduction"] == pytest.approx(0.88, abs=0.04) and "cut to" in spent["effect"]["method"]
    assert ratio["kind"] == "ratio"
    assert found["guardrails"][0]["margin"] == pytest.approx(0.005, abs=0.002)
    assert set(found["verdict"]) == {"zh-Hans", "zh-Hant", "en"}
    assert found["finding"] in ("effect", "guardrail")


def test_what_is_not_named_is_guessed_and_told(run_balm: Balm, trial: Path) -> None:
    done = run_balm("experiment", trial)
    assert done.code == 0
    for line in ("unit: user_id", "arm: variant", "control: control", "metric: back, late"):
        assert line in done.err
    assert "back is higher in new than in the control: +" in done.out


def test_a_trial_read_at_any_time(run_balm: Balm, trial: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.json"
    done = run_balm("experiment", trial, "--metric", "back", "--sequential", "--planned", 2000, "--out", out)
    assert done.code == 0
    assert json.loads(out.read_text("utf-8"))["effects"][0]["effect"]["method"] == "always valid"
    assert run_balm("experiment", trial, "--sequential", "--planned", 0).code == 2


def test_a_factorial_trial(trial: Path) -> None:
    found = balm.experiment(trial, arm=["variant", "page"], control=["control", "long"], metric="spent")
    assert [e.arm for e in found.effects] == ["variant=new", "page=short", "variant=new × page=short"]
    assert found.effects[0].effect.low < 1 < found.effects[0].effect.high
    assert next(iter(found.sample_ratio.observed)) == "variant=control, page=long"


def test_rows_of_one_unit_are_one_and_crossed_over_is_left_out() -> None:
    twice = [*rows(600), *rows(600)]
    once, doubled = (balm.experiment(made, metric="spent") for made in (rows(600), twice))
    assert doubled.effects[0].effect == once.effects[0].effect
    assert doubled.counts["rows"] == 1200 and doubled.counts["units"] == 600
    other = [{**row, "variant": "new" if row["variant"] == "control" else "control"} for row in rows(600)[:20]]
    crossed = balm.experiment([*rows(600), *other], metric="spent")
    assert crossed.counts["crossed_over"] == 20 and crossed.counts["units"] == 580
    assert next(a for a in crossed.assumptions if a.name == "crossed_over").ok is False
    assert "20 units (3.3%) were seen in more than one arm" in crossed.verdict["en"]


def test_python_gives_what_the_command_writes(run_balm: Balm, trial: Path, tmp_path: Path) -> None:
    run_balm("experiment", trial, "--metric", "spent", "--ratio", "1:1", "--out", tmp_path / "a.json")
    result = balm.experiment(trial, metric=["spent"], ratio=(1, 1))
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == json.loads(json.dumps(result.to_json()))
    table = result.to_pandas()
    assert list(table["metric"]) == ["spent"] and table["readable"].all()


@pytest.mark.data
def test_cookie_cats(run_balm: Balm, tmp_path: Path) -> None:
    if not COOKIES.exists():
        pytest.skip("NO DATA: ../shared/data/cookie_cats is absent")
    done = run_balm(
        "experiment", COOKIES, "--unit", "userid", "--arm", "test_version", "--control", "gate_30", "--metric",
        "retention_7", "--metric", "retention_1", "--ratio", "1:1", "--out", tmp_path / "c.json",
    )  # fmt: skip
    assert done.code == 0 and "BROKEN, p = 0.0086" in done.out and "no effect may be read" in done.out
    found = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert found["sample_ratio"]["ok"] is False and found["finding"] == "sample ratio"
    assert found["effects"][0]["effect"]["value"] == pytest.approx(-0.0082, abs=5e-5)
    assert not any(e["readable"] for e in found["effects"])


def changed(made: list[dict[str, Any]], **columns: Any) -> list[dict[str, Any]]:
    return [{**row, **{k: v(row) if callable(v) else v for k, v in columns.items()}} for row in made]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--arm", "nowhere"], "no column 'nowhere'"),
        (["--metric", "nowhere"], "no column 'nowhere'"),
        (["--metric", "back:upward"], ":lower or :higher"),
        (["--control", "old"], "no row has the control 'old'; values of variant: control, new"),
        (["--control", "control,new"], "one control for each"),
        (["--ratio", "1:1:1"], "3 parts for 2 arms"),
        (["--ratio", "half"], "1:1 or 90:10"),
        (["--ratio", "1:0"], "above 0"),
        (["--covariate", "spent", "--metric", "spent"], "is a metric"),
        (["--metric", "variant"], "names the unit or the arm"),
        (["--metric", "back", "--metric", "back"], "named twice"),
        (["--guardrail", "late:-1"], "margin"),
        (["--guardrail", "late:much"], "margin"),
        (["--winsorize", "7", "--metric", "spent"], "quantile"),
        (["--arm", "user_id"], "2000 values"),
        (["--arm", "variant,page,late,back"], "at most 3 factors"),
    ],
)
def test_wrong_use_is_two_and_says_the_mend(arguments: list[str], said: str, run_balm: Balm, trial: Path) -> None:
    done = run_balm("experiment", trial, *arguments)
    assert (done.code, done.out) == (2, "") and said in done.err and "Traceback" not in done.err


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"variant": "control"}, "one arm only: 'control'"),
        ({"variant": ""}, "names no arm"),
        ({"spent": lambda row: "much"}, "column 'spent' holds no numbers to compare: 'much'"),
        ({"spent": ""}, "column 'spent' holds no numbers"),
        ({"spent": "nan"}, "column 'spent' holds no numbers"),
        ({"spent": "inf"}, "column 'spent' holds no numbers"),
        ({"user_id": "same"}, "one arm only"),
    ],
)
def test_what_is_no_trial_is_refused(columns: dict[str, Any], said: str, run_balm: Balm, tmp_path: Path) -> None:
    path = save(tmp_path / "bad.csv", changed(rows(200), **columns))
    done = run_balm("experiment", path, "--arm", "variant", "--metric", "spent")
    assert done.code == 3 and said in done.err and "Traceback" not in done.err


def test_equal_values_and_small_files_are_read_as_nothing(run_balm: Balm, tmp_path: Path) -> None:
    flat = run_balm("experiment", save(tmp_path / "a.csv", changed(rows(200), spent=3.5)), "--metric", "spent")
    assert flat.code == 0 and "the same value throughout" in flat.out
    few = run_balm("experiment", save(tmp_path / "b.csv", rows(20)), "--metric", "spent")
    assert few.code == 0 and "n is too small" in few.out


def test_power_prints_and_writes(run_balm: Balm, tmp_path: Path) -> None:
    done = run_balm(
        "power", "--metric", "share", "--baseline", 0.1, "--effect", "-0.02", "--design", "ab", "--per-period", 500,
        "--out", tmp_path / "p.json",
    )  # fmt: skip
    found = json.loads((tmp_path / "p.json").read_text("utf-8"))
    assert done.code == 0 and "3,213" in done.out and "two proportions" in done.out
    assert (found["n"], found["duration"], found["total"]) == (3213, 13, 6426) and found["method"]
    assert balm.power("share", 0.1, -0.02, per_period=500).to_json() == found
    assert balm.power("share", 0.1, -0.02).to_pandas()["n"].tolist() == [3213]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--metric", "share", "--baseline", "12", "--effect", "1"], "0.12"),
        (["--metric", "share", "--baseline", "0.1", "--effect", "0"], "effect of 0"),
        (["--metric", "mean", "--baseline", "5", "--effect", "1"], "standard deviation"),
        (["--metric", "share", "--baseline", "0.1", "--effect", "0.1", "--ratio", "a:b"], "1:1"),
        (["--metric", "share", "--baseline", "0.1"], "--effect"),
        (["--metric", "love", "--baseline", "0.1", "--effect", "1"], "love"),
    ],
)
def test_power_refuses_what_cannot_be(arguments: list[str], said: str, run_balm: Balm) -> None:
    done = run_balm("power", *arguments)
    assert done.code == 2 and said in done.err
