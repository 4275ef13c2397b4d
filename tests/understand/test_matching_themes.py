"""From phrases found to themes kept: conflicts, vetoes, praise, packs."""

from __future__ import annotations

import numpy as np
import pytest

from balm.understand.block import Block
from balm.understand.carve import carve
from balm.understand.codebook.load import load
from balm.understand.codebook.model import Codebook, Group, Pack, Theme
from balm.understand.matching import PHRASE, PRAISE, TOPIC, Hits, Matcher, choose_packs

NAMES = {"zh-Hans": "名", "zh-Hant": "名", "en": "name"}


def theme(id_: str, **phrases: dict[str, tuple[str, ...]]) -> Theme:
    return Theme(id=id_, labels=NAMES, kind="process", **phrases)


def pack(name: str, *themes: Theme, **more: dict[str, tuple[str, ...]]) -> Pack:
    group = Group(id=themes[0].id.split(".")[0], labels=NAMES, themes=themes)
    return Pack(codebook=name, version=1, labels=NAMES, themes=(group,), **more)


@pytest.fixture(scope="module")
def book() -> Codebook:
    core = pack(
        "core",
        theme("d.late", phrases={"en": ("courier|parcel + late", "late"), "zh": ("快递|物流 + 慢",)},
              praise={"en": ("on time",)}, topic_words={"en": ("courier",)}),
        theme("d.rude", phrases={"en": ("courier + rude", "rude"), "zh": ("态度 + 差|恶劣",)}),
        theme("d.fee", phrases={"en": ("late fee*",)}, **{"not": {"en": ("no late fee*",)}}),
    )  # fmt: skip
    air = pack("air", theme("f.late", phrases={"en": ("flight* + late",)}), signals={"en": ("flight*", "gate")})
    shop = pack("shop", theme("s.size", phrases={"en": ("too small",)}), signals={"en": ("order*",), "zh": ("下单",)})
    return Codebook(name="t", version=1, packs=(core, air, shop))


def themes_of(hits: Hits, clause: int) -> list[str]:
    return [hits.themes[t] for t in hits.theme[hits.clause == clause]]


def test_more_words_win(book: Codebook) -> None:
    clauses = ["my flight was late", "a late fee of $5", "late", "no late fees here", "courier came"]
    hits = Matcher(book).match(Block.of(clauses))
    assert themes_of(hits, 0) == ["f.late"]
    assert themes_of(hits, 1) == ["d.fee"]
    assert themes_of(hits, 2) == ["d.late"]
    assert "d.fee" not in themes_of(hits, 3)
    assert themes_of(hits, 4) == ["d.late"]
    assert hits.strength[hits.clause == 4].tolist() == [np.float32(TOPIC)]
    assert hits.vetoed.tolist() == [3 * 5 + 2]


def test_first_is_the_best_hit(book: Codebook) -> None:
    hits = Matcher(book).match(Block.of(["", "the courier was rude and late", "nothing"]))
    assert hits.first[[0, 2]].tolist() == [-1, -1]
    assert set(themes_of(hits, 1)) == {"d.late", "d.rude"}
    assert hits.clause[hits.first[1]] == 1


def test_praise_is_told_apart(book: Codebook) -> None:
    hits = Matcher(book).match(Block.of(["the courier was on time", "on time but rude"]))
    assert hits.strength[hits.clause == 0].tolist() == [np.float32(PRAISE)]
    assert sorted(hits.strength[hits.clause == 1].tolist()) == sorted([np.float32(PRAISE), np.float32(PHRASE)])


@pytest.mark.parametrize(
    ("clause", "pieces"),
    [
        (
            "the courier was two hours late and rude",
            [("the courier was two hours late", "d.late"), ("and rude", "d.rude")],
        ),
        ("courier late, rude too", [("courier late", "d.late"), ("rude too", "d.rude")]),
        ("快递太慢而且态度又差", [("快递太慢", "d.late"), ("而且态度又差", "d.rude")]),
        ("快递太慢态度又差", [("快递太慢态度又差", "d.late"), ("快递太慢态度又差", "d.rude")]),
        ("only rude", [("only rude", "d.rude")]),
        ("fine and good", [("fine and good", None)]),
        ("", [("", None)]),
    ],
)  # fmt: skip
def test_carve(book: Codebook, clause: str, pieces: list[tuple[str, str | None]]) -> None:
    block = Block.of(["x", clause])
    hits = Matcher(book).match(block)
    cut = carve(block, hits)
    made = [
        (clause[s:e], hits.themes[hits.theme[h]] if h >= 0 else None)
        for c, s, e, h in zip(cut.clause, cut.start, cut.end, cut.hit, strict=True)
        if c == 1
    ]
    assert made == pieces
    assert cut.clause.tolist() == [0] + [1] * len(pieces)


def test_packs_follow_the_signals(book: Codebook) -> None:
    flights = Block.of(["my flight left", "gate closed", "flight late"] * 10 + ["order"] + ["hello"] * 20)
    assert choose_packs(book, flights) == ("core", "air")
    assert choose_packs(book, flights, keep=("shop",)) == ("core", "air", "shop")
    assert choose_packs(book, Block.of(["hello"] * 100)) == ("core",)
    assert choose_packs(book, Block.of([])) == ("core",)
    assert choose_packs(book, Block.of(["下单了"] * 4 + ["好"] * 96)) == ("core",)
    assert choose_packs(book, Block.of(["下单了"] * 5 + ["好"] * 95)) == ("core", "shop")


def test_packs_count_comments_not_clauses(book: Codebook) -> None:
    clauses = Block.of(["order", "order", "order", "order", "order", "hi"])
    owner = np.array([0, 0, 0, 0, 0, 1])
    assert choose_packs(book, clauses, owner) == ("core",)


def test_starter_codebook_is_fast_and_deterministic() -> None:
    import time

    matcher = Matcher(load("core"))
    block = Block.of(
        ["the courier was two hours late and rude", "客服态度很差", "nothing to say", "退款一直没到账"] * 10_000
    )
    matcher.match(Block.of(["warm"]))
    begin = time.process_time()
    one = matcher.match(block)
    spent = time.process_time() - begin
    two = matcher.match(block)
    for name in ("clause", "theme", "start", "end", "strength", "rule", "term_start", "term_end", "vetoed"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()
    # typically five times this; low enough for a busy machine
    assert len(block) / spent > 8_000
