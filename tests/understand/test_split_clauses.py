"""Splitting: what is cut, what is not, and that nothing is lost."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.split import LONGEST, conjunctions, split


def cut(text: str) -> list[str]:
    block = Block.of([text])
    return split(block).texts(block)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        # contrast
        ("味道不错但是送餐太慢了", ["味道不错", "但是送餐太慢了"]),
        ("味道不錯，不過送貨好慢", ["味道不錯", "不過送貨好慢"]),
        ("啲嘢好食但係好貴", ["啲嘢好食", "但係好貴"]),
        ("味道还可以就是送得太慢", ["味道还可以", "就是送得太慢"]),
        ("I love the phone but battery life sucks", ["I love the phone", "but battery life sucks"]),
        ("nice TV although the remote is bad", ["nice TV", "although the remote is bad"]),
        ("Nice TV (but the remote is bad)", ["Nice TV", "(but the remote is bad)"]),
        ("Lovely screen, the only problem is the price", ["Lovely screen", "the only problem is the price"]),
        # no contrast
        ("不但便宜而且好用", ["不但便宜而且好用"]),
        ("这就是我要的", ["这就是我要的"]),
        ("质量就是好", ["质量就是好"]),
        ("再好不过了", ["再好不过了"]),
        ("not only cheap but also sturdy", ["not only cheap but also sturdy"]),
        ("nothing but excuses from them", ["nothing but excuses from them"]),
        ("I waited for a while at the desk", ["I waited for a while at the desk"]),
        # sentences
        ("太慢了！！！下次不来了。", ["太慢了", "下次不来了"]),
        ("Bad service. Never again!", ["Bad service", "Never again"]),
        ("loved it.will buy again", ["loved it", "will buy again"]),
        ("Mr. Smith at the U.S. office was nice", ["Mr. Smith at the U.S. office was nice"]),
        ("It cost 2.5 dollars at amazon.com today", ["It cost 2.5 dollars at amazon.com today"]),
        ("see https://a.example/b?c=1,2;d for more", ["see https://a.example/b?c=1,2;d for more"]),
        ("第一行很好\n第二行很差", ["第一行很好", "第二行很差"]),
        # commas
        ("很快，好吃，味道足", ["很快", "好吃", "味道足"]),
        ("首先，包装很好", ["首先，包装很好"]),
        ("物流很快 质量不错 下次再来", ["物流很快", "质量不错", "下次再来"]),
        ("Sound, picture, remote all bad", ["Sound, picture, remote all bad"]),
        ("food great, courier two hours late and rude", ["food great", "courier two hours late and rude"]),
        ("The food, which came late, was cold", ["The food, which came late, was cold"]),
        ("I waited 1,000 minutes, they never called", ["I waited 1,000 minutes", "they never called"]),
        ("1、物流慢2、质量差", ["1、物流慢", "2、质量差"]),
        # pictures
        ("太慢了😡😡 下次不来了", ["太慢了😡😡", "下次不来了"]),
        ("haha :) great service but slow :-(", ["haha :) great service", "but slow :-("]),
        # small pieces
        ("好！物流快", ["好！物流快"]),
        ("👍👍", ["👍👍"]),
        ("？？？", []),
        ("", []),
        ("请回电[PHONE]", ["请回电[PHONE]"]),
        ("สินค้าดีมาก", ["สินค้าดีมาก"]),
        ("خدمة سيئة؟ نعم جدا", ["خدمة سيئة", "نعم جدا"]),
    ],
)
def test_cuts(text: str, clauses: list[str]) -> None:
    assert cut(text) == clauses


_MARKS = """
但是 就是 ， 。 ! ? . , ; ... 😡 :) :-( ( ) （ ） 物流慢 but although while good. 1、 2.5 、 ~ - —— [PHONE]
@a http://a.b 首先 的 ไทย
"""
_pieces = st.one_of(st.text(max_size=8), st.sampled_from([*_MARKS.split(), "\n", " "]))


@given(st.lists(st.lists(_pieces, max_size=12).map("".join), max_size=5))
def test_nothing_is_lost_or_doubled(items: list[str]) -> None:
    block = Block.of(items)
    items = block.items()
    found = split(block)
    covered = [np.zeros(len(item), bool) for item in items]
    last = (-1, 0)
    for owner, start, end in zip(found.owner.tolist(), found.start.tolist(), found.end.tolist(), strict=True):
        assert 0 <= start < end <= len(items[owner])
        assert (owner, start) >= last
        last = (owner, end)
        covered[owner][start:end] = True
        assert not items[owner][start].isspace()
        assert not items[owner][end - 1].isspace()
    for item, mask in zip(items, covered, strict=True):
        assert not [c for c, inside in zip(item, mask, strict=True) if c.isalnum() and c.isascii() and not inside]
        assert not [c for c, inside in zip(item, mask, strict=True) if "一" <= c <= "鿿" and not inside]


def test_items_are_cut_as_if_alone() -> None:
    items = ["味道不错但是慢", "", "good. but slow, I think", "👍", "1、快2、好", "(but no)"] * 3
    block = Block.of(items)
    found = split(block)
    texts = found.texts(block)
    assert [[t for t, o in zip(texts, found.owner, strict=True) if o == i] for i in range(len(items))] == [
        cut(item) for item in items
    ]


def test_no_items() -> None:
    assert len(split(Block.of([]))) == 0
    assert conjunctions(Block.of([])).tolist() == []


@pytest.mark.parametrize("text", ["物流很快，质量好。" * 120_000, "哈" * 1_000_000, "slow delivery " * 70_000])
def test_a_million_characters(text: str) -> None:
    block = Block.of([text])
    before = time.process_time()
    found = split(block)
    assert time.process_time() - before < 5
    assert (found.end - found.start).max() <= LONGEST
    assert sum(map(len, "".join(found.texts(block)).split())) >= sum(c.isalnum() for c in text) * 0.99


def test_conjunctions_are_places_of_the_text() -> None:
    block = Block.of(["courier late and rude", "送餐慢而且态度差", "屏幕、电池都不行", "及时更新", "1,000"])
    at = conjunctions(block)
    assert [block.text[i : i + 3] for i in at.tolist()] == ["and", "而且态", "、电池"]
    assert block.owner(at).tolist() == [0, 1, 2]
