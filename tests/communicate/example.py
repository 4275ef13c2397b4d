"""The made-up shop of the tests. Every count is counted from the mentions, so that pages can be checked by them."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml

from balm.core.types import (
    Change,
    Estimate,
    Finding,
    Overview,
    PainPoint,
    Point,
    Priority,
    Quote,
    Theme,
    Trend,
)

START = dt.date(2025, 3, 3)
WEEKS = 24

THEMES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("shop.yaml").read_text("utf-8"))
"""Themes with their weight among complaints, the score they cost, and what customers say of them."""

HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    '<img src=x onerror="window.hacked = 2"> & <b>bold</b>',
    '=HYPERLINK("http://example.invalid","click")',
    "{{7*7}} ${window.hacked = 3} \u202eright to left",
]


def wilson(k: int, n: int) -> Estimate:
    if not n:
        return Estimate(None, None, None, 0, "wilson")
    z, p = 1.96, k / n
    mid, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, (mid - half) / (1 + z * z / n), (mid + half) / (1 + z * z / n), n, "wilson")


def mentions(rng: np.random.Generator, n: int) -> list[dict[str, Any]]:
    """Rows of mentions with score, time, customer and channel; hostile texts among them."""
    weights = np.array([t["weight"] for t in THEMES], float)
    rows: list[dict[str, Any]] = []
    comment = 0
    while len(rows) < n:
        comment += 1
        week = int(rng.integers(WEEKS))
        language = str(rng.choice(["zh-Hans", "zh-Hant", "en"], p=[0.42, 0.24, 0.34]))
        channel = str(rng.choice(["app", "web", "store"], p=[0.5, 0.35, 0.15]))
        w = weights.copy()
        for i, t in enumerate(THEMES):
            if "shift" in t and week >= t["shift"][0]:
                w[i] *= t["shift"][1] * (1.5 if channel == "app" else 0.6)
        lost = 0.0
        made = []
        for k in range(int(rng.integers(1, 4))):
            bad, uncoded = rng.random() < 0.62, rng.random() < 0.12
            t = THEMES[int(rng.choice(len(THEMES), p=w / w.sum()))]
            pool = (t["bad"] if bad else t["good"])[language]
            text = str(pool[int(rng.integers(len(pool)))]).format(d=int(rng.integers(2, 9)))
            if uncoded:
                text = {"zh-Hans": "第一次在这里买", "zh-Hant": "第一次在這裡買", "en": "First time I bought here"}[
                    language
                ]
            lost += t["lost"] if bad and not uncoded else 0.0
            made.append(
                {
                    "feedback_id": f"R{comment:05d}",
                    "mention": k,
                    "start": 0,
                    "end": len(text),
                    "text": text,
                    "language": language,
                    "theme_id": None if uncoded else t["id"],
                    "theme": None if uncoded else t["labels"][2],
                    "origin": None if uncoded else "discovered" if "found" in t else "phrase",
                    "sentiment": "neutral" if uncoded else "negative" if bad else "positive",
                    "polarity": 0.0 if uncoded else -0.8 if bad else 0.8,
                    "emotion": "none" if uncoded or rng.random() < 0.55 else t["emotion"] if bad else "joy",
                    "kind": None if uncoded else t["kind"],
                    "target": None if uncoded else t["target"],
                    "intent": "statement" if uncoded else "complaint" if bad else "praise",
                    "urgency": "urgent" if bad and not uncoded and rng.random() < 0.02 else "normal",
                    "confidence": 0.8,
                }
            )
        score = None if rng.random() < 0.1 else float(np.clip(round(9.5 - lost + rng.normal(0, 1)), 0, 10))
        when = dt.datetime.combine(START + dt.timedelta(days=7 * week + int(rng.integers(7))), dt.time(12))
        for row in made:
            rows.append(row | {"score": score, "time": when, "customer": f"C{comment % 930}", "channel": channel})
    for i, text in enumerate(HOSTILE):
        rows[40 + i * 9]["text"] = text
    return rows


def table(rows: list[dict[str, Any]]) -> pa.Table:
    names = [k for k in rows[0] if k != "channel"]
    made = pa.table({k: [r[k] for r in rows] for k in names})
    return made.append_column("by:channel", pa.array([r["channel"] for r in rows]))


def _quotes(rows: list[dict[str, Any]], how_many: int) -> tuple[Quote, ...]:
    seen: dict[str, Quote] = {}
    for r in rows:
        if r["text"] in HOSTILE or r["text"] in seen:
            continue
        marks = (
            ((0, min(4, len(r["text"]))),)
            if r["language"] != "en"
            else ((r["text"].rfind(" ", 0, -8) + 1, len(r["text"])),)
        )
        seen[r["text"]] = Quote(
            r["feedback_id"],
            r["mention"],
            r["text"],
            0,
            len(r["text"]),
            r["language"],
            r["sentiment"],
            r["time"],
            r["score"],
            marks,
        )
    by_language: dict[str, list[Quote]] = {}
    for q in seen.values():
        by_language.setdefault(q.language, []).append(q)
    turns = [q for group in zip(*by_language.values(), strict=False) for q in group]
    return tuple(turns[:how_many])


def _trend(theme: dict[str, Any], rows: list[dict[str, Any]], everything: list[dict[str, Any]]) -> Trend:
    base, had = Counter[int](), Counter[int]()
    for source, into in ((everything, base), (rows, had)):
        for _, week in {(r["feedback_id"], (r["time"].date() - START).days // 7) for r in source}:
            into[week] += 1
    points = []
    for week in range(WEEKS):
        e = wilson(had[week], base[week])
        points.append(Point(START + dt.timedelta(days=7 * week), e.value, e.low, e.high, base[week], had[week]))
    first, last = (sum(had[w] for w in ws) / sum(base[w] for w in ws) for ws in (range(8), range(16, 24)))
    ratio = Estimate(last / first, last / first * 0.8, last / first * 1.25, len(rows), "bootstrap")
    direction = "rising" if last / first > 1.3 else "falling" if last / first < 0.75 else "steady"
    changes: tuple[Change, ...] = ()
    if "shift" in theme:
        day = START + dt.timedelta(days=7 * theme["shift"][0])
        cut = theme["shift"][0]
        before, after = (sum(had[w] for w in ws) / sum(base[w] for w in ws) for ws in (range(cut), range(cut, WEEKS)))
        effect = Estimate(after - before, after - before - 0.03, after - before + 0.03, len(everything), "bootstrap")
        changes = (Change(day, day - dt.timedelta(7), day + dt.timedelta(7), before, after, effect, 0.0004),)
    return Trend(direction, ratio, "week", tuple(points), changes)  # type: ignore[arg-type]


def _labels(texts: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("zh-Hans", "zh-Hant", "en"), texts, strict=True))


def _pain(t: dict[str, Any], everything: list[dict[str, Any]], customers: int) -> PainPoint:
    rows = [r for r in everything if r["theme_id"] == t["id"] and r["sentiment"] == "negative"]
    who = len({r["customer"] for r in rows})
    reach = wilson(who, customers)
    half = 2.4 / math.sqrt(max(len(rows), 1))
    severity = Estimate(t["lost"], t["lost"] - half, t["lost"] + half, len(rows), "ridge, bootstrap by customer")
    assert reach.value is not None and reach.low is not None and reach.high is not None
    impact = Estimate(
        reach.value * t["lost"],
        reach.low * (t["lost"] - half / 2),
        reach.high * (t["lost"] + half / 2),
        customers,
        "bootstrap by customer",
    )
    contrast: tuple[Finding, ...] = ()
    if "shift" in t:
        inside = {r["feedback_id"] for r in everything if r["channel"] == "app"}
        had = {r["feedback_id"] for r in rows if r["channel"] == "app"}
        contrast = (
            Finding(
                {"channel": "app"}, Estimate(2.3, 1.8, 3.0, len(inside), "log"), wilson(len(had), len(inside)), 0.0001
            ),
        )
    return PainPoint(
        t["id"],
        _labels(t["labels"]),
        t["kind"],
        len(rows),
        len({r["feedback_id"] for r in rows}),
        who,
        reach,
        severity,
        impact,
        _trend(t, rows, everything),
        contrast=contrast,
        quotes=_quotes(rows, 5),
        emotions=dict(Counter(r["emotion"] for r in rows)),
        targets=dict(Counter(r["target"] for r in rows)),
        urgent=sum(r["urgency"] == "urgent" for r in rows),
        origin="discovered" if "found" in t else "codebook",
        distinctive=tuple(t.get("found", ())),
    )


def _prioritize(pains: list[PainPoint]) -> None:
    pains.sort(key=lambda p: -(p.impact.value or 0))
    easy = {t["id"]: {"low": 1, "medium": 2, "high": 3}[t["easy"]] for t in THEMES}
    effort = sorted(pains, key=lambda p: -(p.impact.value or 0) * easy[p.theme_id])
    for i, p in enumerate(pains, 1):
        level = "high" if i <= 3 else "medium" if i <= 7 else "low"
        words = {"high": ("高", "高"), "medium": ("中", "中"), "low": ("低", "低")}[level]
        reason = {
            "en": f"Reach and severity together are {level}.",
            "zh-Hans": f"波及面和严重程度合起来为{words[0]}。",
            "zh-Hant": f"波及範圍和嚴重程度合起來為{words[1]}。",
        }
        near = tuple(
            q.theme_id
            for q in pains
            if q is not p and q.impact.low is not None and q.impact.low < (p.impact.value or 0) < (q.impact.high or 0)
        )
        top = {
            1: 0.97 if i == 1 else 0.02,
            3: max(0.0, 1.02 - 0.09 * i * i / 2),
            5: max(0.01, 1.0 - 0.015 * i * i),
            10: 1.0,
        }
        p.priority["customer_impact"] = Priority("customer_impact", level, i, reason, top, near)
        p.priority["value_effort"] = Priority("value_effort", level, effort.index(p) + 1, reason, top, (), i in (1, 3))


def parts(n: int = 3000, seed: int = 7) -> dict[str, Any]:
    """Arguments of `build_report`, by name."""
    rows = mentions(np.random.default_rng(seed), n)
    customers = len({r["customer"] for r in rows})
    comments = {r["feedback_id"]: r for r in rows}
    pains = [_pain(t, rows, customers) for t in THEMES]
    _prioritize(pains)
    themes = []
    for t in THEMES:
        mine = [r for r in rows if r["theme_id"] == t["id"]]
        k, c = len({r["feedback_id"] for r in mine}), len({r["customer"] for r in mine})
        negative = sum(r["sentiment"] == "negative" for r in mine)
        good = [r for r in mine if r["sentiment"] == "positive"]
        themes.append(
            Theme(
                t["id"],
                _labels(t["labels"]),
                t["kind"],
                origin="discovered" if "found" in t else "codebook",
                distinctive=tuple(t.get("found", ())),
                mentions=len(mine),
                comments=k,
                customers=c,
                share_of_comments=wilson(k, len(comments)),
                share_of_customers=wilson(c, customers),
                negative_share=wilson(negative, len(mine)),
                examples=_quotes(good, 1) + _quotes(mine, 1),
            )
        )
    scored = [r["score"] for r in comments.values() if r["score"] is not None]
    nps = 100 * (sum(s >= 9 for s in scored) - sum(s <= 6 for s in scored)) / len(scored)
    overview = Overview(
        files=("shop-reviews.xlsx",),
        rows_read=len(comments) + 61,
        comments=len(comments),
        duplicates=48,
        rejected={"empty_text": 9, "undecodable": 4},
        customers=customers,
        customers_known=True,
        mentions=len(rows),
        coded_mentions=sum(r["theme_id"] is not None for r in rows),
        languages=dict(Counter(r["language"] for r in comments.values())) | {"other": 6},
        redactions={"mobile": 31, "order": 112, "email": 4},
        first_day=START,
        last_day=START + dt.timedelta(days=7 * WEEKS - 1),
        scale="nps",
        scores={
            "nps": Estimate(nps, nps - 4.2, nps + 4.2, len(scored), "normal"),
            "mean": Estimate(
                float(np.mean(scored)), float(np.mean(scored)) - 0.14, float(np.mean(scored)) + 0.14, len(scored), "t"
            ),
        },
        columns={"text": "Comment (longest texts)", "score": "NPS (0–10)", "time": "Created at", "customer": "Account"},
        codebook="service",
        packs=("commerce",),
        sentiment_from="scores",
        severity_from="scores",
        moved=None,
        notes=(
            {
                "en": "A tenth of the comments carry no score; severity rests on the others.",
                "zh-Hans": "有一成评论没有打分；严重程度只依据其余评论。",
                "zh-Hant": "有一成評論沒有評分；嚴重程度只依據其餘評論。",
            },
        ),
        seed=0,
        version="0.1.0",
    )
    solvability = {t["id"]: t["easy"] for t in THEMES}
    tables = [table(rows[i : i + 700]) for i in range(0, len(rows), 700)]
    return {"overview": overview, "painpoints": pains, "themes": themes, "mentions": tables, "solvability": solvability}


def large(pains: int = 180, comments: int = 10_000) -> dict[str, Any]:
    """As `parts`, of the size of real data: many pain points with long names and long lists of ties."""
    made = parts(2 * comments)
    given: list[PainPoint] = made["painpoints"]
    many = []
    for k in range(pains):
        p = given[k % len(given)]
        labels = {
            code: f"{text}{'，以及后续处理迟缓' if code != 'en' else ' and nobody answers for weeks on end'} {k + 1}"
            for code, text in p.labels.items()
        }
        ident = p.theme_id if k < len(given) else f"{p.theme_id}.{k}"
        near = tuple(f"{given[j % len(given)].theme_id}.{j}" for j in range(max(k - 9, 10), k + 9, 2) if j != k)
        priority = {name: replace(q, rank=k + 1, tied_with=near) for name, q in p.priority.items()}
        many.append(replace(p, theme_id=ident, labels=labels, priority=priority))
    made["themes"] += [replace(made["themes"][0], id=p.theme_id, labels=p.labels) for p in many[len(given) :]]
    made["solvability"] |= {p.theme_id: "medium" for p in many[::3]}
    return made | {"painpoints": many}
