"""Arrays of the tables, with what people decided: retired themes, merged customers, hand coding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from balm.core.decisions import Decisions, Recode
from balm.core.errors import WrongUse
from balm.lake.arrays import Coded, coded_arrays
from balm.lake.coding import code_feedback
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.learning import Asked, learn
from balm.measure.reach import theme_counts

SAID = [
    "delivery was late. The app crashes",
    "delivery was late",
    "the app crashes. Staff were rude",
    "staff were rude",
    "lovely lamp",
]
IDS = ["delivery.late", "app.crash", "staff.rude"]
ROWS = [{"id": f"r{i}", "text": f"{SAID[i % 5]} {i}", "who": f"c{i % 6}" if i % 4 else None} for i in range(60)]


def quiet(stage: str, done: int, total: int) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("arrays")
    with FeedbackStore(folder) as store:
        import_files(ROWS, store, named={"text": "text", "id": "id", "customer": "who"}, batch_rows=25)
        state = folder / "state"
        learnt = learn(store, state, Asked.of("core", None, 0, None), relearn=False, progress=quiet)
        code_feedback(store, folder, state, learnt, progress=quiet)
    return folder


@pytest.fixture(scope="module")
def plain(folder: Path) -> Coded:
    return coded_arrays(folder, IDS)


def comments_of(coded: Coded, theme: str) -> set[int]:
    at = coded.feedback.theme == coded.feedback.themes.index(theme)
    return set(coded.feedback.comment[at].tolist())


def test_the_fixture_says_what_it_should(plain: Coded) -> None:
    assert comments_of(plain, "delivery.late") == {i for i in range(60) if i % 5 in (0, 1)}
    assert comments_of(plain, "app.crash") == {i for i in range(60) if i % 5 in (0, 2)}
    assert comments_of(plain, "staff.rude") == {i for i in range(60) if i % 5 in (2, 3)}


def test_a_merged_theme_counts_the_union_of_comments(folder: Path, plain: Coded) -> None:
    decisions = Decisions(themes={"app.crash": "delivery.late"})
    merged = coded_arrays(folder, IDS, decisions=decisions)
    union = comments_of(plain, "delivery.late") | comments_of(plain, "app.crash")
    assert comments_of(merged, "delivery.late") == union and comments_of(merged, "app.crash") == set()
    before, after = theme_counts(plain.feedback), theme_counts(merged.feedback)
    assert after.comments.tolist() == [36, 0, 24] and before.comments.tolist() == [24, 24, 24]
    assert after.mentions[0] == before.mentions[0] + before.mentions[1]
    assert after.customers[0] == len({ROWS[i]["who"] or i for i in union})


def test_themes_follow_to_the_last_that_took_over(folder: Path, plain: Coded) -> None:
    chain = {"app.crash": "gone", "gone": "staff.rude", "delivery.late": None}
    coded = coded_arrays(folder, IDS, decisions=Decisions(themes=chain))
    assert comments_of(coded, "staff.rude") == comments_of(plain, "app.crash") | comments_of(plain, "staff.rude")
    assert comments_of(coded, "delivery.late") == set()
    ring = coded_arrays(folder, IDS, decisions=Decisions(themes={"a": "b", "b": "a", "app.crash": "a"}))
    assert comments_of(ring, "app.crash") == set()
    few = coded_arrays(folder, ["app.crash"])
    assert set(few.feedback.theme.tolist()) == {-1, 0}, "themes that are not asked for count as not coded"


def test_a_merged_customer_counts_once(folder: Path, plain: Coded) -> None:
    decisions = Decisions(customers={"c1": "c2", "c3": "c1", "c5": "new"})
    merged = coded_arrays(folder, IDS, decisions=decisions)
    assert merged.feedback.n_customers == plain.feedback.n_customers - 2
    number = merged.feedback.customer
    assert len(np.unique(number)) == merged.feedback.n_customers
    of = {who: {int(number[i]) for i in range(60) if ROWS[i]["who"] == who} for who in ("c1", "c2", "c3", "c4", "c5")}
    assert of["c1"] == of["c2"] == of["c3"] and len(of["c1"]) == 1
    assert not of["c1"] & of["c4"] and not of["c5"] & of["c4"]
    unnamed = [int(number[i]) for i in range(60) if ROWS[i]["who"] is None]
    assert len(set(unnamed)) == len(unnamed), "a comment without a customer stays one of its own"


def test_hand_coding_goes_before_reading(folder: Path, plain: Coded) -> None:
    recodes = (
        Recode("r0", 0, "staff.rude"),
        Recode("r1", 0, None),
        Recode("r4", 0, "retired"),
        Recode("r3", 0, "app.crash"),
        Recode("r3", 0, "delivery.late"),
        Recode("r3", 99, "app.crash"),
        Recode("nobody", 0, "app.crash"),
    )
    coded = coded_arrays(folder, IDS, decisions=Decisions(themes={"retired": "app.crash"}, recodes=recodes))
    changed = np.flatnonzero(coded.feedback.theme != plain.feedback.theme)
    assert {int(coded.feedback.comment[i]) for i in changed} == {0, 1, 3, 4} and len(changed) == 4
    themes = {int(coded.feedback.comment[i]): int(coded.feedback.theme[i]) for i in changed}
    assert themes == {0: 2, 1: -1, 3: 0, 4: 1}
    assert coded.facts.sure[changed].tolist() == [True, False, True, True]


def test_versions_can_be_asked_for(folder: Path, plain: Coded) -> None:
    again = coded_arrays(folder, IDS, versions=plain.versions)
    assert again.versions == plain.versions and np.array_equal(again.feedback.theme, plain.feedback.theme)
    first = {"feedback": plain.versions["feedback"], "mentions": 1}
    with pytest.raises(WrongUse, match="no mentions yet"):
        coded_arrays(folder, IDS, versions=first)


def test_a_folder_without_comments_gives_empty_arrays(tmp_path: Path) -> None:
    empty = coded_arrays(tmp_path, IDS)
    assert empty.feedback.n_comments == 0 and len(empty.feedback.theme) == 0 and empty.files == ()
    assert empty.versions == {"feedback": None, "mentions": None}
