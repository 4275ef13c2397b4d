"""What holds of any sequence of edits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.types import LANGUAGES, Labels
from balm.understand.block import Block
from balm.understand.codebook.apply import apply, apply_known, dependents, without
from balm.understand.codebook.edits import (
    Accept,
    AddExamples,
    AddGroup,
    AddPhrases,
    AddTheme,
    Archive,
    Define,
    Dismiss,
    Edit,
    Merge,
    Move,
    Part,
    RemovePhrases,
    Rename,
    Restore,
    Split,
    edits_from_json,
    to_json,
)
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.model import Codebook, Group, Pack, Theme
from balm.understand.codebook.refusal import EditRefused
from balm.understand.matching import Matcher

WORDS = ("快", "慢", "贵", "late", "rude", "app")


def three(text: str) -> Labels:
    return dict.fromkeys(LANGUAGES, text)


def theme(id_: str, zh: tuple[str, ...], en: tuple[str, ...]) -> Theme:
    return Theme(id=id_, labels=three(id_), kind="process", phrases={"zh": zh, "en": en})


BOOK = Codebook(
    name="t",
    version=1,
    packs=(
        Pack(
            codebook="t",
            version=1,
            labels=three("t"),
            groups=(
                Group(
                    id="a",
                    labels=three("a"),
                    themes=(theme("a.slow", ("慢", "太久"), ("late",)), theme("a.dear", ("贵",), ("dear",))),
                ),
                Group(
                    id="b",
                    labels=three("b"),
                    themes=(
                        theme("b.rude", ("态度 + 差",), ("rude",)),
                        theme("b.app", ("闪退",), ("app + crash*",)).model_copy(update={"archived": True}),
                    ),
                ),
            ),
        ),
    ),
)

FOUND = st.sampled_from(["found.1", "found.2"])
THEMES = st.sampled_from(["a.slow", "a.dear", "b.rude", "b.app", "own.x", "own.y", "a.z", "found.1", "found.2"])
NEW = st.sampled_from(["own.x", "own.y", "a.z", "c.w"])
GROUPS = st.sampled_from(["a", "b", "c"])
PARENTS = st.none() | GROUPS
LABELS = st.dictionaries(st.sampled_from(LANGUAGES), st.sampled_from(["甲", "乙", "丙", "one", "two"]), min_size=1)
PHRASES = st.dictionaries(
    st.sampled_from(["zh", "en"]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True).map(tuple),
    min_size=1,
)
KIND = st.sampled_from(["process", "product"])
PARTS = st.lists(st.builds(Part, NEW, LABELS, PHRASES), min_size=1, max_size=2, unique_by=lambda part: part.theme)
SOURCES = st.lists(THEMES, min_size=1, max_size=2, unique=True)
LINEAGE = st.one_of(
    st.builds(Rename, THEMES | GROUPS, LABELS),
    st.builds(Define, THEMES, LABELS),
    st.tuples(SOURCES, THEMES).filter(lambda pair: pair[1] not in pair[0]).map(lambda pair: Merge(*pair)),  # type: ignore[arg-type]
    st.builds(Merge, st.sampled_from([("a.slow",), ("b.rude",), ("found.1",)]), st.sampled_from(["a.dear", "own.x"])),
    st.builds(Move, THEMES, PARENTS),
    st.builds(Archive, THEMES),
    st.builds(Accept, FOUND, LABELS, PARENTS, KIND),
    st.builds(Dismiss, FOUND),
    st.builds(AddGroup, st.just("c"), LABELS),
    st.builds(AddExamples, THEMES, st.just(("好",))),
)
EDITS = st.one_of(
    LINEAGE,
    LINEAGE,
    st.builds(Restore, THEMES),
    st.builds(Split, THEMES, PARTS),
    st.builds(AddTheme, NEW, LABELS, PARENTS, KIND, PHRASES),
    st.builds(AddTheme, NEW, LABELS, PARENTS, KIND),
    st.builds(AddPhrases, THEMES, PHRASES),
    st.builds(AddPhrases, THEMES, PHRASES, st.just("not")),
    st.builds(RemovePhrases, THEMES, st.sampled_from([{"zh": ("慢",)}, {"en": ("late",)}, {"zh": ("贵",)}])),
    st.builds(RemovePhrases, st.just("a.slow"), st.sampled_from([{"zh": ("慢",)}, {"zh": ("太久",), "en": ("late",)}])),
)


def legal(edits: list[Edit]) -> list[Edit]:
    """Those that can stand, one after the other; a refused one must leave no trace."""
    kept: list[Edit] = []
    state = apply(BOOK, [])
    for edit in edits:
        try:
            state = apply(state, [edit])
        except EditRefused:
            continue
        kept.append(edit)
    return kept


SEQUENCES = st.lists(EDITS, min_size=12, max_size=40).map(legal)


def check(edited: Edited) -> None:
    used = {entry.id for entry in edited.in_use()}
    assert set(edited.lineage).isdisjoint(used)
    assert all(into is None or into in used for into in edited.lineage.values())
    for entry in edited.in_use():
        assert entry.parent is None or entry.parent in edited.headings
        assert set(edited.labels(entry.id)) == set(LANGUAGES)
    for one in edited.book.leaves():
        assert any(one.phrases.values())
        one.check_phrases()
        assert edited.book.parent(one.id) == edited.parent(one.id)
        assert edited.book.labels(one.id) == edited.labels(one.id)
        assert edited.resolve(one.id) is None or edited.resolve(one.id) in used
    read = {one.id for one in edited.book.leaves()}
    assert set(edited.unread) == {id_ for id_ in used if not read & {entry.id for entry in edited.family(id_)}}
    for entry in edited.in_use():
        beside = [e for e in edited.in_use() if e.parent == entry.parent and e.id != entry.id]
        assert not any(entry.given.get(lang, "") == e.given.get(lang) for e in beside for lang in LANGUAGES)


@settings(max_examples=100, deadline=None)
@given(SEQUENCES)
def test_a_legal_sequence_makes_a_legal_book(edits: list[Edit]) -> None:
    edited = apply(BOOK, edits)
    check(edited)
    assert apply(BOOK, edits) == edited
    assert apply(BOOK, edits_from_json(to_json(edits))) == edited
    assert apply_known(BOOK, edits) == (edited, ())


@settings(max_examples=80, deadline=None)
@given(SEQUENCES, st.integers(0, 20))
def test_a_prefix_and_then_the_rest_is_the_whole(edits: list[Edit], at: int) -> None:
    both = apply(apply(BOOK, edits[:at]), edits[at:])
    whole = apply(BOOK, edits)
    assert both == whole
    assert (both.book, both.reads, both.lineage) == (whole.book, whole.reads, whole.lineage)


@settings(max_examples=80, deadline=None)
@given(SEQUENCES.filter(bool), st.data())
def test_undo_works_or_names_what_depends(edits: list[Edit], data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(edits) - 1))
    needing = dependents(edits, i, BOOK)
    if needing:
        with pytest.raises(EditRefused, match=f"edit {i + 1} cannot be undone: edit {needing[-1] + 1} depends"):
            without(edits, i, BOOK)
        assert all(at > i for at in needing)
    else:
        check(apply(BOOK, without(edits, i, BOOK)))
    check(apply(BOOK, [edit for at, edit in enumerate(edits) if at != i and at not in needing]))


@settings(max_examples=60, deadline=None)
@given(st.lists(LINEAGE, min_size=8, max_size=30).map(legal))
def test_merges_moves_and_names_read_nothing_again(edits: list[Edit]) -> None:
    edited = apply(BOOK, edits)
    assert not edited.phrases_changed
    assert edited.book.leaves() == () or [t.id for t in edited.book.leaves()] == [t.id for t in BOOK.leaves()]


@settings(max_examples=80, deadline=None)
@given(
    PARTS,
    st.lists(st.lists(st.sampled_from([*WORDS, "太久", "真的", "态度", "差"]), min_size=1, max_size=5), min_size=1),
)
def test_a_split_shares_out_what_the_theme_had(parts: list[Part], clauses: list[list[str]]) -> None:
    try:
        edited = apply(BOOK, [Split("a.slow", tuple(parts))])
    except EditRefused:
        return
    block = Block.of([" ".join(words) for words in clauses])
    found = []
    for book in (BOOK, edited.book):
        hits = Matcher(book).match(block)
        pairs = zip(hits.clause.tolist(), (hits.themes[i] for i in hits.theme), strict=True)
        found.append({(clause, "a.slow" if id_ in {p.theme for p in parts} else id_) for clause, id_ in pairs})
    assert {pair for pair in found[0] if pair[1] == "a.slow"} == {pair for pair in found[1] if pair[1] == "a.slow"}
