"""Hand coding finds its mention again when other phrases cut the comment otherwise."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from balm.analysis import Analysis
from balm.core.decisions import Decisions, Recode
from balm.lake.arrays import coded_arrays
from balm.lake.queries import Filter, Lake


@pytest.mark.parametrize(
    ("recode", "starts", "ends", "wanted"),
    [
        (Recode("a", 1, "x"), [0, 5], [4, 9], 1),
        (Recode("a", 2, "x"), [0, 5], [4, 9], None),
        (Recode("a", 1, "x", 5, 9), [0, 5], [4, 9], 1),
        (Recode("a", 1, "x", 5, 9), [0, 3, 5], [2, 4, 9], 2),  # a cut before it
        (Recode("a", 1, "x", 5, 9), [0, 5, 5], [4, 9, 9], 1),  # a second theme in the same words
        (Recode("a", 1, "x", 5, 9), [0], [9], 0),  # now one clause
        (Recode("a", 1, "x", 5, 9), [0], [4], None),
        (Recode("a", 0, "x", 5, 9), [], [], None),
    ],
)
def test_a_mention_is_found_by_its_place(
    recode: Recode, starts: list[int], ends: list[int], wanted: int | None
) -> None:
    assert recode.among(starts, ends) == wanted


def test_figures_and_pages_follow_the_place(small_analysis: Analysis) -> None:
    """The number is one too high, as if a mention had come in before it: both find the mention that was meant."""
    folder = small_analysis.folder
    assert isinstance(folder, Path)
    table = pq.read_table(folder / "mentions.parquet").to_pylist()
    at = next(i for i, row in enumerate(table) if row["theme_id"] == "delivery.late" and row["sentiment"] == "negative")
    row = table[at]
    moved = Recode(row["feedback_id"], row["mention"] + 1, "price.high", row["start"], row["end"])
    decided = Decisions(recodes=(moved,))
    themes = [theme.id for theme in small_analysis.themes]
    before, after = coded_arrays(folder, themes), coded_arrays(folder, themes, decisions=decided)
    changed = (before.feedback.theme != after.feedback.theme).nonzero()[0].tolist()
    assert changed == [at]

    asked = Filter(themes=("delivery.late",))
    plain, recoded = Lake.open(folder).counts(asked), Lake.open(folder, None, decided).counts(asked)
    assert plain.mentions - recoded.mentions == 1
