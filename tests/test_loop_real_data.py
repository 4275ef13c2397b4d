"""The public sets through the command line, with no flag but --out: as a new user would."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from balm.lake.feedback import FeedbackStore

Balm = Callable[..., Any]
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the project"),
]

TWEETS = DATA / "airline_tweets_dev" / "tweets_dev.csv.gz"


def rows_of(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(io.StringIO(file.read())))


SETS = {
    # file: text column, theme that must be among the first five, pack that must be on
    "airline_tweets_dev/tweets_dev.csv.gz": ("text", "flight.late", "travel"),
    "zh_waimai_10k/waimai_10k.csv.gz": ("review", "meal.late", "food_delivery"),
    "zh_appstore_reviews_dev/appstore_reviews.csv.gz": ("content", "app.crash", "software"),
    "zhtw_gmap_dev/reviews.csv.gz": ("Review", "waiting.queue", "hospitality"),
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_read_with_no_flag_but_out(name: str, run_balm: Balm, tmp_path: Path) -> None:
    column, theme, pack = SETS[name]
    done = run_balm("analyze", DATA / name, "--out", tmp_path)
    assert done.code == 0 and f"text: {column} (" in done.err
    points = json.loads((tmp_path / "painpoints.json").read_text("utf-8"))
    overview = json.loads((tmp_path / "themes.json").read_text("utf-8"))["overview"]
    assert theme in [point["theme_id"] for point in points[:5]]
    assert pack in overview["packs"] and overview["scores"]
    assert all(point["quotes"] for point in points)
    assert (tmp_path / "report.html").stat().st_size > 50_000
    hold_against_the_file(tmp_path, DATA / name, column)


def hold_against_the_file(folder: Path, source: Path, column: str) -> None:
    """Every mention without a placeholder stands in the file where it says; numbers agree."""
    written = {row[column] for row in rows_of(source)}
    table = pq.read_table(folder / "mentions.parquet").to_pylist()
    store = FeedbackStore(folder).to_table(["feedback_id", "text", "line"])
    kept = dict(zip(store["feedback_id"].to_pylist(), store["text"].to_pylist(), strict=True))
    whole = {key: text for key, text in kept.items() if text in written}
    assert len(whole) > 0.9 * len(kept)
    for row in table:
        if row["feedback_id"] in whole:
            assert whole[row["feedback_id"]][row["start"] : row["end"]] == row["text"]
    negative: dict[str, int] = {}
    for row in table:
        if row["theme_id"] and row["sentiment"] == "negative":
            negative[row["theme_id"]] = negative.get(row["theme_id"], 0) + 1
    points = json.loads((folder / "painpoints.json").read_text("utf-8"))
    assert {point["theme_id"]: point["mentions"] for point in points} == negative


def test_the_cancellations_of_february_are_found_and_dated(run_balm: Balm, tmp_path: Path) -> None:
    done = run_balm("trend", TWEETS, "--event", "negativereason=Cancelled Flight", "--out", tmp_path / "t.json")
    assert done.code == 0
    (change,) = json.loads((tmp_path / "t.json").read_text("utf-8"))["changes"]
    assert change["kind"] == "spike" and (change["low"], change["high"]) == ("2015-02-21", "2015-02-22")


def test_redaction_of_tweets_leaves_their_ids(run_balm: Balm, tmp_path: Path) -> None:
    done = run_balm("redact", TWEETS, "--text", "text", "--out", tmp_path / "clean.csv")
    assert done.code == 0
    with (tmp_path / "clean.csv").open(encoding="utf-8-sig", newline="") as file:
        clean = list(csv.DictReader(file))
    original = rows_of(TWEETS)
    assert [row["row_id"] for row in clean] == [row["row_id"] for row in original]
    changed = sum(a["text"] != b["text"] for a, b in zip(clean, original, strict=True))
    assert 0 < changed < 0.01 * len(original)


def test_scores_and_segments_of_a_large_table(run_balm: Balm, tmp_path: Path) -> None:
    source = DATA / "airline_satisfaction" / "airline_satisfaction.parquet"
    score = run_balm("score", source, "--score", "Online boarding", "--by", "Class", "--out", tmp_path / "s.json")
    contrast = run_balm("contrast", source, "--target", "satisfaction=satisfied", "--out", tmp_path / "c.json")
    assert score.code == contrast.code == 0
    groups = json.loads((tmp_path / "s.json").read_text("utf-8"))["groups"]
    value = {group["by"]["Class"]: group["estimate"]["value"] for group in groups}
    assert value["Business"] > value["Eco"]
    assert json.loads((tmp_path / "c.json").read_text("utf-8"))["findings"]
