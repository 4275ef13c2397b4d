"""Every answer held against the plain sum over all rows, and what searches find."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from balm.analysis import Analysis
from balm.core.decisions import Decisions, Recode
from balm.lake import tables
from balm.lake.queries import NO_THEME, Comment, Counts, Cursor, Filter, Lake, spans
from balm.lake.query.place import shown

LATE = Filter(themes=("delivery.late",), sentiment=("negative",))
FILTERS = {
    "everything": Filter(),
    "a theme's negative mentions": LATE,
    "two themes": Filter(themes=("delivery.late", "app.crash")),
    "no theme": Filter(themes=(NO_THEME,)),
    "no theme or late": Filter(themes=(NO_THEME, "delivery.late"), language=("en",)),
    "attribute": Filter(by={"region": ("South", "Taiwan")}),
    "unknown attribute": Filter(by={"colour": ("red",)}),
    "scores": Filter(score_min=1, score_max=2),
    "days": Filter(first=dt.date(2026, 2, 3), last=dt.date(2026, 3, 1)),
    "words": Filter(text="物流"),
    "several": Filter(
        sentiment=("negative",), by={"region": ("South",)}, score_max=3, first=dt.date(2026, 2, 1), text="delivery"
    ),
    "of mentions": Filter(emotion=("anger", "frustration"), target=("process",), kind=("process",)),
    "intent": Filter(intent=("complaint",), urgency=("normal",)),
    "file": Filter(sources=("feedback.csv",)),
    "another file": Filter(sources=("other.csv",)),
}


@dataclasses.dataclass
class Rows:
    """All rows in memory: the slow, plain way to answer."""

    comments: list[dict[str, Any]]
    mentions: dict[tuple[int, int], list[dict[str, Any]]]

    @classmethod
    def of(cls, folder: Path) -> Rows:
        comments = [r for f in tables.files(folder, "feedback") for r in pq.read_table(f).to_pylist()]
        mentions = defaultdict(list)
        for f in tables.files(folder, "mentions"):
            for row in pq.read_table(f).to_pylist():
                mentions[row["part"], row["row"]].append(row)
        return cls(comments, mentions)

    def met(self, asked: Filter, decided: Decisions) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
        hand = {(r.feedback_id, r.mention): decided.theme(r.theme_id) for r in decided.recodes}
        found = []
        for c in self.comments:
            if not self._comment(c, asked, decided):
                continue
            kept = []
            for m in self.mentions[c["part"], c["row"]]:
                key = (m["feedback_id"], m["mention"])
                theme = hand[key] if key in hand else decided.theme(m["theme_id"])
                plain = all(
                    not getattr(asked, n) or m[n] in getattr(asked, n)
                    for n in ("sentiment", "language", "emotion", "kind", "target", "intent", "urgency")
                )
                if plain and (not asked.themes or (theme or NO_THEME) in asked.themes):
                    kept.append(m)
            if kept or not asked.asks_mentions:
                found.append((c, kept))
        return found

    @staticmethod
    def _comment(c: dict[str, Any], asked: Filter, decided: Decisions) -> bool:
        day = c["time"].date() if c["time"] else None
        score = c["score"]
        return all(
            [
                asked.score_min is None or (score is not None and score >= asked.score_min),
                asked.score_max is None or (score is not None and score <= asked.score_max),
                asked.first is None or (day is not None and day >= asked.first),
                asked.last is None or (day is not None and day <= asked.last),
                not asked.sources or c["source"] in asked.sources,
                all(c.get("by:" + name) in values for name, values in asked.by.items()),
                asked.customer is None
                or (c["customer"] is not None and decided.customer(c["customer"]) == decided.customer(asked.customer)),
                not asked.text or bool(spans(asked.text, c["text"])),
            ]
        )

    def counts(self, asked: Filter, decided: Decisions) -> Counts:
        met = self.met(asked, decided)
        people = {decided.customer(c["customer"]) for c, _ in met if c["customer"] is not None}
        alone = sum(c["customer"] is None for c, _ in met)
        return Counts(len(met), sum(len(kept) for _, kept in met), len(people) + alone)


@pytest.fixture(scope="module")
def folder(small_analysis: Analysis) -> Path:
    assert small_analysis.folder is not None
    return small_analysis.folder


@pytest.fixture(scope="module")
def rows(folder: Path) -> Rows:
    return Rows.of(folder)


@pytest.fixture(scope="module")
def decided(rows: Rows) -> Decisions:
    """A theme merged, one archived, one merged into the merged one; three customers as one; mentions coded by hand."""
    often = [key for key, _ in Counter(c["customer"] for c in rows.comments if c["customer"]).most_common(4)]
    coded = [m for some in rows.mentions.values() for m in some if m["theme_id"] == "app.crash"][:4]
    return Decisions(
        themes={"delivery.tracking": "delivery.late", "delivery.lost": "delivery.tracking", "app.slow": None},
        customers={often[1]: often[0], often[2]: often[1]},
        recodes=(
            Recode(coded[0]["feedback_id"], coded[0]["mention"], "delivery.late"),
            Recode(coded[1]["feedback_id"], coded[1]["mention"], None),
            Recode(coded[2]["feedback_id"], coded[2]["mention"], "delivery.lost"),
            Recode(coded[2]["feedback_id"], coded[2]["mention"], "delivery.tracking"),
            Recode("there is no such comment", 0, "app.crash"),
        ),
    )


@pytest.mark.parametrize("name", FILTERS)
def test_counts_are_those_of_all_rows(name: str, folder: Path, rows: Rows, decided: Decisions) -> None:
    asked = FILTERS[name]
    assert Lake.open(folder).counts(asked) == rows.counts(asked, Decisions())
    assert Lake.open(folder, None, decided).counts(asked) == rows.counts(asked, decided)


def test_counts_are_those_of_the_analysis(folder: Path, small_analysis: Analysis) -> None:
    lake = Lake.open(folder)
    for pain in small_analysis.painpoints:
        counts = lake.counts(Filter(themes=(pain.theme_id,), sentiment=("negative",)))
        assert counts == Counts(pain.comments, pain.mentions, pain.customers)


@pytest.mark.parametrize("oldest_first", [False, True])
@pytest.mark.parametrize("name", ["everything", "a theme's negative mentions", "several"])
def test_pages_hold_every_comment_once_in_order(
    name: str, oldest_first: bool, folder: Path, rows: Rows, decided: Decisions
) -> None:
    lake, asked = Lake.open(folder, None, decided), FILTERS[name]
    page = lake.page(asked, size=400, oldest_first=oldest_first)
    assert page.newer is None
    seen: list[Comment] = list(page.comments)
    pages = [page]
    while page.older:
        page = lake.page(asked, at=page.older, size=400, oldest_first=oldest_first)
        seen += page.comments
        pages.append(page)
    wanted = sorted(
        rows.met(asked, decided), key=lambda met: (met[0]["time"] or dt.datetime.min, met[0]["part"], met[0]["row"])
    )
    ids = [c["feedback_id"] for c, _ in wanted]
    assert [c.feedback_id for c in seen] == (ids if oldest_first else ids[::-1])
    matched = {c["feedback_id"]: [m["mention"] for m in kept] for c, kept in wanted}
    assert all([m.number for m in c.mentions if m.matched] == matched[c.feedback_id] for c in seen if asked != Filter())
    while page.newer:  # and back again
        page = lake.page(asked, at=page.newer, back=True, size=400, oldest_first=oldest_first)
        pages.pop()
        assert page.comments == pages[-1].comments
    assert len(pages) == 1


def test_a_cursor_is_read_back_and_nothing_else_is() -> None:
    cursor = Cursor(dt.datetime(2026, 3, 4, 5, 6, 7, 891), 12, 34)
    assert Cursor.read(str(cursor)) == cursor
    for text in ("", "x", "2026-01-01_1", "2026-01-01_1_-2", "2026-01-01_1_99999999999", "2026-01-01T00:00+08:00_1_2"):
        assert Cursor.read(text) is None


@pytest.mark.parametrize("name", ["everything", "attribute", "several", "a theme's negative mentions"])
def test_facets_count_comments_under_the_other_filters(name: str, folder: Path, rows: Rows, decided: Decisions) -> None:
    lake, asked = Lake.open(folder, None, decided), FILTERS[name]
    found = lake.facets(asked)
    for facet, changes in (("sentiment", {"sentiment": ()}), ("themes", {"themes": ()}), ("by:region", {})):
        under = dataclasses.replace(asked, **changes)
        if facet == "by:region":
            under = dataclasses.replace(asked, by={})
        wanted = {}
        for value, _ in found[facet]:
            one = {"by": {"region": (value,)}} if facet == "by:region" else {facet: (value,)}
            wanted[value] = rows.counts(dataclasses.replace(under, **one), decided).comments
        assert dict(found[facet]) == wanted
        assert all(wanted.values())
        assert [n for _, n in found[facet]] == sorted(wanted.values(), reverse=True)


def test_one_comment_with_its_mentions(folder: Path, rows: Rows, decided: Decisions) -> None:
    lake = Lake.open(folder, None, decided)
    for row in rows.comments[:12]:
        comment = lake.comment(row["feedback_id"])
        assert comment is not None
        assert (comment.text, comment.score, comment.time) == (row["text"], row["score"], row["time"])
        assert comment.by == {n: row["by:" + n] for n in lake.attributes if row["by:" + n] is not None}
        for mention in comment.mentions:
            assert comment.text[mention.start : mention.end] == mention.text
            if mention.marks:
                assert mention.start <= mention.marks[0] < mention.marks[1] <= mention.end
    assert lake.comment("there is no such comment") is None
    hand = decided.recodes[0]
    changed = lake.comment(hand.feedback_id)
    assert changed is not None
    mention = changed.mentions[hand.mention]
    assert (mention.theme, mention.machine_theme, mention.by_hand) == ("delivery.late", "app.crash", True)


def test_an_export_holds_every_comment_once(folder: Path, rows: Rows) -> None:
    found = [c.feedback_id for part in Lake.open(folder).every(LATE) for c in part]
    assert sorted(found) == sorted(c["feedback_id"] for c, _ in rows.met(LATE, Decisions()))


def test_series_add_up(folder: Path, rows: Rows) -> None:
    months = Lake.open(folder).series(LATE, "month")
    wanted = Counter(c["time"].date().replace(day=1) for c, _ in rows.met(LATE, Decisions()))
    assert {start: n for start, n, _ in months} == {start: wanted[start] for start, _, _ in months}
    assert sum(total for _, _, total in months) == len(rows.comments)


def test_customers_with_what_they_said(folder: Path, rows: Rows, decided: Decisions) -> None:
    lake = Lake.open(folder, None, decided)
    comments, negative, last = Counter(), Counter(), {}
    bad = {c["feedback_id"] for c, _ in rows.met(Filter(sentiment=("negative",)), decided)}
    for c in rows.comments:
        if c["customer"] is not None:
            key = decided.customer(c["customer"])
            comments[key] += 1
            negative[key] += c["feedback_id"] in bad
            last[key] = max(filter(None, (last.get(key), c["time"])), default=None)
    for order in ("last", "comments", "negative"):
        found, total = lake.customers(order=order, size=1000)
        assert total == len(found) == len(comments)
        assert {c.key: (c.comments, c.negative, c.last) for c in found} == {
            key: (comments[key], negative[key], last[key]) for key in comments
        }
        ranks = [getattr(c, order) for c in found]
        assert ranks == sorted(ranks, reverse=True)
    second, total = lake.customers(start=50, size=50)
    assert [c.key for c in second] == [c.key for c in lake.customers(size=100)[0][50:]]
    alias = next(iter(decided.customers))
    one = lake.customer(alias)
    assert one is not None and one.key == decided.customer(alias) and one.keys == 3
    assert one.comments == comments[one.key]
    assert [c.key for c in lake.customers(alias.lower())[0]] == [one.key]
    alone = lake.keys(lake.keys_of(alias))
    assert sum(c.comments for c in alone.values()) == one.comments
    assert lake.customer("nobody") is None


def test_a_lake_that_is_not_there_is_empty(tmp_path: Path) -> None:
    lake = Lake.open(tmp_path)
    assert lake.counts(LATE) == lake.counts(Filter()) == Counts(0, 0, 0)
    assert lake.page(Filter()).comments == ()
    assert lake.facets(Filter())["themes"] == []
    assert lake.customers() == ([], 0)
    assert lake.comment("x") is None


def test_versions_that_are_gone_give_the_newest(folder: Path) -> None:
    assert Lake.open(folder, {"feedback": 999, "mentions": 999}).counts(Filter()) == Lake.open(folder).counts(Filter())
    assert Lake.open(folder, {"feedback": tables.version(folder, "feedback"), "mentions": 0}).counts(LATE).mentions == 0


def test_threads_ask_beside_each_other(folder: Path) -> None:
    lake, found = Lake.open(folder), []
    wanted = lake.counts(LATE)
    threads = [threading.Thread(target=lambda: found.append(lake.counts(LATE))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8


def test_places_move_with_the_placeholders() -> None:
    # "call 13800138000 or 02112345678 now" → "call [PHONE] or [PHONE] now"
    cut = [[5, 16, 7], [20, 31, 7]]
    original, redacted = "call 13800138000 or 02112345678 now", "call [PHONE] or [PHONE] now"
    for word in ("call", " or ", "now"):
        start = original.index(word)
        end = start + len(word)
        assert redacted[shown(start, cut) : shown(end, cut, end=True)] == word
    assert redacted[shown(5, cut) : shown(16, cut, end=True)] == "[PHONE]"
    assert redacted[shown(8, cut) : shown(25, cut, end=True)] == "[PHONE] or [PHONE]"
