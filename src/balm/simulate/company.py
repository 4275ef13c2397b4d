"""A company whose truth is known: a bilingual shop for lamps and scent, some months of feedback, pains planted in it.

Every contact has events (a late parcel, a crash) drawn from rates that depend on segment and date; events cost score;
customers mention some of them. The rates and costs are the truth that analysis is held against. Decoys are planted
too: a topic much talked of that costs nothing, a channel whose volume grows, a weekly rhythm.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from balm.core.errors import WrongUse
from balm.core.types import to_json
from balm.simulate.speech import Speech

FIRST_DAY = dt.date(2026, 1, 1)
RELEASE_DAY = dt.date(2026, 4, 14)

REGIONS = ("North", "South", "Taiwan", "Hong Kong", "Overseas")
CHANNELS = ("app", "web", "store", "hotline")
TIERS = ("new", "regular", "gold")
DEVICES = ("iOS", "Android", "desktop")


@dataclass(frozen=True)
class Planted:
    """A pain put into the data.

    `rate`: share of contacts it happens to outside `where`; `lift`: rate inside `where` ÷ outside; `cost`: points of a
    1–5 score lost by it; `since`: day before which it is ten times rarer; `themes`: codebook ids that count as found.
    """

    name: str
    rate: float
    cost: float
    where: dict[str, str] = field(default_factory=dict)
    lift: float = 1.0
    since: dt.date | None = None
    themes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fix:
    """A remedy put into the data: from `start` on, and until `end` where it wears off, the pain happens `keep` times as
    often to contacts inside `where` (column → values; empty: to all)."""

    pain: str
    start: dt.date
    keep: float = 0.1
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    end: dt.date | None = None


PAINS = (
    Planted("late_delivery", 0.11, 1.1, {"region": "South"}, 3.0,
            themes=("delivery.late", "delivery.not_shipped", "delivery.tracking", "delivery.lost")),
    Planted("app_crash", 0.12, 1.3, {"device": "Android"}, 3.5, since=RELEASE_DAY,
            themes=("app.crash", "app.update", "app.slow", "app.error")),
    Planted("slow_support", 0.07, 1.2, {"channel": "hotline"}, 2.5,
            themes=("support.no_reply", "support.hold", "support.bot", "support.unreachable", "resolution.slow")),
    Planted("refund", 0.045, 1.6,
            themes=("returns.refund_slow", "returns.refused", "returns.hassle", "returns.amount")),
    Planted("misleading", 0.05, 0.9, {"tier": "new"}, 2.2,
            themes=("info.mismatch", "info.missing", "promise.misleading", "product.fit")),
    Planted("rude_agent", 0.022, 1.8, themes=("staff.rude", "staff.indifferent", "staff.poor", "support.cut_off")),
    Planted("strict_policy", 0.04, 0.7, themes=("policy.rigid", "policy.paperwork", "promise.promotion")),
    Planted("fragile_packaging", 0.035, 1.4, themes=("delivery.damaged",)),
    Planted("cartridge", 0.06, 0.8),
)  # fmt: skip
PRAISES = {
    "love_product": (0.40, 0.25),
    "fast_delivery": (0.14, 0.2),
    "kind_agent": (0.10, 0.3),
    "good_value": (0.12, 0.15),
}
MENTIONED = 0.8
"""Share of events that the customer writes about."""


@dataclass(frozen=True)
class Simulation:
    """`feedback`: columns feedback_id, created_at, customer_id, channel, region, tier, device, language, csat, comment.

    `said`: per feedback the planted topics its words raise. `truth`: what was planted, JSON-ready.
    """

    feedback: pa.Table
    said: list[tuple[str, ...]]
    truth: dict[str, Any]

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write `feedback.csv` and `truth.json`; returns both paths."""
        from pyarrow import csv

        folder.mkdir(parents=True, exist_ok=True)
        data, truth = folder / "feedback.csv", folder / "truth.json"
        csv.write_csv(self.feedback, data)
        truth.write_text(json.dumps(self.truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return data, truth


def simulate(
    *,
    comments: int = 8000,
    months: int = 6,
    customers: int | None = None,
    seed: int = 7,
    start: dt.date = FIRST_DAY,
    number: int = 0,
    fixes: Sequence[Fix] = (),
) -> Simulation:
    """Simulate `comments` comments over `months` months. Same arguments, same bytes.

    A file that goes on where another ended: the same `seed` and `customers` (the same people), a later `start` (first
    of a month), and as `number` the comments before it. Raises WrongUse for fewer than 1 comment, months outside
    1 … 60, a start before the company's first day or inside a month, or a fix of a pain that is not planted.
    """
    if comments < 1 or not 1 <= months <= 60:
        raise WrongUse("simulate needs at least 1 comment and 1 to 60 months")
    if start < FIRST_DAY or start.day != 1:
        raise WrongUse(f"a simulation starts on the first of a month, {FIRST_DAY} or later")
    if unknown := {fix.pain for fix in fixes} - {pain.name for pain in PAINS}:
        raise WrongUse(f"no pain called {', '.join(sorted(unknown))} is planted")
    rng = np.random.default_rng(seed)
    people = _people(customers or max(1, comments // 2), rng)
    if start > FIRST_DAY:
        rng = np.random.default_rng([seed, start.toordinal()])
    contact = _contacts(people, comments, start, months, rng)
    events = {p.name: rng.random(comments) < _rate(p, contact, fixes) for p in PAINS}
    pained = np.logical_or.reduce(list(events.values()))
    for name, (rate, _) in PRAISES.items():
        events[name] = rng.random(comments) < rate * np.where(pained, 0.5, 1.0)
    events["fast_delivery"] &= ~events["late_delivery"]
    events["kind_agent"] &= ~events["rude_agent"]
    score = _score(contact, events, rng)
    # decoys: price is talked of beside late parcels, couriers are named without complaint
    events["price_talk"] = rng.random(comments) < np.where(events["late_delivery"], 0.35, 0.06)
    events["neutral_order"] = rng.random(comments) < 0.15
    texts, said = _texts(contact, events, rng)
    answered = rng.random(comments) < 0.85
    table = _table(contact, score, answered, texts, number)
    truth = _truth(contact, events, months, seed)
    truth["fixes"] = [to_json(fix) for fix in fixes]
    return Simulation(table, said, truth)


def _people(n: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    region = rng.choice(5, n, p=[0.34, 0.26, 0.14, 0.08, 0.18])
    return {
        "region": region,
        "tier": rng.choice(3, n, p=[0.3, 0.5, 0.2]),
        "device": rng.choice(3, n, p=[0.4, 0.42, 0.18]),
        "leniency": rng.normal(0, 0.45, n),
        "talk": rng.gamma(2.0, 0.5, n) + 0.1,  # some write often
    }


def _contacts(
    people: dict[str, NDArray[Any]], n: int, start: dt.date, months: int, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    weight = people["talk"] / people["talk"].sum()
    who = rng.choice(len(weight), n, p=weight)
    span = (_add_months(start, months) - start).days
    day_weight = 1 + 0.35 * np.isin((np.arange(span) + start.weekday()) % 7, (5, 6))
    day = np.sort(rng.choice(span, n, p=day_weight / day_weight.sum()))
    # the app channel grows in the first file: more comments, not more pain
    app = 0.30 + 0.25 * day / span if start == FIRST_DAY else 0.55
    day = day + (start - FIRST_DAY).days
    channel = np.where(rng.random(n) < app, 0, rng.choice([1, 2, 3], n, p=[0.5, 0.25, 0.25]))
    region = people["region"][who]
    # the language follows the region, with exceptions
    spoken = np.select([region <= 1, region <= 3], [0, 1], 2)
    language = np.where(rng.random(n) < 0.06, rng.integers(0, 3, n), spoken)
    return {"who": who, "day": day, "channel": channel, "region": region, "tier": people["tier"][who],
            "device": people["device"][who], "language": language, "leniency": people["leniency"][who],
            "second": rng.integers(6 * 3600, 24 * 3600, n)}  # fmt: skip


def _add_months(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


_NAMES = {"region": REGIONS, "channel": CHANNELS, "tier": TIERS, "device": DEVICES}


def _rate(pain: Planted, contact: dict[str, NDArray[Any]], fixes: Sequence[Fix]) -> NDArray[np.float64]:
    rate = np.full(len(contact["day"]), pain.rate)
    for column, value in pain.where.items():
        rate = np.where(contact[column] == _NAMES[column].index(value), rate * pain.lift, rate)
    if pain.since is not None:
        rate = np.where(contact["day"] < (pain.since - FIRST_DAY).days, rate / 10, rate)
    for fix in fixes:
        if fix.pain == pain.name:
            rate = np.where(_fixed(fix, contact), rate * fix.keep, rate)
    return rate


def _fixed(fix: Fix, contact: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """The contacts that the fix reaches."""
    reached: NDArray[np.bool_] = contact["day"] >= (fix.start - FIRST_DAY).days
    if fix.end is not None:
        reached &= contact["day"] < (fix.end - FIRST_DAY).days
    for column, values in fix.where.items():
        reached &= np.isin(contact[column], [_NAMES[column].index(value) for value in values])
    return reached


def _score(
    contact: dict[str, NDArray[Any]], events: dict[str, NDArray[np.bool_]], rng: np.random.Generator
) -> NDArray[np.int64]:
    n = len(contact["day"])
    latent = 4.25 + contact["leniency"] + rng.normal(0, 0.6, n)
    for pain in PAINS:
        latent -= pain.cost * events[pain.name]
    for name, (_, gain) in PRAISES.items():
        latent += gain * events[name]
    return np.clip(np.rint(latent), 1, 5).astype(np.int64)


def _texts(
    contact: dict[str, NDArray[Any]], events: dict[str, NDArray[np.bool_]], rng: np.random.Generator
) -> tuple[list[str], list[tuple[str, ...]]]:
    speech = Speech.load()
    names = list(events)
    happened = np.column_stack([events[name] for name in names])
    spoken = happened & (rng.random(happened.shape) < MENTIONED)
    texts, said = [], []
    for i, language in enumerate(contact["language"]):
        topics = [names[j] for j in np.flatnonzero(spoken[i])]
        rng.shuffle(topics)
        topics = topics[:4] or [names[int(rng.choice([names.index("neutral_order"), names.index("love_product")]))]]
        texts.append(speech.comment(topics, ("zh-Hans", "zh-Hant", "en")[language], rng))
        said.append(tuple(topics))
    return texts, said


def _table(
    contact: dict[str, NDArray[Any]],
    score: NDArray[np.int64],
    answered: NDArray[np.bool_],
    texts: list[str],
    number: int,
) -> pa.Table:
    n = len(texts)
    day = np.datetime64(FIRST_DAY, "s") + contact["day"].astype("timedelta64[D]")
    columns: dict[str, pa.Array] = {
        "feedback_id": pa.array([f"F{i:07d}" for i in range(number, number + n)]),
        "created_at": pa.array(day + contact["second"].astype("timedelta64[s]"), pa.timestamp("s")),
        "customer_id": pa.array([f"C{w:06d}" for w in contact["who"]]),
    }
    for column, names in _NAMES.items():
        columns[column] = pa.array(np.array(names)[contact[column]].tolist())
    columns["csat"] = pa.array(score, pa.int64(), mask=~answered)
    columns["comment"] = pa.array(texts)
    return pa.table(columns)


def _truth(
    contact: dict[str, NDArray[Any]], events: dict[str, NDArray[np.bool_]], months: int, seed: int
) -> dict[str, Any]:
    n = len(contact["day"])
    people = len(np.unique(contact["who"]))
    pains = []
    for pain in PAINS:
        hit = events[pain.name]
        pains.append(
            {"name": pain.name, "cost": pain.cost, "share_of_contacts": float(hit.mean()),
             "customers": len(np.unique(contact["who"][hit])), "where": pain.where, "lift": pain.lift,
             "since": pain.since.isoformat() if pain.since else None, "themes": list(pain.themes)}
        )  # fmt: skip
    return {
        "company": "Lumen Home 光屿家居 光嶼家居",
        "seed": seed, "comments": n, "customers": people, "months": months, "mentioned": MENTIONED,
        "releases": [{"name": "app 5.2", "date": RELEASE_DAY.isoformat(), "breaks": "app_crash"}],
        "pains": pains,
        "praises": sorted(PRAISES),
        "decoys": {"price_talk": "talked of beside late deliveries; costs no score", "neutral_order": "no complaint",
                   "app_volume": "the app channel grows; its share of pain does not", "weekend": "more comments"},
    }  # fmt: skip
