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
    found = [r for r in rows("airline_tweets_dev/tweets_dev.csv.gz") if r["negativereason"] not in ("", "Can't Tell")]
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


def mixed() -> Iterator[str]:
    """Every real comment at hand, languages and trades shuffled together by a fixed rule."""
    columns = {
        "airline_tweets_dev/tweets_dev.csv.gz": "text",
        "banking77/train.csv.gz": "text",
        "is22_app_opinions/collected_reviews.csv.gz": "content",
        "zh_shopping_8cats_dev/shopping_8cats.csv.gz": "review",
        "zh_waimai_10k/waimai_10k.csv.gz": "review",
        "zh_bdci_car/bdci_car_train.csv.gz": "content",
        "zh_icbc_app_reviews/icbc_appstore.csv.gz": "text",
        "zh_appstore_reviews_dev/appstore_reviews.csv.gz": "content",
    }
    texts = [row[column] for path, column in columns.items() for row in rows(path) if row[column].strip()]
    step = 61_001  # prime: visits every text once, in an order that mixes the sources
    for i in range(len(texts)):
        yield texts[i * step % len(texts)]
