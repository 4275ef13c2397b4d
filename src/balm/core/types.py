"""The nouns every room shares. Values only: nothing here computes, reads a file or knows the time."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
"""Languages of the interface and of labels, in the order they are shown."""

Labels = dict[str, str]
"""A text in each of `LANGUAGES`."""


class Kind(StrEnum):
    """The five kinds of pain."""

    PROCESS = "process"
    PRODUCT = "product"
    COMMUNICATION = "communication"
    RELATIONSHIP = "relationship"
    EMOTION = "emotion"


class Target(StrEnum):
    """What a complaint is about, so that a person is not blamed for a process."""

    PERSON = "person"
    PROCESS = "process"
    POLICY = "policy"
    PRODUCT = "product"
    PROMISE = "promise"


class Intent(StrEnum):
    """What the customer does by saying it."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    LEAVING = "leaving"
    SAFETY = "safety"
    LEGAL = "legal"
    STATEMENT = "statement"


class Urgency(StrEnum):
    """How soon a person must look at it."""

    URGENT = "urgent"
    SOON = "soon"
    NORMAL = "normal"


class Sentiment(StrEnum):
    """Direction of a mention."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Emotion(StrEnum):
    """Emotion a mention shows; `NONE` where the words show none."""

    NONE = "none"
    FRUSTRATION = "frustration"
    ANGER = "anger"
    DISAPPOINTMENT = "disappointment"
    ANXIETY = "anxiety"
    NEGLECT = "neglect"
    HELPLESSNESS = "helplessness"
    JOY = "joy"
    GRATITUDE = "gratitude"
    TRUST = "trust"


class Language(StrEnum):
    """Language and script of one sentence. `OTHER` is kept and counted, but not understood."""

    HANS = "zh-Hans"
    HANT = "zh-Hant"
    EN = "en"
    MIXED = "mixed"
    OTHER = "other"


class Scale(StrEnum):
    """How a column of scores is read."""

    NPS = "nps"  # 0..10
    CSAT = "csat"  # 1..5, content = 4 and 5
    CES = "ces"  # 1..7, high is easy
    STARS = "stars"  # 1..5
    BINARY = "binary"  # 0 or 1
    LABEL = "label"  # -1, 0, 1: negative, neutral, positive by word (好评, 中评, 差评)


SCALE_RANGE: dict[Scale, tuple[float, float]] = {
    Scale.NPS: (0, 10),
    Scale.CSAT: (1, 5),
    Scale.CES: (1, 7),
    Scale.STARS: (1, 5),
    Scale.BINARY: (0, 1),
    Scale.LABEL: (-1, 1),
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """An inferred number with its uncertainty.

    `low` and `high` bound the 95 % interval; all three are None where `n` is too small to say anything.
    `method` names how the interval was made ("wilson", "bootstrap by customer", …).
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str

    def to_json(self) -> dict[str, Any]:
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n, "method": self.method}


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence a number stands on. `start`, `end`: code points in the original comment.

    `marks`: spans inside `text` of the words that coded it.
    """

    feedback_id: str
    mention: int
    text: str
    start: int
    end: int
    language: str
    sentiment: str = "neutral"
    time: dt.datetime | None = None
    score: float | None = None
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A level shift in a series. `low`, `high`: dates between which it most likely happened.

    `effect` is after − before, in the unit of the series; `q` is the false-discovery-adjusted p-value over all series
    looked at; `by` says which series ({"theme": …} or {"channel": "app"}).
    """

    date: dt.date
    low: dt.date
    high: dt.date
    before: float
    after: float
    effect: Estimate
    q: float
    by: dict[str, str] = field(default_factory=dict)
    kind: Literal["shift", "spike"] = "shift"


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series: `value` with interval over `n` (comments, or scores); `count` is the numerator."""

    start: dt.date
    value: float | None
    low: float | None
    high: float | None
    n: int
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """How a theme's share of comments moves. `ratio`: last third of the time against the first third."""

    direction: Literal["rising", "falling", "steady", "unknown"]
    ratio: Estimate
    period: Literal["day", "week", "month"]
    series: tuple[Point, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """An attribute value (or a pair) over-represented among those who have the pain.

    `lift` = share inside ÷ share outside; `share` = share of the segment that has the pain; q: Benjamini–Hochberg.
    """

    where: dict[str, str]
    lift: Estimate
    share: Estimate
    q: float


@dataclass(frozen=True, slots=True)
class Priority:
    """Where one model puts a pain point. `reason`: a sentence in each language.

    `top_k`: k → share of resamples in which it is among the first k. `tied_with`: theme ids it cannot be told from.
    """

    model: str
    level: Literal["high", "medium", "low"]
    rank: int
    reason: Labels
    top_k: dict[int, float] = field(default_factory=dict)
    tied_with: tuple[str, ...] = ()
    quick_win: bool = False  # worth something and easy to solve; of the value–effort model
    points: tuple[int, ...] = ()  # 1 … 3 each: reach, severity and, in the value–effort model, solvability


@dataclass(slots=True)
class Theme:
    """An entry of the codebook, or one that discovery proposes (`origin="discovered"`)."""

    id: str
    labels: Labels
    kind: str
    parent: str | None = None
    definition: Labels = field(default_factory=dict)
    origin: Literal["codebook", "discovered"] = "codebook"
    distinctive: tuple[str, ...] = ()
    mentions: int = 0
    comments: int = 0
    customers: int = 0
    share_of_comments: Estimate | None = None
    share_of_customers: Estimate | None = None
    negative_share: Estimate | None = None
    examples: tuple[Quote, ...] = ()


@dataclass(slots=True)
class PainPoint:
    """A recurring cause of bad experience, as the data at hand show it.

    `reach`: share of customers (of comments where no customer is known) with a negative mention of it.
    `severity`: score lost, on the score's own scale, by those who mention it, adjusted for the other themes.
    `impact`: reach × severity, the mean score lost over everybody. `mentions`, `comments` and `customers` count the
    negative ones only.
    """

    theme_id: str
    labels: Labels
    kind: str
    mentions: int
    comments: int
    customers: int
    reach: Estimate
    severity: Estimate
    impact: Estimate
    trend: Trend
    priority: dict[str, Priority] = field(default_factory=dict)
    contrast: tuple[Finding, ...] = ()
    quotes: tuple[Quote, ...] = ()
    emotions: dict[str, int] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)
    urgent: int = 0
    origin: Literal["codebook", "discovered"] = "codebook"
    distinctive: tuple[str, ...] = ()


def to_json(value: Any) -> Any:
    """Plain JSON values of any of these types: dataclasses become objects, dates ISO 8601, NaN becomes null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [to_json(v) for v in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return {str(k): to_json(v) for k, v in value.items()} if isinstance(value, dict) else value


@dataclass(slots=True)
class Overview:
    """What was read and how, for the head and the foot of a report."""

    files: tuple[str, ...]
    rows_read: int
    comments: int
    duplicates: int
    rejected: dict[str, int]  # reason → rows
    customers: int
    customers_known: bool
    mentions: int
    coded_mentions: int
    languages: dict[str, int]  # Language → comments, by the language most of the comment is in
    redactions: dict[str, int]  # kind of identifier → how many were replaced
    first_day: dt.date | None
    last_day: dt.date | None
    scale: str | None
    scores: dict[str, Estimate]  # metric → estimate over all scored comments
    columns: dict[str, str]  # role → "column (why)"
    codebook: str
    packs: tuple[str, ...]
    sentiment_from: Literal["scores", "words"]
    severity_from: Literal["scores", "words"]
    moved: Estimate | None  # share of earlier mentions whose theme id changed; None on a first run
    notes: tuple[Labels, ...]  # what the reader must know before believing a number
    seed: int
    version: str
