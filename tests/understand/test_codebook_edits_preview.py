"""What an edit would change, told before it is made."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from balm.core.errors import WrongUse
from balm.understand.codebook.apply import apply
from balm.understand.codebook.edits import Accept, AddTheme, Archive, Dismiss, Merge, Part, Rename, Split
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook
from balm.understand.codebook.preview import preview, preview_counts
from balm.understand.matching import Matcher
from balm.understand.understanding import Sample, Understanding

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "zh_waimai_10k" / "waimai_10k.csv.gz"

TEXTS = [
    "雨天快递太慢了，味道不错",
    "快递太慢了",
    "雨天快遞太慢了",
    "无人机坠毁了，快递太慢了",
    "今天天气不错",
    "价格太贵了。真的太贵了",
]
RAIN = Part("delivery.rain", {"en": "Rain"}, {"zh": ("雨天",)})
DRONE = AddTheme("own.drone", {"en": "Drone"}, None, "product", {"zh": ("无人机 + 坠毁",)})


@pytest.fixture(scope="module", name="book")
def fixture_book() -> Codebook:
    return load("core")


def test_a_split_moves_its_part(book: Codebook) -> None:
    before = apply(book, [])
    found = preview(before, apply(book, [Split("delivery.late", (RAIN,))]), TEXTS)
    (move,) = found.moves
    assert (move.before, move.after, move.mentions, move.comments) == ("delivery.late", "delivery.rain", 2, 2)
    assert (found.comments, found.changed_mentions, found.changed_comments) == (6, 2, 2)
    assert found.before["delivery.late"] == 4
    assert (found.after["delivery.late"], found.after["delivery.rain"]) == (2, 2)
    example = move.examples[0]
    assert TEXTS[example.comment][example.start : example.end] == example.text == "雨天快递太慢了"
    assert [example.text[a:b] for a, b in example.marks] == ["雨天快递太慢"]
    assert len(move.examples) == 1, "the same wording, in the other script, is shown once"


def test_a_new_theme_takes_from_none(book: Codebook) -> None:
    found = preview(apply(book, []), apply(book, [DRONE]), TEXTS)
    assert [(move.before, move.after, move.mentions) for move in found.moves] == [(None, "own.drone", 1)]
    assert found.moves[0].examples[0].comment == 3


def test_archive_and_merge_count_once_in_a_clause(book: Codebook) -> None:
    found = preview(apply(book, []), apply(book, [Archive("price.high")]), TEXTS)
    (move,) = found.moves
    assert (move.before, move.after, move.mentions, move.comments) == ("price.high", None, 2, 1)
    assert [move.examples[0].text[a:b] for a, b in move.examples[0].marks] == ["太贵"]
    merged = apply(book, [Merge(("price.high",), "delivery.late")])
    both = preview(apply(book, []), merged, ["快递太慢价格太贵了"])
    assert both.after == {"delivery.late": 1}


def test_names_change_nothing(book: Codebook) -> None:
    found = preview(apply(book, []), apply(book, [Rename("price.high", {"en": "Dear"})]), TEXTS)
    assert (found.moves, found.changed_mentions, found.changed_comments) == ((), 0, 0)
    assert found.before == found.after
    assert preview(apply(book, []), apply(book, [DRONE]), []).moves == ()


def test_counts_alone_serve_for_lineage(book: Codebook) -> None:
    before = apply(book, [Merge(("app.ads",), "app.crash")])
    after = apply(before, [Archive("app.crash"), Dismiss("found.1"), Accept("found.2", {"en": "x"}, None, "process")])
    found = preview_counts(before, after, {"app.ads": 3, "app.crash": 4, "found.1": 5, "found.2": 6, "price.high": 7})
    assert [(m.before, m.after, m.mentions) for m in found.moves] == [("app.crash", None, 7), ("found.1", None, 5)]
    assert found.before == {"app.crash": 7, "found.1": 5, "found.2": 6, "price.high": 7}
    assert found.after == {"found.2": 6, "price.high": 7}
    with pytest.raises(WrongUse, match="give preview the texts"):
        preview_counts(before, apply(book, [DRONE]), {})


def test_an_understanding_codes_what_no_phrase_codes(book: Codebook) -> None:
    rng = np.random.default_rng(0)
    late = [f"{a}{b}{c}" for a in ("快递", "包裹") for b in ("太慢了", "还没到") for c in ("，气死", "，唉", "")]
    soup = [
        f"{a}汤汁渗得到处都是{b}" for a in ("今天", "昨天", "又是", "这次") for b in ("太恶心", "真恶心", "恶心死了")
    ]
    texts = [str(t) for t in rng.permutation((late + soup) * 12)]
    understanding = Understanding.fit(Sample(texts, np.full(len(texts), np.nan)), codebook="core", k=2)
    assert understanding.learnt.found.themes
    soaked = AddTheme("own.soup", {"en": "Soup"}, None, "product", {"zh": ("汤汁",)})
    found = preview(apply(book, []), apply(book, [soaked]), texts, understanding)
    taken = {move.before for move in found.moves if move.after == "own.soup"}
    assert taken & {theme.id for theme in understanding.learnt.found.themes}
    assert sum(move.mentions for move in found.moves if move.after == "own.soup") == sum("汤汁" in t for t in texts)


@pytest.mark.data
def test_twenty_thousand_comments_take_seconds() -> None:
    if not DATA.exists():
        pytest.skip("the public data sets are not at hand")
    import pandas as pd

    texts = (pd.read_csv(DATA)["review"].astype(str).tolist() * 2)[:20_000]
    book = load("core,food_delivery")
    spilled = AddTheme("own.spill", {"en": "Spilled"}, None, "product", {"zh": ("洒了", "漏了")})
    start = time.perf_counter()
    found = preview(apply(book, []), apply(book, [spilled]), texts)
    assert time.perf_counter() - start < 15  # 1.2 s on an idle core; other work may share it
    assert found.after["own.spill"] > 50
    assert len(Matcher(book).themes) + 1 >= len(found.after)
