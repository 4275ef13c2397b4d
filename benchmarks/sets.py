"""The public sets the benchmarks read, where they lie; nothing of them is copied into the project."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
AIRLINE = "airline_tweets_dev/tweets_dev.csv.gz"


@dataclass(frozen=True)
class Labeled:
    """Texts with one human label each. `language`: "en" or "zh"."""

    name: str
    texts: list[str]
    labels: list[str]
    language: str

    @property
    def k(self) -> int:
        return len(set(self.labels))


def rows(path: str) -> list[dict[str, str]]:
    """The rows of a gzip CSV below the data folder."""
    with gzip.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def airline() -> Labeled:
    """Negative tweets with a stated reason: nine reasons, "Can't Tell" left out."""
    found = [r for r in rows(AIRLINE) if r["negativereason"] not in ("", "Can't Tell")]
    return Labeled("airline complaints", [r["text"] for r in found], [r["negativereason"] for r in found], "en")


def car() -> Labeled:
    """Car-forum opinions on a single subject: ten subjects."""
    found = rows("zh_bdci_car/bdci_car_train.csv.gz")
    subjects = Counter(r["content_id"] for r in found)
    found = [r for r in found if subjects[r["content_id"]] == 1]
    return Labeled("car comments 中文", [r["content"] for r in found], [r["subject"] for r in found], "zh")


def banking() -> Labeled:
    found = rows("banking77/test.csv.gz")
    return Labeled("Banking77", [r["text"] for r in found], [r["category"] for r in found], "en")


def shops() -> Labeled:
    """Every fourth shop review: eight categories of goods."""
    found = rows("zh_shopping_8cats_dev/shopping_8cats.csv.gz")[::4]
    return Labeled("shop reviews 中文", [r["review"] for r in found], [r["cat"] for r in found], "zh")


def mixed() -> Iterator[tuple[str, str]]:
    """Every real comment at hand with its stars where the set has a score, languages and trades shuffled together by a
    fixed rule. Stars: an app-store rating as it is; two labels as 1 and 5; the tweets' sentiment as 1, 3, 5."""
    two, three = {"0": "1", "1": "5"}, {"negative": "1", "neutral": "3", "positive": "5"}
    sources: dict[str, tuple[str, str, dict[str, str]]] = {
        AIRLINE: ("text", "airline_sentiment", three),
        "banking77/train.csv.gz": ("text", "", {}),
        "is22_app_opinions/collected_reviews.csv.gz": ("content", "", {}),
        "zh_shopping_8cats_dev/shopping_8cats.csv.gz": ("review", "label", two),
        "zh_waimai_10k/waimai_10k.csv.gz": ("review", "label", two),
        "zh_bdci_car/bdci_car_train.csv.gz": ("content", "", {}),
        "zh_icbc_app_reviews/icbc_appstore.csv.gz": ("text", "", {}),
        "zh_appstore_reviews_dev/appstore_reviews.csv.gz": ("content", "rating", {str(i): str(i) for i in range(1, 6)}),
    }
    comments = [
        (row[text], stars.get(row.get(score, ""), ""))
        for path, (text, score, stars) in sources.items()
        for row in rows(path)
        if row[text].strip()
    ]
    step = 61_001  # prime: visits every text once, in an order that mixes the sources
    for i in range(len(comments)):
        yield comments[i * step % len(comments)]
