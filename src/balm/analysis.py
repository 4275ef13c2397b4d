"""The result of an analysis: pain points, themes, mentions, and the report on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import pyarrow as pa
import pyarrow.parquet as pq

from balm.core.errors import WrongUse
from balm.core.types import LANGUAGES, Estimate, Labels, Overview, PainPoint, Theme, to_json

if TYPE_CHECKING:
    from balm.communicate.report import Report

T = TypeVar("T")


class Results(Sequence[T], Generic[T]):
    """A list of results that knows how to become JSON and a data frame."""

    def __init__(self, items: Sequence[T]) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, i: int) -> T: ...
    @overload
    def __getitem__(self, i: slice) -> Results[T]: ...
    def __getitem__(self, i: int | slice) -> T | Results[T]:
        return Results(self._items[i]) if isinstance(i, slice) else self._items[i]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"<{len(self)} results: {', '.join(getattr(i, 'labels', {}).get('en', '?') for i in self._items[:5])} …>"

    def to_json(self) -> list[dict[str, Any]]:
        """Plain JSON values, one object a result."""
        return [to_json(item) for item in self._items]

    def to_pandas(self) -> Any:
        """One row a result, estimates as columns NAME, NAME_low, NAME_high; needs pandas."""
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]

        return pd.DataFrame([_flat(item) for item in self._items])


def _flat(item: Any) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in item.__dataclass_fields__:
        value = getattr(item, name)
        if isinstance(value, Estimate):
            row |= {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high, f"{name}_n": value.n}
        elif name == "labels":
            row |= {f"label_{language}": value[language] for language in LANGUAGES}
        elif isinstance(value, (str, int, float)) or value is None:
            row[name] = value
        elif name == "trend":
            row["trend"] = value.direction
        elif name == "priority":
            row |= {f"{model}_{part}": getattr(p, part) for model, p in value.items() for part in ("level", "rank")}
    return row


@dataclass
class Analysis:
    """What an analysis found.

    `painpoints` ranked by the customer-impact model; `themes` with their counts; `overview` what was read and how.
    `folder`: where the files lie, None when none were asked for and the mentions are held in memory. `anew`: files
    that an earlier run into the folder had read with other columns, and that this one read again.
    """

    painpoints: Results[PainPoint]
    themes: Results[Theme]
    overview: Overview
    folder: Path | None
    solvability: dict[str, str] = field(default_factory=dict)
    topics: dict[str, Labels] = field(default_factory=dict)
    source: Any = None  # a Parquet path or a table of mentions
    feedback: Any = None  # a callable that gives the tables of feedback
    anew: tuple[str, ...] = ()

    @property
    def mentions(self) -> pa.Table:
        """Every mention, columns as in `balm.core.tables.MENTIONS`. A million comments take some GB: see `batches`."""
        return pq.read_table(self.source) if isinstance(self.source, Path) else self.source

    def batches(self) -> Iterator[pa.Table]:
        """The mentions part by part, in bounded memory."""
        if not isinstance(self.source, Path):
            yield self.source
            return
        with pq.ParquetFile(self.source) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)

    def as_report(self) -> Report:
        """The report as data, for any renderer."""
        from balm.communicate import build_report

        return build_report(
            self.overview,
            list(self.painpoints),
            list(self.themes),
            self.batches(),
            feedback=self.feedback() if self.feedback else (),
            solvability=self.solvability,
            topics=self.topics,
        )

    def hold(self) -> None:
        """Take mentions and feedback into memory, so that the folder they lie in may go."""
        self.source = self.mentions
        held = list(self.feedback()) if self.feedback else []
        self.feedback = lambda: held

    def report(self, path: str | Path, language: str = "en") -> Path:
        """Write the report as one HTML page in three languages that opens in `language`. Returns its path."""
        if language not in LANGUAGES:
            raise WrongUse(f"language must be one of {', '.join(LANGUAGES)}, not {language!r}")
        from balm.communicate import write_html

        return write_html(self.as_report(), Path(path), language)

    def text(self, language: str = "en", *, terminal: bool = False, width: int = 120) -> str:
        """The first pain points as a table for a terminal."""
        from balm.communicate import build_report, render_text

        report = build_report(self.overview, list(self.painpoints), list(self.themes), ())
        return render_text(report, language, terminal=terminal, width=width)

    def to_json(self) -> dict[str, Any]:
        """Pain points, themes and overview as plain JSON values."""
        return {
            "overview": to_json(self.overview),
            "painpoints": self.painpoints.to_json(),
            "themes": self.themes.to_json(),
        }
