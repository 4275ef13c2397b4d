"""Floors on the public sets: what discovery and the starter codebook must reach (peers: shared/evidence.md)."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from balm.understand.block import Block
from balm.understand.codebook.load import load
from balm.understand.discovery import discover
from balm.understand.documents import code_documents
from balm.understand.matching import choose_packs
from balm.understand.normalize import normalize

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data sets are not at {DATA}"),
]


def rows(path: str) -> list[dict[str, str]]:
    with gzip.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def airline() -> tuple[list[str], list[str]]:
    told = [r for r in rows("airline_tweets_dev/tweets_dev.csv.gz") if r["negativereason"] not in ("", "Can't Tell")]
    return [r["text"] for r in told], [r["negativereason"] for r in told]


def car() -> tuple[list[str], list[str]]:
    told = rows("zh_bdci_car/bdci_car_train.csv.gz")
    subjects = Counter(r["content_id"] for r in told)
    told = [r for r in told if subjects[r["content_id"]] == 1]
    return [r["content"] for r in told], [r["subject"] for r in told]


def shops() -> tuple[list[str], list[str]]:
    told = rows("zh_shopping_8cats_dev/shopping_8cats.csv.gz")[::4]
    return [r["review"] for r in told], [r["cat"] for r in told]


def nmi(a: list[str], b: np.ndarray) -> float:
    x, y = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    p = np.zeros((x.max() + 1, y.max() + 1))
    np.add.at(p, (x, y), 1 / len(a))
    seen = p > 0
    mutual = (p[seen] * np.log(p[seen] / np.outer(p.sum(1), p.sum(0))[seen])).sum()
    return float(2 * mutual / sum(-(q[q > 0] * np.log(q[q > 0])).sum() for q in (p.sum(1), p.sum(0))))


@pytest.mark.parametrize(
    ("texts_and_labels", "floor"),
    # floors above the best peer that needs no neural network, and in Chinese above every peer
    [(airline, 0.255), (car, 0.50), (shops, 0.58)],
)
def test_discovery(texts_and_labels, floor: float) -> None:
    texts, labels = texts_and_labels()
    assert nmi(labels, discover(texts, k=len(set(labels))).labels) > floor


@pytest.mark.parametrize(
    ("texts_and_labels", "packs", "classes", "floor"),
    [
        (airline, "core,travel", {"flight.late": "Late Flight", "flight.cancelled": "Cancelled Flight",
         "flight.queue": "longlines", "waiting.queue": "longlines", "flight.crew": "Flight Attendant Complaints",
         "flight.seat": "Bad Flight", "flight.amenities": "Bad Flight", "flight.aboard": "Bad Flight",
         "flight.booking": "Flight Booking Problems", "flight.rebooking": "Flight Booking Problems",
         "baggage.lost": "Lost Luggage", "baggage.damaged": "Damaged Luggage",
         **dict.fromkeys(("support", "staff", "competence", "resolution", "communication", "trust"),
                         "Customer Service Issue")}, 0.50),
        (car, "core,automotive", {"car.power": "动力", "car.transmission": "动力", "car.consumption": "油耗",
         "car.handling": "操控", "car.comfort": "舒适性", "car.equipment": "配置", "car.safety": "安全性",
         "car.interior": "内饰", "car.exterior": "外观", "car.space": "空间", "car.price": "价格",
         "price": "价格"}, 0.68),
    ],
)  # fmt: skip
def test_codebook_without_labels(texts_and_labels, packs: str, classes: dict[str, str], floor: float) -> None:
    texts, labels = texts_and_labels()
    given = code_documents(texts, load(packs), classes=classes)
    scores = []
    for name in set(labels):
        hit = sum(t == name == g for t, g in zip(labels, given, strict=True))
        scores.append(2 * hit / (labels.count(name) + given.count(name)))
    assert np.mean(scores) > floor


@pytest.mark.parametrize(
    ("path", "column", "trade"),
    [
        ("airline_tweets_dev/tweets_dev.csv.gz", "text", "travel"),
        ("banking77/test.csv.gz", "text", "banking"),
        ("zh_bdci_car/bdci_car_train.csv.gz", "content", "automotive"),
        ("zh_waimai_10k/waimai_10k.csv.gz", "review", "food_delivery"),
    ],
)
def test_packs_are_of_the_trade(path: str, column: str, trade: str) -> None:
    sample = normalize(Block.of([r[column] for r in rows(path)[:4_000]]))
    chosen = choose_packs(load(), sample)
    assert trade in chosen
    assert not set(chosen) & ({"travel", "banking", "automotive", "food_delivery"} - {trade})
