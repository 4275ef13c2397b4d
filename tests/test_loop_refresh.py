"""`refresh`: the figures of a folder made anew after an import, an edit of the codebook, a decision."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

import balm
from balm.core.decisions import Decisions, Recode
from balm.core.errors import WrongUse
from balm.core.types import to_json
from balm.lake.feedback import FeedbackStore
from balm.lake.importing import import_files
from balm.lake.tables import version
from balm.loop import Refreshed, asked_of, refresh
from balm.redaction import redact_table, redact_texts
from balm.understand.codebook.edits import (
    Accept,
    AddPhrases,
    AddTheme,
    Archive,
    Dismiss,
    Edit,
    Merge,
    Move,
    Rename,
)
from balm.understand.understanding import FILE, Understanding

SOUP = ["汤汁渗得到处都是，太恶心", "汤汁又渗出来了，恶心死了", "汤汁渗到袋子里，真恶心"]
SAID = ["快递太慢了，等了很久", "the app crashes again", "客服态度很差", "质感很好，很喜欢"]


def rows(numbers: range) -> list[dict[str, Any]]:
    return [
        {
            "id": f"r{i}",
            "comment": f"{SOUP[i % 3] if i % 3 == 0 else SAID[i % 4]} {i}",
            "stars": 5 if SAID[i % 4][0] == "质" and i % 3 else i % 3 + 1,
            "date": f"2026-{i % 3 + 1:02d}-{i % 28 + 1:02d}",
            "customer": f"c{i % 90}",
        }
        for i in numbers
    ]


def add(folder: Path, numbers: range, name: str) -> str:
    """Import rows as a file of that name; its key."""
    path = folder.parent / name
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(numbers)), "utf-8")
    with FeedbackStore(folder) as store:
        import_files(path, store, redact=redact_table, redact_text=redact_texts, batch_rows=200)
        return store.imports[-1].key


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Refreshed]:
    folder = tmp_path_factory.mktemp("refresh") / "w"
    add(folder, range(600), "a.jsonl")
    return folder, refresh(folder, asked_of(folder, codebook="core"))


@pytest.fixture
def folder(first: tuple[Path, Refreshed], tmp_path: Path) -> Path:
    return Path(shutil.copytree(first[0], tmp_path / "w"))


def again(folder: Path, *edits: Edit, decisions: Decisions | None = None) -> Refreshed:
    return refresh(folder, asked_of(folder, codebook="core"), edits=edits, decisions=decisions)


def shape(made: Refreshed) -> dict[str, tuple[int, int, int]]:
    return {theme.id: (theme.mentions, theme.comments, theme.customers) for theme in made.themes}


def test_it_says_what_analyze_says(first: tuple[Path, Refreshed], tmp_path: Path) -> None:
    made = first[1]
    whole = balm.analyze(first[0].parent / "a.jsonl", codebook="core", out=tmp_path)
    assert to_json(made.painpoints) == whole.painpoints.to_json()
    assert to_json(made.themes) == whole.themes.to_json()
    assert to_json(made.overview) == to_json(whole.overview)
    assert (made.solvability, made.topics, made.lineage) == (whole.solvability, whole.topics, {})
    assert made.versions == {"feedback": version(first[0], "feedback"), "mentions": version(first[0], "mentions")}
    assert pickle.loads(pickle.dumps(made)) == made
    assert any(theme.origin == "discovered" and theme.examples for theme in made.themes)
    assert not list(first[0].glob("*.json")) and not list(first[0].glob("*.html")), "no file for people"


def test_nothing_new_is_the_same_again(first: tuple[Path, Refreshed], folder: Path) -> None:
    assert again(folder) == first[1]


def test_an_import_is_added_and_taken_back(first: tuple[Path, Refreshed], folder: Path) -> None:
    key = add(folder, range(600, 900), "b.jsonl")
    more = again(folder)
    assert more.overview.comments == 900 and more.overview.files == ("a.jsonl", "b.jsonl")
    assert {t.id for t in first[1].themes} <= {t.id for t in more.themes}
    with FeedbackStore(folder) as store:
        store.take_back(key)
    fewer = again(folder)
    assert to_json(fewer.painpoints) == to_json(first[1].painpoints)
    assert shape(fewer) == shape(first[1]) and fewer.overview == first[1].overview
    with FeedbackStore(folder) as store:
        store.take_back(store.imports[0].key)
    with pytest.raises(WrongUse, match="no comments"):
        again(folder)


def test_a_merge_counts_the_union_and_its_undoing_brings_back(first: tuple[Path, Refreshed], folder: Path) -> None:
    before = shape(first[1])
    merged = again(folder, Merge(("app.crash",), "staff.rude"))
    assert merged.lineage == {"app.crash": "staff.rude"}
    counts = shape(merged)
    assert "app.crash" not in counts
    both = zip(before["app.crash"], before["staff.rude"], strict=True)
    assert counts["staff.rude"][:2] == tuple(a + b for a, b in both)[:2]
    assert "app.crash" not in {p.theme_id for p in merged.painpoints}
    assert merged.versions == first[1].versions, "nothing is read again"
    old, new = ({p.theme_id: p for p in made.painpoints} for made in (first[1], merged))
    assert new["staff.rude"].comments == old["staff.rude"].comments + old["app.crash"].comments
    series = [p.trend.series for p in (old["app.crash"], old["staff.rude"], new["staff.rude"])]
    counted = [sum(point.count or 0 for point in points) for points in series]
    assert counted[0] + counted[1] == counted[2] > 0, "the trend is that of both"
    assert again(folder) == first[1]


def test_names_and_places_change_at_once(first: tuple[Path, Refreshed], folder: Path) -> None:
    made = again(
        folder,
        Rename("app.crash", {"en": "It falls over", "zh-Hans": "老是闪退", "zh-Hant": "老是閃退"}),
        Move("app.crash", "staff"),
        Archive("staff.rude"),
    )
    (crash,) = [theme for theme in made.themes if theme.id == "app.crash"]
    assert crash.labels["en"] == "It falls over" and crash.parent == "staff"
    assert made.topics["app.crash"] == crash.labels and made.lineage == {"staff.rude": None}
    before = shape(first[1])
    assert shape(made)["app.crash"] == before["app.crash"] and "staff.rude" not in shape(made)
    assert made.overview.coded_mentions == first[1].overview.coded_mentions - before["staff.rude"][0]
    assert made.versions == first[1].versions


def test_proposals_are_accepted_and_dismissed(first: tuple[Path, Refreshed], folder: Path) -> None:
    found = [theme for theme in first[1].themes if theme.origin == "discovered"]
    best = max(found, key=lambda theme: theme.mentions)
    labels = {"en": "Leaking soup", "zh-Hans": "汤汁渗漏", "zh-Hant": "湯汁滲漏"}
    made = again(folder, Accept(best.id, labels, None, "product"))
    (accepted,) = [theme for theme in made.themes if theme.id == best.id]
    assert (accepted.labels, accepted.kind, accepted.origin) == (labels, "product", "codebook")
    assert shape(made)[best.id] == shape(first[1])[best.id] and accepted.distinctive == best.distinctive
    gone = again(folder, Dismiss(best.id))
    assert best.id not in shape(gone) and gone.lineage == {best.id: None}
    into = again(folder, Merge((best.id,), "staff.rude"))
    assert shape(into)["staff.rude"][0] == shape(first[1])["staff.rude"][0] + best.mentions


def test_new_phrases_read_anew(first: tuple[Path, Refreshed], folder: Path) -> None:
    soup = AddTheme("own.soup", {"en": "Soup"}, None, "product", {"zh": ("汤汁",)})
    made = again(folder, soup)
    assert shape(made)["own.soup"][1] == 200
    assert made.versions["mentions"] != first[1].versions["mentions"]
    assert made.solvability["own.soup"] == "medium" and made.topics["own.soup"]["en"] == "Soup"
    kept = Understanding.load(folder / "state")
    assert "own.soup" not in kept.ids, "what was learnt stays as it is"
    more = again(folder, soup, AddPhrases("own.soup", {"zh": ("快递太慢",)}))
    assert shape(more)["own.soup"][1] > 200
    assert again(folder).themes == first[1].themes


def test_learning_anew_learns_the_edited_codebook(folder: Path) -> None:
    soup = AddTheme("own.soup", {"en": "Soup"}, None, "product", {"zh": ("汤汁",)})
    refresh(folder, asked_of(folder, codebook="core"), edits=[soup], relearn=True)
    kept = Understanding.load(folder / "state")
    assert kept.learnt.coder is not None and "own.soup" in kept.learnt.coder.themes
    assert "own.soup" not in kept.ids
    made = again(folder)
    assert "own.soup" not in shape(made), "undone, although it was learnt"


def test_decisions_of_people_count(first: tuple[Path, Refreshed], folder: Path) -> None:
    crash = shape(first[1])["app.crash"]
    one = next(quote for p in first[1].painpoints if p.theme_id == "app.crash" for quote in p.quotes)
    made = again(
        folder,
        decisions=Decisions(
            customers={f"c{i}": "c0" for i in range(90)},
            recodes=[Recode(one.feedback_id, one.mention, "staff.rude")],
        ),
    )
    assert made.overview.customers == 1 and shape(made)["app.crash"] == (crash[0] - 1, crash[1] - 1, 1)


def test_edits_without_a_codebook(folder: Path) -> None:
    asked = asked_of(folder, codebook="none")
    plain = refresh(folder, asked)
    assert {theme.origin for theme in plain.themes} == {"discovered"} and plain.solvability == {}
    soup = AddTheme("own.soup", {"en": "Soup"}, None, "product", {"zh": ("汤汁",)})
    made = refresh(folder, asked, edits=[soup])
    assert shape(made)["own.soup"][1] == 200
    assert {theme.id for theme in plain.themes} <= set(shape(made))


def test_several_processes_say_the_same(first: tuple[Path, Refreshed], folder: Path) -> None:
    edits = [AddTheme("own.soup", {"en": "Soup"}, None, "product", {"zh": ("汤汁",)})]
    two = refresh(folder, asked_of(folder, codebook="core"), edits=edits, jobs=2)
    shutil.rmtree(folder / "lake" / "mentions")
    one = refresh(folder, asked_of(folder, codebook="core"), edits=edits)
    assert one.painpoints == two.painpoints and one.themes == two.themes


def test_it_waits_for_no_other_writer(folder: Path) -> None:
    with FeedbackStore(folder) as store:
        store.lock()
        with pytest.raises(WrongUse, match="another import"):
            again(folder)


# what lies in `state`


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 half a file", None])
def test_a_damaged_state_is_learnt_anew(content: bytes | None, first: tuple[Path, Refreshed], folder: Path) -> None:
    file = folder / "state" / FILE
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if content is None else content)
    assert shape(again(folder)) == shape(first[1])
    assert file.read_bytes() == whole


def test_what_was_learnt_and_for_which_question_are_one_file(folder: Path) -> None:
    assert [path.name for path in (folder / "state").iterdir()] == [FILE]
    about = json.loads(Understanding.load(folder / "state").about)
    assert about["asked"]["codebook"] == "core" and about["rows"] == 600


@pytest.mark.parametrize("content", ["", "{", "[]", '{"value": 1}'])
def test_a_damaged_note_of_what_moved_is_passed_over(content: str, tmp_path: Path) -> None:
    data = rows(range(120))
    balm.analyze(data, out=tmp_path, codebook="core")
    (tmp_path / "state" / "moved.json").write_text(content)
    assert balm.analyze(data, out=tmp_path, codebook="core").overview.moved is None


def test_the_columns_of_every_file_are_told(tmp_path: Path) -> None:
    a, b = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    a.write_text("".join(json.dumps({"comment": f"late delivery {i}", "stars": i % 5 + 1}) + "\n" for i in range(40)))
    b.write_text("".join(json.dumps({"review": f"app crashes {i}", "stars": i % 5 + 1}) + "\n" for i in range(40)))
    balm.analyze(a, out=tmp_path / "out")
    columns = balm.analyze(b, out=tmp_path / "out").overview.columns
    assert columns["text"].startswith("a.jsonl: comment (") and "; b.jsonl: review (" in columns["text"]
    assert columns["score"].startswith("stars ("), "said once where all have it"
