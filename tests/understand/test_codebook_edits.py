"""Edits of the codebook: what they do, and what is said where they cannot stand."""

from __future__ import annotations

import json
import re

import pytest

from balm.core.types import LANGUAGES, Labels
from balm.core.types import Theme as Shown
from balm.understand.block import Block
from balm.understand.codebook.apply import apply, apply_known, dependents, without
from balm.understand.codebook.edits import (
    KINDS,
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
    used_ids,
)
from balm.understand.codebook.entries import Edited
from balm.understand.codebook.load import load
from balm.understand.codebook.model import PHRASE_FIELDS, PHRASE_LANGUAGES, Codebook
from balm.understand.codebook.refusal import EditRefused
from balm.understand.codebook.rewrite import check
from balm.understand.matching import Matcher
from balm.understand.normalize import normalize

RAIN = Part("delivery.rain", {"en": "Late when it rains"}, {"zh": ("雨天|下雨",), "en": ("rain*",)})
FOUND = Shown("found.0a1b2c", {"zh-Hans": "漏汤", "zh-Hant": "漏湯", "en": "spilled soup"}, "process")
EVERY: tuple[Edit, ...] = (
    Rename("delivery.late", {"zh-Hans": "配送慢", "en": "Slow delivery"}),
    Define("delivery.late", {"zh-Hant": "比約定晚送到"}),
    Merge(("delivery.lost", "found.99"), "delivery.late"),
    Split("price.high", (Part("price.member", {"en": "Dear to members"}, {"zh": ("会员",)}),)),
    Move("app.ads", "price"),
    Archive("app.crash"),
    Restore("app.crash"),
    Accept("found.0a1b2c", {"zh-Hans": "洒漏"}, "delivery", "product", {"en": "Food spilled"}),
    Dismiss("found.88"),
    AddTheme("own.drone", {"zh-Hans": "无人机"}, None, "product", {"zh": ("无人机 + 坠",)}),
    AddGroup("machines", {"en": "Machines"}),
    AddPhrases("own.drone", {"en": ("drone + crash*",)}),
    RemovePhrases("own.drone", {"zh": ("无人机 + 坠",)}),
    AddExamples("own.drone", ("无人机坠了",), ("无人机很快",)),
)


@pytest.fixture(scope="module", name="book")
def fixture_book() -> Codebook:
    return load("core")


def coded(edited: Edited, *clauses: str) -> list[str | None]:
    """The theme that each clause counts for by its best phrase."""
    hits = Matcher(edited.book).match(normalize(Block.of(clauses)))
    ids = [hits.themes[hits.theme[i]] if i >= 0 else None for i in hits.first.tolist()]
    return [None if id_ is None else edited.resolve(id_) for id_ in ids]


def refusal(book: Codebook | Edited, *edits: Edit, proposals: list[Shown] | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply(book, edits, proposals)
    for language in LANGUAGES:
        assert "{" not in caught.value.say(language)
    return caught.value


def test_every_kind_goes_through_json_and_applies(book: Codebook) -> None:
    assert {type(edit) for edit in EVERY} == set(KINDS.values())
    plain = json.loads(json.dumps(to_json(EVERY), ensure_ascii=False))
    again = edits_from_json(plain)
    assert again == EVERY
    assert to_json(again) == plain
    assert apply(book, again) == apply(book, EVERY)
    assert used_ids(EVERY) == {"own.drone", "machines", "price.member"}


# --- what edits do --------------------------------------------------------------------------------------------------


def test_no_edits_change_nothing(book: Codebook) -> None:
    edited = apply(book, [])
    assert edited.book == book
    assert edited.lineage == {}
    assert not edited.phrases_changed
    assert [entry.id for entry in edited.in_use()] == [theme.id for theme in book.leaves()]


def test_rename_keeps_the_languages_not_given(book: Codebook) -> None:
    edited = apply(book, [EVERY[0]])
    assert edited.labels("delivery.late") == {**book.labels("delivery.late"), **EVERY[0].labels}  # type: ignore[union-attr]
    assert edited.book.labels("delivery.late") == edited.labels("delivery.late")
    group = apply(book, [Rename("delivery", {"en": "Shipping"})])
    assert group.book.labels("delivery")["en"] == group.labels("delivery")["en"] == "Shipping"
    assert not group.phrases_changed


@pytest.mark.parametrize(
    ("given", "shown", "lacks"),
    [
        ({"zh-Hans": "简"}, {"zh-Hans": "简", "zh-Hant": "简", "en": "简"}, ("zh-Hant", "en")),
        ({"zh-Hant": "繁", "en": "E"}, {"zh-Hans": "繁", "zh-Hant": "繁", "en": "E"}, ("zh-Hans",)),
        ({"zh-Hans": "简", "zh-Hant": "繁"}, {"zh-Hans": "简", "zh-Hant": "繁", "en": "简"}, ("en",)),
        ({"en": "E"}, {"zh-Hans": "E", "zh-Hant": "E", "en": "E"}, ("zh-Hans", "zh-Hant")),
    ],
)
def test_a_missing_label_falls_back_and_is_told(
    book: Codebook, given: Labels, shown: Labels, lacks: tuple[str, ...]
) -> None:
    edited = apply(book, [AddTheme("own.x", given, None, "process", {"zh": ("坠毁",)})])
    assert edited.labels("own.x") == edited.book.labels("own.x") == shown
    assert edited.entries["own.x"].lacks == lacks


def test_merges_are_lineage_and_read_nothing_again(book: Codebook) -> None:
    edits = [Merge(("delivery.late",), "delivery.lost"), Merge(("delivery.lost",), "price.high")]
    edited = apply(book, edits)
    assert edited.lineage == {"delivery.late": "price.high", "delivery.lost": "price.high"}
    assert not edited.phrases_changed
    assert coded(edited, "快递太慢了") == ["price.high"]
    assert edited.phrases("price.high")["zh"] == (
        *book.theme("price.high").phrases["zh"],
        *book.theme("delivery.late").phrases["zh"],
        *book.theme("delivery.lost").phrases["zh"],
    )
    archived = apply(edited, [Archive("price.high")])
    assert set(archived.lineage.values()) == {None}
    assert apply(archived, [Restore("price.high")]) == edited


def test_archived_in_the_file_can_be_restored() -> None:
    base = load("core")
    pack = base.packs[0]
    groups = tuple(
        group.model_copy(
            update={
                "themes": tuple(
                    theme.model_copy(update={"archived": theme.id == "delivery.late"}) for theme in group.themes
                )
            }
        )
        for group in pack.groups
    )
    book = Codebook(name="c", version=1, packs=(pack.model_copy(update={"groups": groups}),))
    assert apply(book, []).lineage == {}
    edited = apply(book, [Restore("delivery.late")])
    assert edited.phrases_changed
    assert coded(edited, "快递太慢了") == ["delivery.late"]
    assert apply(edited, [Archive("delivery.late")]).lineage == {"delivery.late": None}


def test_split_takes_its_part_and_leaves_the_rest(book: Codebook) -> None:
    edited = apply(book, [Split("delivery.late", (RAIN,))])
    assert coded(edited, "雨天快递太慢了", "快递太慢了", "雨天真好", "the courier was late in the rain") == [
        "delivery.rain",
        "delivery.late",
        None,
        "delivery.rain",
    ]
    part = edited.entries["delivery.rain"]
    old = book.theme("delivery.late")
    assert (part.parent, part.kind, part.target) == ("delivery", old.kind, old.target)
    assert edited.phrases_changed


def test_of_several_parts_the_first_takes_a_clause(book: Codebook) -> None:
    night = Part("delivery.night", {"en": "At night"}, {"zh": ("晚上",)})
    assert coded(apply(book, [Split("delivery.late", (RAIN, night))]), "雨天晚上快递太慢") == ["delivery.rain"]
    assert coded(apply(book, [Split("delivery.late", (night, RAIN))]), "雨天晚上快递太慢") == ["delivery.night"]


def test_split_of_a_merged_theme_takes_from_both(book: Codebook) -> None:
    edits = [Merge(("delivery.lost",), "delivery.late"), Split("delivery.late", (RAIN,))]
    edited = apply(book, edits)
    assert coded(edited, "雨天快递弄丢了", "快递弄丢了") == ["delivery.rain", "delivery.late"]


def test_move_and_new_groups(book: Codebook) -> None:
    edits = [AddGroup("machines", {"en": "Machines"}), Move("app.crash", "machines"), Move("app.ads", None)]
    edited = apply(book, edits)
    assert edited.book.parent("app.crash") == edited.parent("app.crash") == "machines"
    assert edited.book.parent("app.ads") is None
    assert edited.book.labels("machines")["zh-Hans"] == "Machines"
    assert "machines" in edited.book.groups()
    assert edited.book.only(["core"]).parent("app.crash") == "machines"
    assert not edited.phrases_changed


def test_proposals_are_accepted_merged_and_dismissed(book: Codebook) -> None:
    accept = Accept("found.0a1b2c", {"zh-Hans": "洒漏"}, "delivery", "product")
    edited = apply(book, [accept], [FOUND])
    assert edited.entries["found.0a1b2c"].origin == "discovered"
    assert edited.unread == ("found.0a1b2c",)
    assert not edited.phrases_changed
    assert edited.proposals(["found.0a1b2c", "found.7"]) == ("found.7",)
    taught = apply(edited, [AddPhrases("found.0a1b2c", {"zh": ("汤 + 渗",)})])
    assert coded(taught, "汤都渗到袋子里") == ["found.0a1b2c"]
    assert taught.unread == ()
    assert taught.book.parent("found.0a1b2c") == "delivery"
    assert apply(book, [Dismiss("found.0a1b2c")], [FOUND]).dismissed == {"found.0a1b2c"}
    assert apply(book, [Dismiss("found.0a1b2c")], [FOUND]).lineage == {"found.0a1b2c": None}
    assert apply(book, [Dismiss("found.0a1b2c"), Restore("found.0a1b2c"), accept], [FOUND]) == edited
    merged = apply(book, [Merge(("found.0a1b2c",), "delivery.late")], [FOUND])
    assert merged.lineage == {"found.0a1b2c": "delivery.late"}
    assert merged.entries["found.0a1b2c"].labels == FOUND.labels


def test_phrases_are_added_and_removed(book: Codebook) -> None:
    edited = apply(book, [AddPhrases("delivery.late", {"zh": ("蜗牛速度",), "en": ("snail pace",)})])
    assert coded(edited, "蜗牛速度", "蝸牛速度", "at a snail pace") == ["delivery.late"] * 3
    back = apply(edited, [RemovePhrases("delivery.late", {"zh": ("蝸牛速度",), "en": ("Snail  Pace",)})])
    assert back.reads == apply(book, []).reads
    assert not back.phrases_changed
    vetoed = apply(book, [AddPhrases("delivery.late", {"zh": ("开玩笑",)}, "not")])
    assert coded(vetoed, "开玩笑说快递太慢了") == [None]


def test_phrases_of_merged_themes_can_be_removed(book: Codebook) -> None:
    new = AddTheme("own.x", {"en": "x"}, None, "process", {"zh": ("坠毁",)})
    edits: list[Edit] = [new, Merge(("own.x",), "delivery.late"), RemovePhrases("delivery.late", {"zh": ("坠毁",)})]
    assert coded(apply(book, edits[:2]), "坠毁") == ["delivery.late"]
    edited = apply(book, edits)
    assert coded(edited, "坠毁") == [None]
    assert "坠毁" not in edited.phrases("delivery.late")["zh"]
    assert edited.lineage == {"own.x": "delivery.late"}


def test_examples_are_for_people_alone(book: Codebook) -> None:
    edited = apply(book, [AddExamples("delivery.late", ("等了三天",), ("很快",))])
    assert edited.entries["delivery.late"].include[-1] == "等了三天"
    assert edited.entries["delivery.late"].exclude[-1] == "很快"
    assert edited.book == book


def test_added_themes_follow_those_of_the_packs(book: Codebook) -> None:
    edited = apply(book, EVERY)
    themes = Matcher(edited.book).themes
    assert themes[: len(book.leaves())] == tuple(theme.id for theme in book.leaves())
    assert set(themes[len(book.leaves()) :]) == {"price.member", "own.drone"}


# --- what cannot stand ----------------------------------------------------------------------------------------------


NEW = AddTheme("own.x", {"en": "x"}, None, "process")


@pytest.mark.parametrize(
    ("edits", "code", "said"),
    [
        ([Archive("delivery.lat")], "unknown_theme", "did you mean “delivery.late”"),
        ([Archive("delivery")], "is_group", "“delivery” is a group"),
        ([Archive("found.123")], "is_proposal", "accept it first"),
        ([Archive("app.ads"), Archive("app.ads")], "archived", "restore it first"),
        ([Archive("app.ads"), Merge(("app.crash",), "app.ads")], "archived", "“app.ads” is archived"),
        ([Merge(("app.ads",), "app.crash"), Merge(("delivery.late",), "app.ads")], "merged", "into “app.crash”"),
        ([Merge(("app.ads",), "app.crash"), Rename("app.ads", {"en": "x"})], "merged", "undo the merge"),
        ([Merge(("app.ads", "delivery.lat"), "app.crash")], "unknown_theme", "delivery.lat"),
        ([Restore("app.ads")], "not_archived", "nothing to restore"),
        ([Restore("app.nothing")], "unknown_theme", "app.nothing"),
        ([Move("app.ads", "ap")], "unknown_group", "did you mean “app”"),
        ([Move("app.ads", "app.crash")], "is_theme", "two levels"),
        ([Move("app", "app.ads")], "is_group", "“app” is a group"),
        ([Move("app.ads", "app")], "same_place", "there already"),
        ([Accept("delivery.late", {"en": "x"}, None, "process")], "no_proposal", "no proposal now"),
        ([Dismiss("found.1"), Accept("found.1", {"en": "x"}, None, "process")], "dismissed", "restore it first"),
        ([Accept("found.1", {"en": "x"}, None, "process"), Dismiss("found.1")], "accepted", "archive the theme"),
        ([NEW, NEW], "id_taken", "“own.x” is taken"),
        ([AddTheme("delivery", {"en": "x"}, None, "process")], "id_taken", "taken"),
        ([AddTheme("x", {"en": "x"}, None, "process")], "id_alone", "“own.x”"),
        ([AddTheme("delivery.late.x", {"en": "x"}, None, "process")], "id_alone", "a prefix that is no theme"),
        ([AddGroup("delivery", {"en": "x"})], "id_taken", "taken"),
        ([AddGroup("x", {"zh-Hans": "配送"})], "same_label", "“delivery”"),
        ([NEW, AddTheme("own.y", {"zh-Hans": "X"}, None, "process")], "same_label", "merge the two"),
        ([NEW, AddTheme("own.y", {"en": "y"}, None, "process"), Rename("own.y", {"en": "X"})], "same_label", "“own.x”"),
        ([NEW, RemovePhrases("own.x", {"zh": ("慢",)})], "no_such_phrase", "no phrase “慢”"),
        ([NEW, AddPhrases("own.x", {"zh": ("慢",)}, "not")], "no_phrases", "no phrases yet"),
        ([AddPhrases("delivery.late", {"zh": ("物流，慢",)})], "unmatchable", "“物流，慢” can never match"),
        ([AddPhrases("delivery.late", {"zh": ("物流+慢",)})], "bad_phrase", "write “ + ”"),
        ([AddPhrases("delivery.late", {"en": ("[phone]",)})], "unmatchable", "[phone]"),
        ([Rename("delivery.late", {"en": "Late delivery"})], "same_text", "nothing to change"),
        ([Split("delivery.late", (RAIN,)), Split("delivery.late", (RAIN,))], "id_taken", "delivery.rain"),
        ([NEW, AddPhrases("own.x", {"zh": ("坠毁",)}), Split("own.x", (Part("own.y", {"en": "y"}, {"en": ("z",)}),))],
         "no_language", "(en)"),
    ],
)  # fmt: skip
def test_what_cannot_stand_names_the_place_and_the_mend(
    book: Codebook, edits: list[Edit], code: str, said: str
) -> None:
    error = refusal(book, *edits)
    assert error.code == code
    assert error.number == len(edits)
    assert str(error).startswith(f"edit {len(edits)}: ")
    assert said in str(error)


def test_known_and_last_phrases(book: Codebook) -> None:
    one = AddTheme("own.x", {"en": "x"}, None, "process", {"zh": ("坠毁",)})
    assert refusal(book, one, AddPhrases("own.x", {"zh": ("墜毀",)})).code == "known_phrase"
    assert refusal(book, one, RemovePhrases("own.x", {"zh": ("坠毁",)})).code == "last_phrase"


def test_proposals_that_are_not_there_now(book: Codebook) -> None:
    accept = Accept("found.0a1b2d", {"en": "x"}, None, "process")
    error = refusal(book, accept, proposals=[FOUND])
    assert error.code == "no_proposal"
    assert "did you mean “found.0a1b2c”" in str(error)
    edited, refused = apply_known(book, [accept, Archive("gone.theme"), Archive("app.ads")])
    assert "found.0a1b2d" in edited.entries
    assert [(error.number, error.code) for error in refused] == [(2, "unknown_theme")]
    assert edited.lineage == {"app.ads": None}


def test_every_phrase_of_the_starter_can_be_matched() -> None:
    for role in PHRASE_FIELDS:
        for language in PHRASE_LANGUAGES:
            themes = load("starter").leaves()
            check({language: tuple(phrase for theme in themes for phrase in theme.phrases_of(role).get(language, ()))})


# --- undo and what is said ------------------------------------------------------------------------------------------


def test_undo_names_what_depends_on_it(book: Codebook) -> None:
    edits: list[Edit] = [
        Archive("app.ads"),
        AddTheme("own.x", {"en": "x"}, None, "process", {"zh": ("坠毁",)}),
        Merge(("delivery.late",), "own.x"),
        Rename("own.x", {"en": "y"}),
    ]
    assert dependents(edits, 0, book) == ()
    assert dependents(edits, 1, book) == (2, 3)
    assert without(edits, 0, book) == tuple(edits[1:])
    with pytest.raises(EditRefused, match=r"edit 2 cannot be undone: edit 4 depends on it .*undo edit 4 first"):
        without(edits, 1, book)
    with pytest.raises(EditRefused, match="there is no edit 9; there are 4"):
        without(edits, 8, book)


def test_undo_passes_over_edits_that_have_lost_their_theme(book: Codebook) -> None:
    edits = [Archive("gone.theme"), Archive("app.ads"), Restore("app.ads"), Archive("gone.other")]
    assert dependents(edits, 1, book) == (2,)
    assert without(edits, 0, book) == tuple(edits[1:])
    assert without(edits, 2, book) == (*edits[:2], edits[3])


def test_undo_that_would_make_two_of_a_name(book: Codebook) -> None:
    edits = [Rename("app.ads", {"en": "Promotions"}), Rename("app.crash", {"en": book.labels("app.ads")["en"]})]
    assert dependents(edits, 0, book) == (1,)


def test_each_kind_is_described_in_each_language(book: Codebook) -> None:
    state = apply(book, [])
    for edit in EVERY:
        said = {language: state.describe(edit, language) for language in LANGUAGES}
        assert all(text and "{" not in text for text in said.values())
        assert re.search("[\u4e00-\u9fff]", said["zh-Hans"])
        assert said["zh-Hans"] != said["zh-Hant"]
        assert re.match("[A-Z]", said["en"])
        state = apply(state, [edit])


def test_descriptions_use_names_and_phrases(book: Codebook) -> None:
    state = apply(book, [])
    late = book.labels("delivery.late")
    assert state.describe(EVERY[0], "en") == f"Renamed “{late['en']}” to “Slow delivery”"
    assert state.describe(EVERY[0], "zh-Hant") == f"將「{late['zh-Hant']}」改名為「配送慢」"
    assert state.describe(Move("app.ads", None), "zh-Hans").endswith("移出分组")
    many = AddPhrases("delivery.late", {"zh": ("甲", "乙", "丙", "丁")})
    assert state.describe(many, "zh-Hans") == f"为“{late['zh-Hans']}”添加 4 条词语：“甲”、“乙”、“丙” 等"
