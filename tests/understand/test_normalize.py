"""Normalizing keeps every place and makes what means the same look the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.languages import zh
from balm.understand.normalize import normalize, table


def plain(text: str) -> str:
    return normalize(Block.of([text]))[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("送貨好慢", "送货好慢"),
        ("裏面和裡面", "里面和里面"),
        ("臺灣台灣檯燈颱風", "台湾台湾台灯台风"),
        ("為了爲了", "为了为了"),
        ("喫飯 妳 説話 說話 羣組 線綫", "吃饭 你 说话 说话 群组 线线"),
        ("著名的老店等著", "着名的老店等着"),
        ("但係", "但系"),
        ("Ｇｏｏｄ！１２３", "good!123"),
        ("DON’T “Stop” — NOW", 'don\'t "stop" - now'),
        ("CRÈME Brûlée ÑANDÚ", "crème brûlée ñandú"),
        ("İstanbul ß", "İstanbul ß"),
        ("全形\u3000空格\u00a0x", "全形 空格 x"),
        ("😡𠮷🇹🇼", "😡𠮷🇹🇼"),
    ],
)
def test_alike(written: str, read: str) -> None:
    assert plain(written) == read


@given(st.lists(st.text(), max_size=6))
def test_places_are_kept_and_twice_is_once(items: list[str]) -> None:
    block = Block.of(items)
    once = normalize(block)
    assert [len(item) for item in once.items()] == [len(item) for item in block.items()]
    assert (once.starts == block.starts).all()
    assert normalize(once).text == once.text
    assert (Block(once.text, once.starts).codes == once.codes).all()


def test_lone_surrogates_become_replacement_characters() -> None:
    assert plain("a\ud800b") == "a\ufffdb"


def test_empty() -> None:
    assert normalize(Block.of([])).text == ""
    assert plain("") == ""


def test_the_table_is_one_to_one_and_ends() -> None:
    pairs = zh.to_simplified()
    assert len(pairs) > 2500
    assert all(len(a) == len(b) == 1 and a != b for a, b in pairs.items())
    assert not set(pairs.values()) & pairs.keys()
    codes = table()
    assert (codes[codes] == codes).all()


def test_markers_are_of_one_script_only() -> None:
    hans, hant = zh.markers()
    assert not hans & hant
    assert set("们这说发") <= hans
    assert set("們這說發嘅") <= hant
    # Ordinary on both sides, or common in Simplified, too.
    assert not (hans | hant) & set("台里后面只干好吃服著乾")
