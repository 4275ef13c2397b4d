"""Learning sentiment from scores, from words, and knowing when the scores teach nothing."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from balm.understand.block import Block
from balm.understand.normalize import normalize
from balm.understand.sentiment.lexicon import lexicon_polarity
from balm.understand.sentiment.model import LEAST_SCORES, SentimentModel, concordance, take

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

GOOD = [
    "物流{}很快",
    "味道{}不错",
    "客服{}很耐心",
    "great {} service",
    "I love the {}",
    "{}用着很顺手",
    "very happy with the {}",
]
BAD = [
    "物流{}太慢",
    "味道{}很差",
    "客服{}不理人",
    "terrible {} service",
    "the {} broke",
    "{}又闪退了",
    "no response about my {}",
]
THINGS = ["", "这次", "今天", "order", "phone", "app", "手机", "外卖", "seat", "parcel"]


def made(n: int, seed: int = 0) -> tuple[Block, np.ndarray]:
    """n comments of our own making with scores that follow them."""
    rng = np.random.default_rng(seed)
    good = rng.random(n) < 0.5
    texts = [
        str(rng.choice(GOOD if g else BAD)).format(str(rng.choice(THINGS))) + f" {rng.integers(1_000)}" for g in good
    ]
    return normalize(Block.of(texts)), good.astype(float)


def test_learns_from_scores() -> None:
    block, scores = made(600)
    model = SentimentModel.fit(block, scores, seed=1)
    assert model.source == "scores"
    assert model.n_classes == 2
    assert model.auc is not None and model.auc > 0.95
    new, truth = made(300, seed=9)
    assert ((model.polarity(new) > 0) == (truth > 0.5)).mean() > 0.95
    assert set(np.unique(model.classes(new))) <= {-1, 1}


def test_learns_a_word_no_list_has() -> None:
    texts = [f"{'zorp' if i % 2 else 'blim'} item {i}" for i in range(400)]
    model = SentimentModel.fit(Block.of(texts), np.arange(400) % 2, seed=0)
    assert model.source == "scores"
    p = model.polarity(Block.of(["zorp", "blim"]))
    assert p[0] > 0.5 > -0.5 > p[1]


def test_three_classes() -> None:
    block, scores = made(900)
    scores[::3] = 0.5
    plain = normalize(Block.of([f"昨天买的第{i}单" if i % 3 == 0 else block[i] for i in range(900)]))
    model = SentimentModel.fit(plain, scores, seed=0)
    assert model.n_classes == 3
    assert (model.classes(plain) == np.sign(scores - 0.5)).mean() > 0.9
    assert SentimentModel.fit(plain, scores, seed=0, classes=2).n_classes == 2


def test_without_scores_words_answer() -> None:
    block, truth = made(400)
    model = SentimentModel.fit(block, seed=0)
    assert model.source == "words" and model.reason == "no scores"
    assert ((model.polarity(block) > 0) == (truth > 0.5)).mean() > 0.9
    assert set(np.unique(model.classes(block))) <= {-1, 0, 1}


@pytest.mark.parametrize(
    "scores",
    [
        np.full(400, np.nan),
        np.full(400, 1.0),
        np.full(400, 0.5),
        np.where(np.arange(400) == 7, 1.0, np.nan),
        np.where(np.arange(400) < LEAST_SCORES - 1, 0.0, 1.0),
    ],
    ids=["none", "all best", "all middling", "one", "too few of one kind"],
)
def test_scores_that_cannot_teach(scores: np.ndarray) -> None:
    block, _ = made(400)
    model = SentimentModel.fit(block, scores, seed=0)
    assert model.source == "words"
    assert "needed" in model.reason
    plain = SentimentModel.fit(block, seed=0)
    np.testing.assert_array_equal(model.polarity(block), plain.polarity(block))


@pytest.mark.parametrize("seed", range(5))
def test_scores_given_at_random_are_not_used(seed: int) -> None:
    block, _ = made(500)
    scores = np.random.default_rng(100 + seed).random(500).round()
    model = SentimentModel.fit(block, scores, seed=0)
    assert model.source == "words"
    assert model.auc is not None and "AUC" in model.reason


def test_cuts_say_what_is_content() -> None:
    block, scores = made(400)
    nps = np.where(scores > 0.5, 0.9, 0.6)  # detractors give up to 6 of 10
    assert SentimentModel.fit(block, nps, seed=0).source == "words"
    assert SentimentModel.fit(block, nps, seed=0, cuts=(0.65, 0.85)).source == "scores"


def test_limit_and_seed() -> None:
    block, scores = made(500)
    a, b = (SentimentModel.fit(block, scores, seed=3, limit=200) for _ in range(2))
    assert a.n == 200
    np.testing.assert_array_equal(a.polarity(block), b.polarity(block))


def test_thorough_asks_a_second_model() -> None:
    block, scores = made(600)
    model = SentimentModel.fit(block, scores, seed=1, thorough=True)
    assert model.second is not None
    new, truth = made(300, seed=9)
    assert ((model.polarity(new) > 0) == (truth > 0.5)).mean() > 0.95
    assert model.polarity(Block.of(["", "😀", "\ud800"])).shape == (3,)
    assert model.polarity(Block.of([])).shape == (0,)


def test_empty_and_tiny() -> None:
    for texts in ([], [""], ["😀"], ["a", ""]):
        block = Block.of(texts)
        model = SentimentModel.fit(block, np.ones(len(texts)), seed=0)
        assert model.polarity(block).shape == model.classes(block).shape == (len(texts),)
    with pytest.raises(ValueError, match="as many scores"):
        SentimentModel.fit(Block.of(["a", "b"]), [1.0], seed=0)


def test_polarity_is_bounded_and_fit_leaves_its_input_alone() -> None:
    block, scores = made(300)
    before = block.text, scores.copy()
    p = SentimentModel.fit(block, scores, seed=0).polarity(block)
    assert p.dtype == np.float32 and (np.abs(p) <= 1).all()
    assert block.text == before[0]
    np.testing.assert_array_equal(scores, before[1])


def test_concordance() -> None:
    label = np.array([0, 0, 2, 2], np.int8)
    assert concordance(np.array([1.0, 2, 3, 4]), label) == 1
    assert concordance(np.array([4.0, 3, 2, 1]), label) == 0
    assert concordance(np.ones(4), label) == 0.5
    assert concordance(np.array([1.0, 2, 3]), np.array([0, 1, 2], np.int8)) == 1
    assert concordance(np.ones(3), np.zeros(3, np.int8)) == 0.5


def test_take() -> None:
    block = Block.of(["a", "b", "c"])
    assert take(block, np.array([2, 0])).items() == ["c", "a"]
    assert take(block, np.arange(3)) is block


def _rows(path: str) -> list[dict[str, str]]:
    if not (DATA / path).exists():
        pytest.skip(f"public data set {path} is not beside the project")
    with gzip.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _airline() -> tuple[Block, np.ndarray]:
    rows = _rows("airline_tweets_dev/tweets_dev.csv.gz")
    sign = {"negative": -1, "neutral": 0, "positive": 1}
    return normalize(Block.of([r["text"] for r in rows])), np.array([sign[r["airline_sentiment"]] for r in rows])


def _binary(path: str, step: int) -> tuple[Block, np.ndarray]:
    rows = [r for r in _rows(path) if r["review"].strip()][::step]
    return normalize(Block.of([r["review"] for r in rows])), np.array([2 * int(r["label"]) - 1 for r in rows])


WAIMAI, SHOPS = "zh_waimai_10k/waimai_10k.csv.gz", "zh_shopping_8cats_dev/shopping_8cats.csv.gz"


@pytest.mark.data
def test_words_alone_beat_the_word_list_peers_by_ten_points_on_tweets() -> None:
    block, truth = _airline()
    assert (SentimentModel.fit(block, seed=0).classes(block) == truth).mean() > 0.72  # VADER 0.456, TextBlob 0.466


@pytest.mark.data
@pytest.mark.parametrize(("path", "step", "lists", "floor"), [(WAIMAI, 1, 0.83, 0.86), (SHOPS, 5, 0.87, 0.895)])
def test_words_alone_in_chinese(path: str, step: int, lists: float, floor: float) -> None:
    block, truth = _binary(path, step)
    assert ((lexicon_polarity(block)[0] > 0) == (truth > 0)).mean() > lists
    assert (
        (SentimentModel.fit(block, seed=0).polarity(block) > 0) == (truth > 0)
    ).mean() > floor  # SnowNLP 0.788, 0.849


@pytest.mark.data
@pytest.mark.parametrize(("name", "floor"), [("airline", 0.82), ("waimai", 0.895), ("shops", 0.915)])
def test_own_scores(name: str, floor: float) -> None:
    block, truth = _airline() if name == "airline" else _binary(WAIMAI, 1) if name == "waimai" else _binary(SHOPS, 4)
    held_out = np.random.default_rng(0).permutation(len(block)) % 5 == 0
    scores = np.where(held_out, np.nan, (truth + 1) / 2)
    model = SentimentModel.fit(block, scores, seed=0, classes=len(np.unique(truth)))
    test = np.flatnonzero(held_out)
    assert (model.classes(take(block, test)) == truth[test]).mean() > floor
