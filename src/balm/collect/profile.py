"""What a column holds, in a few numbers that a guess can stand on."""

from __future__ import annotations

import math
import re
import statistics
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from balm.collect.dates import NO_TIME, TimeReader, time_share
from balm.collect.names import tokens
from balm.collect.rows import Values
from balm.collect.scores import MISSING, is_label, parse_score
from balm.core.types import Scale

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7a3]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CODE = re.compile(
    r"(?:[a-z]+://\S+|\S+@\S+\.\S+|(?=\S*\d)[A-Za-z0-9_.:/#-]+|[a-z0-9_-]+(?:\.[a-z0-9_-]+){2,})\s*$", re.I
)
_MOST = 1000
"""Cells looked at one by one."""


@dataclass(frozen=True)
class Profile:
    """`rows`, `filled`, `distinct`: counts. Shares of the filled cells, 0 … 1: `numeric`, `timely` (dates that are not
    mere numbers), `epochs` (numbers that may be times), `labels` (verdicts in words), `coded` (links, keys, addresses),
    `scored` (readable as a score). `words`: mean words of a cell, an ideograph counting as 0.6. `varied`: share of
    different cells. `scale`: the narrowest scale that holds all scores; `low`, `high`: their range."""

    rows: int
    filled: int
    distinct: int
    numeric: float
    timely: float
    epochs: float
    labels: float
    label_values: int
    coded: float
    scored: float
    words: float
    varied: float
    scale: Scale | None
    low: float
    high: float
    score_values: int
    scaled_words: bool

    @property
    def categorical(self) -> bool:
        """Two to fifty values, most of them more than once."""
        return 2 <= self.distinct <= 50 and self.distinct <= self.filled / 2 and self.words < 8 and self.timely < 0.5

    def no_score(self) -> str:
        """Why the column cannot be read as a score."""
        if self.filled == 0:
            return "it is empty"
        if self.scored < 0.9:
            return f"only {100 * self.scored:.0f} % of its cells can be read as a score"
        if self.low < self.high:
            return f"its values run from {self.low:g} to {self.high:g}, which is no known scale"
        return "its values are on no known scale"

    def scale_for(self, name: str) -> Scale | None:
        """The scale, the name deciding among those that hold the values."""
        said = set(tokens(name))
        if self.scaled_words or self.scale is Scale.LABEL:
            return Scale.LABEL
        recommend = said & {"nps", "recommend", "likelihood"} or "推荐" in name or "推薦" in name
        if recommend and self.low >= 0 and self.high <= 10:
            return Scale.NPS
        if "ces" in said and self.low >= 1 and self.high <= 7:
            return Scale.CES
        if self.scale is Scale.STARS:
            content = said & {"csat", "satisfaction", "sat"} or "满意" in name or "滿意" in name
            return Scale.CSAT if content else Scale.STARS
        return self.scale


def profile(values: Values) -> Profile:
    """Look at a column's cells. Empty cells and words for "no value" count as not filled."""
    cells = [_cell(value) for value in (values.to_pylist() if isinstance(values, pa.ChunkedArray) else values)]
    filled = [cell for cell in cells if cell is not None]
    n = len(filled)
    counts = len(set(filled))
    looked = filled[:: max(1, n // _MOST)]
    scores = [parse_score(cell) for cell in looked]
    numbers = [score for score, cell in zip(scores, looked, strict=True) if score is not None and not is_label(cell)]
    numbers = [number for number in numbers if not math.isnan(number)]
    labels = {parse_score(cell) for cell in looked if is_label(cell)}
    texts = [str(cell) for cell in looked]
    inside = [number for number in numbers if -1 <= number <= 10]
    if len(inside) >= 0.95 * len(numbers):
        numbers = inside  # without 99 for "no answer" and slips of the pen
    low, high = (min(numbers), max(numbers)) if numbers else (math.nan, math.nan)
    share = 1 / max(1, len(looked))
    label_share = sum(map(is_label, looked)) * share
    return Profile(
        rows=len(cells),
        filled=n,
        distinct=counts,
        numeric=sum(_is_number(cell) for cell in looked) * share,
        timely=time_share(looked[:100]),
        epochs=_epoch_share(looked),
        labels=label_share,
        label_values=len(labels),
        coded=sum(bool(_CODE.match(text)) for text in texts) * share,
        scored=sum(score is not None for score in scores) * share,
        words=statistics.fmean(len(_WORD.findall(_HAN.sub(" ", t))) + 0.6 * len(_HAN.findall(t)) for t in texts)
        if texts
        else 0.0,
        varied=counts / max(1, n),
        scale=Scale.LABEL if label_share >= 0.9 else _scale(numbers),
        low=min((x for x in labels if x is not None), default=math.nan) if label_share >= 0.9 else low,
        high=max((x for x in labels if x is not None), default=math.nan) if label_share >= 0.9 else high,
        score_values=len(set(numbers)),
        scaled_words=label_share >= 0.9,
    )


def _cell(value: Any) -> Any:
    """A cell that says something, or None; what cannot be hashed becomes text."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return value if value.strip().lower() not in MISSING else None
    return value if value.__hash__ is not None else str(value)


def _is_number(cell: Any) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, str):
        return isinstance(cell, (bool, int, float))
    try:
        float(cell.replace(",", "").rstrip("% "))
    except ValueError:
        return False
    return True


def _scale(numbers: list[float]) -> Scale | None:
    """The narrowest scale that holds the numbers; none for shares, probabilities and what runs past 10."""
    values = set(numbers)
    low, high = min(values, default=-9.0), max(values, default=-9.0)
    if values <= {-1.0, 0.0, 1.0} and low < 0 and values:
        return Scale.LABEL
    if low < 0 or high > 10 or (high <= 1 and any(value not in (0, 1) for value in values)):
        return None
    if values == {0.0, 1.0}:
        return Scale.BINARY
    if high <= 5 and (low >= 1 or high > 1):
        return Scale.STARS
    return Scale.CES if low >= 1 and high <= 7 else Scale.NPS


def _epoch_share(cells: list[Any]) -> float:
    """Share of the cells that are numbers some clock counts by."""
    some = [cell for cell in cells[:200] if _is_number(cell) and not isinstance(cell, bool)]
    if not some:
        return 0.0
    times, _ = TimeReader().read([str(cell) for cell in some])
    return float(np.sum(times != NO_TIME)) / len(cells[:200])
