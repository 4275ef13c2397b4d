"""`balm verify`: what it finds, what it writes, and how it refuses."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

import balm
from balm.core.errors import InputRefused, WrongUse

FIRST = dt.date(2026, 1, 5)
START = FIRST + dt.timedelta(84)
HEAD = ["store", "date", "late", "stars", "group", "began", "wait"]


def rows(days=168, stores=12, fixed=4, keep=0.25, seed=1):
    """Six contacts a day and store; from day 84 on the first stores have a share of `keep` of the late ones."""
    rng = np.random.default_rng(seed)
    made = []
    for store in range(stores):
        for day in range(days):
            mine = store < fixed
            share = 0.2 * (keep if mine and day >= 84 else 1)
            for late in rng.random(6) < share:
                date = FIRST + dt.timedelta(day)
                stars = rng.integers(1, 4) if late else rng.integers(3, 6)
                made.append(
                    [f"S{store}", date.isoformat(), "yes" if late else "no", stars, "new" if mine else "old",
                     START.isoformat() if mine else "", 9 if late else 2]
                )  # fmt: skip
    return made


def write(path: Path, made, head=HEAD) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *made])
    return path


@pytest.fixture(scope="module")
def contacts(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("verify") / "contacts.csv", rows())


ASKED = ("--unit", "store", "--time", "date", "--soak", "7", "--margin", "0.02")
DID = ("--design", "did", *ASKED)
FOUR = ("--exposed", "S0,S1,S2,S3", "--start", START.isoformat())


def test_it_finds_the_fix_says_so_and_writes_it(run_balm, contacts, tmp_path):
    out = tmp_path / "made" / "late.json"
    done = run_balm("verify", contacts, *DID, "--metric", "late=yes", *FOUR, "--out", out)
    assert done.code == 0, done.err
    assert done.out.startswith("reduced: difference-in-differences\nReduced, but not gone. After the fix, the share")
    assert "Alike before" in done.out and "week of 5 Jan 2026" in done.out
    assert "by week, soak 7, exposed units 4" in done.err
    found = json.loads(out.read_text("utf-8"))
    assert found["verdict"] == "reduced" and found["design"] == "did"
    assert found["effect"].keys() == {"value", "low", "high", "n", "method"}
    assert -0.19 < found["effect"]["low"] < -0.15 < found["effect"]["high"] < -0.1
    assert {"exposed_known", "parallel_before", "comparison_clean"} <= {c["name"] for c in found["checks"]}
    assert all(
        c["ok"] in (True, False, None) and set(c["why"]) == {"zh-Hans", "zh-Hant", "en"} for c in found["checks"]
    )
    assert len(found["counterfactual"]) >= 22
    point = found["counterfactual"][-1]
    assert point["after"] and point["observed"]["value"] < point["without"]["value"]
    assert found["registered"]["exposed"]["S0"] == START.isoformat()


def test_every_way_of_saying_who_is_exposed_gives_the_same(contacts):
    asked = {"design": "did", "unit": "store", "time": "date", "metric": "late", "soak": 7}
    first = balm.verify(contacts, exposed=["S0", "S1", "S2", "S3"], start=START, **asked)
    ways = [
        {"exposed": "group=new", "start": "2026-03-30"},
        {"exposed": "began"},
        {"by_start": "began"},
        {"by_start": "began", "exposed": "group=new"},
        {"exposed": {f"S{i}": START for i in range(4)}},
    ]
    for way in ways:
        again = balm.verify(contacts, **way, **asked)
        assert again.registered.exposed == first.registered.exposed
        assert again.effect == first.effect


def test_a_condition_that_begins_to_hold_gives_the_start(tmp_path):
    made = [[*r, "1" if r[5] and r[1] >= r[5] else "0"] for r in rows()]
    path = write(tmp_path / "f.csv", made, [*HEAD, "has"])
    found = balm.verify(path, design="did", unit="store", metric="late", exposed="has", soak=7)
    assert set(found.registered.exposed.values()) == {20542}
    assert found.verdict == "reduced"


@pytest.mark.parametrize("design", ["its", "synthetic", "matched"])
def test_every_design_reads_a_file(run_balm, contacts, tmp_path, design):
    out = tmp_path / "o.json"
    done = run_balm("verify", contacts, "--design", design, *ASKED, "--metric", "late", *FOUR, "--out", out)
    assert done.code == 0, done.err
    assert json.loads(out.read_text("utf-8"))["verdict"] in ("reduced", "cannot tell")


def test_scores_and_languages(run_balm, contacts):
    done = run_balm("verify", contacts, *DID[:-2], "--metric", "stars", "--language", "zh-Hant", "--target", 4, *FOUR)
    assert done.code == 0
    assert "better higher" in done.err, "a column called stars"
    assert "雙重差分" in done.out and "stars 的平均值" in done.out
    waiting = balm.verify(contacts, design="did", unit="store", metric="wait", exposed="began", soak=7)
    assert (waiting.kind, waiting.registered.better, waiting.verdict) == ("mean", "lower", "reduced")
    worse = balm.verify(contacts, design="did", unit="store", metric="wait", exposed="began", better="higher", soak=7)
    assert worse.verdict == "worse"


def test_a_result_is_a_table_and_a_picture(contacts):
    found = balm.verify(contacts, design="did", unit="store", metric="late", exposed="began", soak=7)
    assert list(found.to_pandas().columns[:3]) == ["start", "observed", "without"]
    assert len(found.figure().table().rows) == len(found.counterfactual)


def without_month(made):
    return [r for r in made if not ("2026-04-20" <= r[1] < "2026-05-20")]


def blank_month(made):
    return [[*r[:2], "", *r[3:]] if "2026-04-20" <= r[1] < "2026-05-20" else r for r in made]


POOR = [
    ("ten days", [r for r in rows() if "2026-03-25" <= r[1] < "2026-04-04"], FOUR, "baseline_long_enough"),
    ("a month missing", without_month(rows()), FOUR, "metric_complete"),
    ("a month of empty cells", blank_month(rows()), FOUR, "metric_complete"),
    ("nobody of them is there", rows(), ("--exposed", "X1,X2", "--start", START.isoformat()), "exposed_known"),
    ("a start before the data", rows(), ("--exposed", "S0,S1", "--start", "2020-01-01"), "baseline_long_enough"),
    ("a start after the data", rows(), ("--exposed", "S0,S1", "--start", "2030-01-01"), "after_long_enough"),
    ("nobody to compare with", rows(stores=4), FOUR, "enough_data"),
    ("everybody got it half", [[*r[:4], "new" if i % 2 else "old", *r[5:]] for i, r in enumerate(rows())],
     ("--exposed", "group=new", "--start", START.isoformat()), "crossed_over"),
]  # fmt: skip


@pytest.mark.parametrize("case", [p[1:] for p in POOR], ids=[p[0] for p in POOR])
@pytest.mark.parametrize("metric", ["late", "late=yes"])
def test_what_is_too_poor_cannot_tell_and_names_the_reason(run_balm, tmp_path, case, metric):
    made, who, reason = case
    path = write(tmp_path / "poor.csv", made)
    done = run_balm("verify", path, *DID, "--metric", metric, *who, "--out", tmp_path / "o.json")
    assert done.code == 0, done.err
    assert done.out.startswith("cannot tell")
    found = json.loads((tmp_path / "o.json").read_text("utf-8"))
    assert reason in found["because"]
    told = next(check for check in found["checks"] if check["name"] == reason)
    assert told["ok"] is False and told["why"]["en"] in done.out


def test_a_contaminated_comparison_cannot_tell(run_balm, tmp_path):
    """Eight stores got the fix, four were registered."""
    path = write(tmp_path / "all.csv", rows(fixed=8))
    done = run_balm("verify", path, *DID, "--metric", "late", *FOUR)
    assert done.code == 0 and done.out.startswith("cannot tell")
    assert "The comparison got the fix" in done.out


REFUSED = [
    (("--metric", "nothing", *FOUR), 2, "there is no column 'nothing'"),
    (("--metric", "late=maybe", *FOUR), 3, "no row has 'late=maybe'"),
    (("--metric", "group", *FOUR), 3, "no numbers, nor yes and no (new, old)"),
    (("--metric", "late", "--exposed", "group=other", "--start", "2026-03-30"), 3, "no row has 'group=other'"),
    (("--metric", "late", "--exposed", "S0"), 2, "say when the fix started"),
    (("--metric", "late", "--exposed", "group=new"), 2, "say when the fix started"),
    (("--metric", "late", "--start", "2026-03-30"), 2, "say who has the fix"),
    (("--metric", "late", "--exposed", "S0", "--start", "soon"), 2, "'soon' is not a date"),
    (("--metric", "late", "--time", "store", *FOUR), 3, "holds no date that can be read"),
    (("--metric", "late", *FOUR, "--remainder", "1.5"), 2, "--remainder is a share"),
    (("--metric", "late", *FOUR, "--margin", "-1"), 2, "--margin is a change"),
    (("--metric", "late", *FOUR, "--baseline", "20", "--selected", "20"), 2, "give a longer --baseline"),
    (("--metric", "late", *FOUR, "--design", "ab"), 2, "ab"),
]


@pytest.mark.parametrize(("asked", "code", "reason"), REFUSED)
def test_what_cannot_be_is_refused_in_one_line(run_balm, contacts, asked, code, reason):
    done = run_balm("verify", contacts, *DID, *asked)
    assert (done.code, done.out) == (code, "")
    assert reason in done.err and "Traceback" not in done.err


def test_bad_cells_are_left_out_and_counted(run_balm, tmp_path):
    made = rows()
    for i, cell in ((0, 1), (50, 1), (99, 0), (120, 2)):
        made[i] = [*made[i][:cell], "" if cell != 1 else "some day", *made[i][cell + 1 :]]
    done = run_balm("verify", write(tmp_path / "f.csv", made), *DID, "--metric", "late", *FOUR)
    assert done.code == 0
    for line in ("2 rows without date", "1 rows without unit", "1 rows without late"):
        assert f"left out: {line}" in done.err


def test_slips_in_dates_and_starts_are_refused(tmp_path):
    asked = {"design": "did", "unit": "store", "metric": "late"}
    old = write(tmp_path / "a.csv", [["S0", "1903-01-01", *rows()[0][2:]], *rows()])
    with pytest.raises(InputRefused, match="1903-01-01 and 2026"):
        balm.verify(old, exposed="began", time="date", **asked)
    two = rows()
    two[0][5] = "2026-03-01"
    with pytest.raises(InputRefused, match="'S0' has several start dates"):
        balm.verify(write(tmp_path / "b.csv", two), exposed="began", time="date", **asked)
    with pytest.raises(WrongUse, match="trials are read by balm experiment"):
        balm.verify(old, exposed="began", **asked | {"design": "ab"})


def test_one_row_a_unit_and_week_is_enough(tmp_path):
    rng = np.random.default_rng(5)
    made = [
        [
            f"S{s}",
            (FIRST + dt.timedelta(7 * w)).isoformat(),
            round(float(rng.normal(9 - 4 * (s < 3 and w >= 20), 1)), 3),
        ]
        for s in range(15)
        for w in range(40)
    ]
    path = write(tmp_path / "weekly.csv", made, ["store", "week", "minutes"])
    found = balm.verify(
        path, design="did", unit="store", metric="minutes", exposed="S0,S1,S2", start=FIRST + dt.timedelta(140)
    )
    assert (found.period, found.registered.minimum, found.verdict) == ("week", 10, "reduced")
    assert found.effect.low < -4 < found.effect.high
