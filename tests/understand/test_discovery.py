"""Themes found without a codebook."""

from __future__ import annotations

import numpy as np
import pytest

from balm.understand.block import Block
from balm.understand.discovery import MOST, discover
from balm.understand.kmeans import kmeans, merge
from balm.understand.naming import distinctive
from balm.understand.normalize import normalize
from balm.understand.tokens import Tokens, stem

TALES = {
    "battery": ("battery drains fast", "charge lasts an hour", "battery swollen", "phone battery drains"),
    "courier": ("courier left parcel outside", "parcel lost by courier", "courier never rang", "parcel crushed"),
    "refund": ("refund still pending", "money back refused", "refund request ignored", "waiting for my money back"),
    "物流": ("快递送货太慢", "快递员乱放包裹", "物流信息不更新", "包裹送货太慢了", "快递把包裹弄丢"),
    "味道": ("菜品味道太咸", "饭菜凉了味道差", "味道难吃得很", "米饭夹生难吃", "饭菜味道不好"),
}  # fmt: skip


def stories(n: int = 600, seed: int = 0) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(seed)
    names = [str(rng.choice(list(TALES))) for _ in range(n)]
    join = {True: "，", False: " and "}
    texts = [join[name > "z"].join(rng.choice(TALES[name], 2).tolist()) for name in names]
    return texts, names


def agreement(labels: np.ndarray, names: list[str]) -> float:
    """Share of texts in a theme whose commonest name is theirs."""
    truth = np.unique(names, return_inverse=True)[1]
    table = np.zeros((labels.max() + 2, truth.max() + 1))
    np.add.at(table, (labels, truth), 1)
    return float(table.max(1).sum() / len(names))


def test_planted_themes_are_found_and_named() -> None:
    texts, names = stories()
    found = discover(texts, k=5)
    assert agreement(found.labels, names) > 0.97
    assert len(found.themes) == 5
    for theme in found.themes:
        told = {names[i] for i in theme.examples}
        assert len(told) == 1
        words = " ".join(phrase for phrases in theme.phrases.values() for phrase in phrases)
        assert any(
            word in words for word in {"物流": ("快递", "包裹"), "味道": ("味道", "难吃")}.get(*told, tuple(told))
        )
        assert theme.texts == np.count_nonzero(found.labels == found.themes.index(theme))
        assert theme.id.startswith("found.")


def test_the_number_of_themes_is_found() -> None:
    rng = np.random.default_rng(1)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiou"]
    words = ["".join(rng.choice(syllables, 3)) for _ in range(72)]
    truth = rng.integers(0, 6, 1_200)
    texts = [" ".join(rng.choice(words[12 * t : 12 * t + 12], 5)) for t in truth]
    found = discover(texts)
    assert 5 <= len(found.themes) <= 8
    assert agreement(found.labels, [str(t) for t in truth]) > 0.9


def test_meaning_helps_where_words_do_not() -> None:
    """Words strewn at random, vectors that know the theme."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 600)
    texts = [" ".join(rng.choice([f"{a}{b}ing" for a in "bcdfg" for b in "aeiou"], 5)) for _ in truth]
    vectors = (np.eye(3, 384)[truth] + rng.normal(0, 0.05, (600, 384))).astype(np.float32)
    found = discover(texts, k=3, embeddings=vectors)
    assert agreement(found.labels, [str(t) for t in truth]) > 0.95
    with pytest.raises(ValueError, match="one row a text"):
        discover(texts, k=3, embeddings=vectors[:5])


@pytest.mark.parametrize(
    "texts",
    [[], [""], ["one"], ["one", "two"], ["同样"] * 40, ["the same words here"] * 40, ["😡👎"] * 30, ["ok"] * 3 + ["差"],
     ["bad service"] * 20 + [""] * 20, ["สวัสดี ครับ"] * 10, ["\ud800 bad"] * 10, ["x" * 100_000, "y y y"]],
)  # fmt: skip
@pytest.mark.parametrize("k", [None, 3])
def test_degenerate_inputs(texts: list[str], k: int | None) -> None:
    found = discover(texts, k=k)
    assert found.labels.shape == (len(texts),)
    assert found.labels.dtype == np.int32
    assert found.labels.max(initial=-1) < len(found.themes) <= MOST
    assert len({theme.id for theme in found.themes}) == len(found.themes)


def test_same_bytes_twice() -> None:
    texts, _ = stories(400)
    one, two = discover(texts, seed=3), discover(texts, seed=3)
    assert one.labels.tobytes() == two.labels.tobytes()
    assert one.confidence.tobytes() == two.confidence.tobytes()
    assert [(t.id, t.phrases, t.examples) for t in one.themes] == [(t.id, t.phrases, t.examples) for t in two.themes]


def test_a_large_input_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    import balm.understand.discovery as module

    monkeypatch.setattr(module, "FIT", 300)
    texts, names = stories(1_000)
    found = discover(texts, k=5)
    assert agreement(found.labels, names) > 0.95
    assert sum(theme.texts for theme in found.themes) == 1_000


def test_names_hold_no_placeholders_and_no_repeats() -> None:
    texts = [f"@shop{i} [PHONE] call about lost bag http://t.co/{i}" for i in range(30)]
    texts += [f"[PHONE] the app crashes at login {i}" for i in range(30)]
    block = normalize(Block.of(texts))
    named, anchors = distinctive(Tokens.of(block), np.repeat([0, 1], 30), 2)
    for phrases, words in zip(named, anchors, strict=True):
        shown = [p for some in phrases.values() for p in some]
        assert shown
        assert not any(w in p for p in shown for w in ("phone", "shop", "http", "t.co"))
        used = [stem(word) for p in shown for word in p.split()]
        assert len(used) == len(set(used))
        assert "phone" not in words


def test_a_phrase_keeps_its_negation() -> None:
    texts = ["the lid will not close"] * 20 + ["盖子盖不上，送货不及时"] * 20 + ["nice colour"] * 20 + ["颜色漂亮"] * 20
    named, _ = distinctive(Tokens.of(Block.of(texts)), np.repeat([0, 1, 2, 3], 20), 4)
    assert any("not close" in p for p in named[0]["en"])
    assert any("不及时" in p for p in named[1]["zh"])


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [("flights", "flight"), ("cancelled", "cancell"), ("booking", "book"), ("delays", "delay"), ("won't", "wont"),
     ("policies", "policy"), ("bus", "bus"), ("miss", "miss"), ("agent's", "agent"), ("物流", "物流"),
     ("stopped", "stop")],
)  # fmt: skip
def test_stems(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


def test_tokens_lie_where_they_say() -> None:
    texts = ["My iPhone屏幕碎了 won't turn on!", "", "@united 物流 慢", "可以"]
    block = normalize(Block.of(texts))
    tokens = Tokens.of(block)
    shown = [block.text[s:e] for s, e in zip(tokens.start, tokens.end, strict=True)]
    assert shown[:6] == ["my", "iphone", "屏幕", "碎", "了", "won't"]
    assert "united" not in shown
    assert (np.diff(tokens.start) > 0).all()
    assert tokens.owner.tolist() == block.owner(tokens.start).tolist()
    assert [stem(s) for s in shown] == [tokens.words[w] for w in tokens.word]


def test_kmeans_finds_blobs_and_merge_joins_them() -> None:
    rng = np.random.default_rng(0)
    centers = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    truth = np.repeat([0, 1, 2], [300, 80, 20])
    x = (centers[truth] + rng.normal(0, 0.08, (400, 3))).astype(np.float32)
    labels, found = kmeans(x, 3, rng)
    assert agreement(labels, truth.astype(str).tolist()) == 1
    assert np.abs(np.sort(found, 0)[-1] - 1).max() < 0.05
    fine, parts = kmeans(x, 12, rng)
    joined = merge(parts, np.bincount(fine, minlength=12), 3)[fine]
    assert agreement(joined, truth.astype(str).tolist()) == 1
    assert len(np.unique(joined)) == 3
    assert kmeans(x[:2], 5, rng)[1].shape == (2, 3)


def test_what_is_said_in_traditional_characters_is_named_in_them() -> None:
    texts = ["燒餅太鹹", "夾蛋燒餅冷掉"] * 30 + ["服務生很兇", "點餐時服務生不理人"] * 30
    written = Block.of(texts)
    found = discover(normalize(written), k=2, written=written)
    names = " ".join(phrase for theme in found.themes for phrase in theme.phrases["zh"])
    assert "燒餅" in names and "服務生" in names
    assert not set("烧饼务") & set(names)
