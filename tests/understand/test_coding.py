"""Codes by phrases, codes learnt from them, and single labels of documents."""

from __future__ import annotations

import numpy as np
import pytest

from balm.understand.block import Block
from balm.understand.codebook.model import Codebook, Group, Pack, Theme
from balm.understand.coding import BY_PHRASE, LEARNT, NONE, PRECISION, Coded, Coder
from balm.understand.documents import code_documents
from balm.understand.matching import Matcher

NAMES = {"zh-Hans": "名", "zh-Hant": "名", "en": "name"}


def book() -> Codebook:
    def one(id_: str, words: str, not_: str | None = None) -> Theme:
        more = {"not": {"en": (not_,)}} if not_ else {}
        return Theme(id=id_, labels=NAMES, kind="process", phrases={"en": tuple(words.split(", "))}, **more)

    themes = (
        one("t.late", "late, delayed, overdue, behind schedule, tardy, belated", "joke"),
        one("t.dirty", "dirty, filthy, stained, grimy, mucky, soiled"),
        one("t.price", "expensive, overpriced, pricey, costly, dear, steep"),
    )
    core = Pack(codebook="core", version=1, labels=NAMES, themes=(Group(id="t", labels=NAMES, themes=themes),))
    return Codebook(name="t", version=1, packs=(core,))


WAYS = {
    "late": ("the parcel came {} after days of waiting", "delivery was {} so we kept waiting for the parcel"),
    "dirty": ("the room was {} with hair on the carpet", "{} towels and hair in the bath of the room"),
    "price": ("the bill felt {} for such a small meal", "paid a lot and it was {} on the bill"),
}
OTHER = ("hello there my friend", "we arrived on a monday", "my sister came along", "just a note from us")


def clauses(seed: int = 0, n: int = 900) -> list[str]:
    rng = np.random.default_rng(seed)
    by = {t.id.split(".")[1]: t.phrases["en"] for t in book().leaves()}
    made = []
    for _ in range(n):
        name = str(rng.choice(["late", "dirty", "price", "none"]))
        if name == "none":
            made.append(str(rng.choice(OTHER)))
        else:
            made.append(str(rng.choice(WAYS[name])).format(rng.choice(by[name])))
    return made


def fitted() -> tuple[Coder, Matcher]:
    matcher = Matcher(book())
    sample = Block.of(clauses())
    return Coder.fit(sample, matcher.match(sample), book(), seed=1), matcher


def code(texts: list[str]) -> Coded:
    coder, matcher = fitted()
    block = Block.of(texts)
    return coder.code(block, matcher.match(block))


def test_phrases_come_first_and_words_around_them_are_learnt() -> None:
    coded = code(
        [
            "it was filthy",
            "the parcel came unpunctual after days of waiting",
            "hello there my friend",
            "xyzzy",
            "",
            "joke the parcel came after days of waiting",
        ]
    )
    names = [coded.themes[t] if t >= 0 else None for t in coded.theme]
    assert names == ["t.dirty", "t.late", None, None, None, None]
    assert coded.origin.tolist() == [BY_PHRASE, LEARNT, NONE, NONE, NONE, NONE]
    assert coded.confidence[0] > 0.9
    assert PRECISION <= coded.confidence[1] <= 1
    assert (coded.confidence[2:] == 0).all()
    assert (coded.mark_start[0], coded.mark_end[0]) == (7, 13)
    assert (coded.mark_start[1:] == -1).all()


def test_the_confidence_holds_on_words_not_seen() -> None:
    """Other wordings of the same themes: what is given must be right as often as it says."""
    rng = np.random.default_rng(3)
    names = [str(rng.choice(["late", "dirty", "price"])) for _ in range(400)]
    coded = code([str(rng.choice(WAYS[n])).format("so so") for n in names])
    given = coded.theme >= 0
    right = np.array(
        [coded.themes[t] == f"t.{n}" for t, n in zip(coded.theme[given], np.array(names)[given], strict=True)]
    )
    assert given.mean() > 0.5
    assert right.mean() >= coded.confidence[given].mean() - 0.1


def test_nothing_is_learnt_from_noise() -> None:
    """Phrases strewn over words that tell nothing: no code but by phrase."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    phrases = [w for t in book().leaves() for w in t.phrases["en"]]
    texts = [" ".join([*rng.choice(words, 6), str(rng.choice(phrases)) if i % 2 else ""]) for i in range(1_500)]
    matcher = Matcher(book())
    block = Block.of(texts)
    hits = matcher.match(block)
    coded = Coder.fit(block, hits, book()).code(block, hits)
    assert (coded.origin == LEARNT).mean() < 0.02
    assert (coded.origin == BY_PHRASE).mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("texts", [[], [""], ["late"], ["late", "dirty"], ["😡😡"] * 5, ["late"] * 50, ["hello"] * 50])
def test_too_little_to_learn(texts: list[str]) -> None:
    matcher = Matcher(book())
    block = Block.of(texts)
    hits = matcher.match(block)
    coded = Coder.fit(block, hits, book()).code(block, hits)
    assert coded.clause.tolist() == list(range(len(texts)))
    assert ((coded.theme >= 0) == np.array([t in ("late", "dirty") for t in texts], bool)).all()


def test_same_bytes_twice() -> None:
    texts = clauses(7, 300)
    one, two = code(texts), code(texts)
    for name in ("clause", "start", "end", "theme", "confidence", "origin", "mark_start", "mark_end"):
        assert getattr(one, name).tobytes() == getattr(two, name).tobytes()


def test_documents_take_one_label() -> None:
    texts = [*clauses(5, 400), "the room had hair on the carpet", "paid a lot on the bill"]
    labels = code_documents(texts, book())
    assert labels[-2:] == ["t.dirty", "t.price"]
    joined = code_documents(texts, book(), classes={"t.late": "A", "t.dirty": "B"})
    assert joined[-2] == "B"
    assert set(joined) <= {"A", "B", None}
    assert code_documents([], book()) == []
    assert code_documents(["late", "hello"], book()) == ["t.late", None]
