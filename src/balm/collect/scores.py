"""Scores as customers and their systems write them: 4, 4.0, 4,5, 4/5, ★★★★, 5星, four stars' worth of words, 好评."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from balm.collect.rows import Values
from balm.core.types import SCALE_RANGE, Scale

_NOTHING = """
-|--|—|/|?|na|n/a|#n/a|nan|null|none|nil|\\n|missing|unknown|not rated|no rating|no answer
无|無|未评分|未評分|未评价|未評價|未填|未填写|未填寫|未作答|空|缺失
"""
MISSING = frozenset(["", *_NOTHING.strip().replace("\n", "|").split("|")])
"""What stands for "no value", in lower case."""

_WORDS: dict[float, str] = {
    -1.0: """negative neg bad poor terrible dissatisfied unsatisfied unhappy detractor 差评 差評 负面 負面 负向 負向
    消极 消極 不满意 不滿意 不满 不滿 非常不满意 非常不滿意 很不满意 很不滿意 较不满意 較不滿意 差 很差 踩
    贬损者 貶損者 批评者 批評者""",
    0.0: """neutral neu mixed average okay ok passive 中评 中評 中性 中立 一般 普通 尚可 被动者 被動者 中立者""",
    1.0: """positive pos good great excellent satisfied happy promoter 好评 好評 正面 正向 积极 積極 满意 滿意 非常满意
    非常滿意 很满意 很滿意 较满意 較滿意 比较满意 比較滿意 好 很好 赞 讚 推荐者 推薦者""",
}
_PHRASES = {
    "very satisfied": 1.0,
    "somewhat satisfied": 1.0,
    "very positive": 1.0,
    "extremely satisfied": 1.0,
    "very dissatisfied": -1.0,
    "somewhat dissatisfied": -1.0,
    "extremely dissatisfied": -1.0,
    "very unsatisfied": -1.0,
    "not satisfied": -1.0,
    "very negative": -1.0,
    "neutral or dissatisfied": -1.0,
    "neither satisfied nor dissatisfied": 0.0,
}
LABELS: dict[str, float] = {word: value for value, words in _WORDS.items() for word in words.split()} | _PHRASES
"""Verdicts in words, in lower case → −1, 0 or 1."""

_BOOLEANS = {"true": 1.0, "false": 0.0}
_HAN_DIGITS = {c: i for i, chars in enumerate(("零", "一", "二两兩", *"三四五六七八九十")) for c in chars}
_UNIT = r"(?:\s*-?\s*(?:stars?|points?|pts?|分|星级?|星級|颗星|顆星|級|级)\.?)?"
_NUMBER = re.compile(rf"([-+]?\d+(?:[.,]\d+)?){_UNIT}", re.IGNORECASE)
_OUT_OF = re.compile(rf"(\d+(?:[.,]\d+)?)\s*(?:/|out of|von|of)\s*(\d+){_UNIT}", re.IGNORECASE)
_HAN = re.compile(r"([零一二两兩三四五六七八九十])(?:分|星级?|星級|颗星|顆星)")
_STARS = re.compile(r"([★⭐🌟✭✩☆\ufe0f\s]+)")


def parse_score(value: Any) -> float | None:
    """One score, NaN where the cell says there is none, None where it cannot be read.

    A verdict in words is −1, 0 or 1; of "4/5" the 4 counts; ★ are counted, ☆ are not.
    """
    if isinstance(value, (int, float)):
        return float(value) if math.isfinite(value) else math.nan
    text = "" if value is None else unicodedata.normalize("NFKC", str(value)).strip().lower()
    if text in MISSING:
        return math.nan
    return LABELS[text] if text in LABELS else _BOOLEANS[text] if text in _BOOLEANS else _figure(text)


def _figure(text: str) -> float | None:
    if found := _NUMBER.fullmatch(text):
        return float(found[1].replace(",", "."))
    if found := _OUT_OF.fullmatch(text):
        score = float(found[1].replace(",", "."))
        return score if score <= float(found[2]) else None
    if found := _HAN.fullmatch(text):
        return float(_HAN_DIGITS[found[1]])
    return float(sum(c in "★⭐🌟✭" for c in text)) if _STARS.fullmatch(text) else None


def is_label(value: Any) -> bool:
    """Whether a cell is a verdict in words."""
    return isinstance(value, str) and unicodedata.normalize("NFKC", value).strip().lower() in LABELS


def read_scores(values: Values, scale: Scale | None) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores, shape (n,), NaN where absent, and a mask of the cells that hold something else than a score of `scale`.

    A number outside the scale, and a word in a column of numbers, is such a cell.
    """
    scores, bad = _parse_all(values)
    if scale is not None:
        low, high = SCALE_RANGE[scale]
        outside = (scores < low) | (scores > high)
        bad |= outside
        scores[outside] = np.nan
    return scores, bad


def _parse_all(values: Values) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if isinstance(values, pa.ChunkedArray):
        if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
            scores = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
            scores[~np.isfinite(scores)] = np.nan
            return scores, np.zeros(len(scores), np.bool_)
        values = values.to_pylist()
    known: dict[Any, float | None] = {}
    for value in set(values) if _hashable(values) else values:
        known[value] = parse_score(value)
    parsed = [known[value] for value in values]
    bad = np.fromiter((score is None for score in parsed), np.bool_, len(parsed))
    scores = np.fromiter((np.nan if score is None else score for score in parsed), np.float64, len(parsed))
    return scores, bad


def _hashable(values: Iterable[Any]) -> bool:
    try:
        set(values)
    except TypeError:
        return False
    return True
