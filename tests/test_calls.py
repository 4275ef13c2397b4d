"""`balm.score`, `balm.trend`, `balm.contrast` on tables and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import balm


def answers() -> list[dict[str, Any]]:
    """Promoters 50 %, detractors 20 %; shop B is better than shop A."""
    scores = [10] * 30 + [9] * 20 + [8] * 20 + [7] * 10 + [3] * 20
    return [
        {"nps": score, "shop": "B" if i % 100 < 40 else "A", "who": f"c{i % 50}", "day": f"2026-01-{i % 28 + 1:02d}"}
        for i, score in enumerate(scores * 5)
    ]


def test_nps_is_promoters_less_detractors() -> None:
    result = balm.score(answers(), metric="nps", score="nps")
    assert result.all.value == pytest.approx(30) or result.all.value == pytest.approx(0.30)
    assert result.all.n == 500


def test_the_scale_is_guessed_from_name_and_values() -> None:
    assert balm.score(answers()).metric == "nps"


@pytest.mark.parametrize("kind", ["records", "arrow", "pandas", "polars", "parquet", "csv", "two files"])
def test_every_kind_of_data_gives_the_same(kind: str, tmp_path: Path) -> None:
    table = pa.Table.from_pylist(answers())
    data: Any
    if kind == "parquet":
        pq.write_table(table, tmp_path / "a.parquet")
        data = tmp_path / "a.parquet"
    elif kind == "csv":
        table.to_pandas().to_csv(tmp_path / "a.csv", index=False)
        data = tmp_path / "a.csv"
    elif kind == "two files":
        pq.write_table(table.slice(0, 100), tmp_path / "a.parquet")
        table.slice(100).to_pandas().to_csv(tmp_path / "b.csv", index=False)
        data = [tmp_path / "a.parquet", tmp_path / "b.csv"]
    else:
        data = {
            "records": answers(), "arrow": table, "pandas": table.to_pandas(), "polars": polars.from_arrow(table)
        }[kind]  # fmt: skip
    result = balm.score(data, score="nps", by=["shop"])
    assert result.to_json() == balm.score(answers(), score="nps", by=["shop"]).to_json()
    assert [by["shop"] for by, _ in result.groups] == ["A", "B"]
    counted = balm.trend(data, time="day", by=["shop"])
    assert sum(int(p.value or 0) for by, points in counted.series if by == {} for p in points) == 500


def test_repeated_answers_of_a_customer_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    mood = rng.choice([0, 10], 60)
    rows = [{"nps": int(mood[i % 60]), "who": f"c{i % 60}"} for i in range(1200)]
    alone, together = balm.score(rows, score="nps").all, balm.score(rows, score="nps", customer="who").all
    assert alone.value == together.value

    def width(e: Any) -> float:
        return float(e.high - e.low)

    assert width(together) > 3 * width(alone)


def test_a_customer_who_is_not_named_is_one_of_her_own() -> None:
    rows = [{"nps": i % 11, "who": None if i % 2 else "x"} for i in range(200)]
    assert balm.score(rows, score="nps", customer="who").all.n == 200


def test_scores_outside_the_scale_are_left_out() -> None:
    rows = [{"s": s} for s in [1, 2, 3, 4, 5, 99, -1] * 10]
    assert balm.score(rows, score="s", scale="csat").all.n == 50


def test_what_cannot_be_is_said() -> None:
    rows = answers()
    with pytest.raises(balm.WrongUse, match="there is no column 'x'"):
        balm.score(rows, score="nps", by=["x"])
    with pytest.raises(balm.WrongUse, match="unknown metric"):
        balm.score(rows, score="nps", metric="mood")  # type: ignore[arg-type]
    with pytest.raises(balm.WrongUse, match="unknown scale"):
        balm.trend(rows, time="day", score="nps", scale="mood")
    with pytest.raises(balm.WrongUse, match="not of both"):
        balm.trend(rows, time="day", score="nps", event="shop=A")
    with pytest.raises(balm.WrongUse, match="looks like a score"):
        balm.score([{"shop": "A"}, {"shop": "B"}] * 20)
    with pytest.raises(balm.InputRefused, match="no date that can be read"):
        balm.trend(rows, time="shop")
    with pytest.raises(balm.InputRefused, match="values of shop: "):
        balm.contrast(rows, "shop=Z")
    with pytest.raises(balm.WrongUse, match="choose coarser columns"):
        balm.score([{"s": i % 5 + 1, "by": f"g{i}"} for i in range(1200)], score="s", by=["by"])


def test_trend_of_a_share_and_of_a_mean() -> None:
    rows = [{"day": f"2026-0{m}-{d:02d}", "late": k < m, "stars": 6 - m} for m in (1, 2) for d in range(1, 29)
            for k in range(10)]  # fmt: skip
    share = balm.trend(rows, time="day", event="late", period="month")
    assert [p.value for p in share.series[0][1]] == pytest.approx([0.1, 0.2])
    mean = balm.trend(rows, time="day", score="stars", period="month")
    assert [p.value for p in mean.series[0][1]] == pytest.approx([5, 4])
    assert len(mean.to_pandas()) == 2


def test_the_column_of_dates_is_guessed() -> None:
    assert (
        balm.trend(answers(), event="shop=A").to_json() == balm.trend(answers(), time="day", event="shop=A").to_json()
    )


def test_contrast_finds_the_planted_segment_and_pair() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    shop, device = rng.choice(list("ABCD"), n), rng.choice(["old", "new"], n)
    rate = np.where(shop == "C", 0.3, 0.08) + np.where((shop == "A") & (device == "old"), 0.3, 0)
    rows = [{"shop": str(s), "device": str(d), "late": "yes" if r else "no", "row": i}
            for i, (s, d, r) in enumerate(zip(shop, device, rng.random(n) < rate, strict=True))]  # fmt: skip
    found = balm.contrast(rows, "late=yes")
    where = [f.where for f in found.findings]
    assert {"shop": "C"} in where and {"shop": "A", "device": "old"} in where
    assert not [w for w in where if w.get("shop") in ("B", "D")]
    assert all(f.q <= 0.05 and f.lift.low is not None and f.lift.low > 1 for f in found.findings)


def test_contrast_of_noise_is_nothing() -> None:
    rng = np.random.default_rng(6)
    rows = [{"a": int(a), "b": int(b), "hit": bool(h)} for a, b, h in
            zip(rng.integers(0, 5, 2000), rng.integers(0, 4, 2000), rng.random(2000) < 0.1, strict=True)]  # fmt: skip
    found = balm.contrast(rows, "hit")
    assert found.findings == [] and "No segment differs" in found.verdict["en"]
    assert balm.contrast(rows, "hit=True").findings == []
