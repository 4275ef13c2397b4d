"""Codebooks from files: what a user may write, and what is said when it is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from balm.core.errors import InputRefused
from balm.understand.codebook.load import available, load
from balm.understand.codebook.model import Codebook, Term, parse_rule
from balm.understand.codebook.reading import MAX_BYTES

GOOD = """\
codebook: mine
version: 2
labels: {en: Mine, zh-Hans: 我的, zh-Hant: 我的}
themes:
  - id: tea
    labels: {en: Tea, zh-Hans: 茶, zh-Hant: 茶}
    themes:
      - id: tea.cold
        labels: {en: Cold tea, zh-Hans: 茶凉了, zh-Hant: 茶涼了}
        kind: product
        phrases:
          zh: [茶 + 凉|冷]
          en: [cold tea, tea + cold|lukewarm]
      - id: tea.weak
        labels: {en: Weak tea, zh-Hans: 茶太淡, zh-Hant: 茶太淡}
        kind: product
        phrases: {en: [weak tea]}
"""


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputRefused) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- names ----------------------------------------------------------------------------------------------------------


def test_starter_is_core_and_every_pack() -> None:
    assert [pack.name for pack in load("starter").packs] == available()
    assert load() == load("starter")


def test_packs_are_chosen_by_name() -> None:
    assert [pack.name for pack in load("core").packs] == ["core"]
    assert [pack.name for pack in load("core, travel").packs] == ["core", "travel"]
    assert len(load("core,travel").leaves()) > len(load("core").leaves())


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputRefused, match="no codebook is called “cuore”; use starter, core, "):
        load("core,cuore")
    with pytest.raises(InputRefused, match="no codebook is called"):
        load("")


def test_only_keeps_packs_and_their_themes() -> None:
    book = load("core,travel")
    assert book.only(["travel", "nothing"]).leaves() == load("travel").leaves()


# --- a file that stands alone ---------------------------------------------------------------------------------------


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    book = load(write(tmp_path, GOOD))
    assert (book.name, book.version) == ("mine", 2)
    assert [theme.id for theme in book.leaves()] == ["tea.cold", "tea.weak"]
    assert book.labels("tea")["en"] == "Tea"
    assert book.labels("tea.cold")["zh-Hant"] == "茶涼了"
    assert (book.parent("tea.cold"), book.parent("tea")) == ("tea", None)
    assert book.pack_of("tea.weak") == "mine"
    theme = book.theme("tea.cold")
    assert theme.topic_labels == theme.labels
    assert (theme.target, theme.solvability) == ("process", "medium")
    assert len(theme.rules) == 3
    with pytest.raises(KeyError):
        book.theme("tea.hot")
    with pytest.raises(ValidationError):
        theme.kind = "emotion"


def test_words_that_yaml_takes_for_booleans_stay_words(tmp_path: Path) -> None:
    book = load(write(tmp_path, GOOD.replace("weak tea]", "no, on, yes, 404]")))
    assert book.theme("tea.weak").phrases["en"] == ("no", "on", "yes", "404")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kind: product", "kind: prodct", "line 10: theme “tea.cold”, field “kind”: “prodct” is unknown; use process"),
        ("id: tea.weak", "id: tea.cold", "theme “tea.cold” stands twice; rename one"),
        ("id: tea.weak", "id: tea.Weak", "line 14: theme “tea.Weak”, field “id”: “tea.Weak” is no id; use lower-case"),
        ("id: tea.weak", "id: coffee.weak", "theme “coffee.weak” stands in group “tea”; name it “tea.…”"),
        ("zh-Hant: 茶太淡", "zh-Hant: ''", "line 15: theme “tea.weak”, field “labels”: no text for zh-Hant; write"),
        ("zh-Hant: 茶太淡", "zh-TW: 茶太淡", "no text for zh-Hant; write exactly zh-Hans, zh-Hant, en"),
        ("{en: [weak tea]}", "{en: []}", "theme “tea.weak”: no phrases; write at least one"),
        ("{en: [weak tea]}", "{en: ['']}", "line 17: theme “tea.weak”, field “phrases.en”: empty; write something"),
        ("{en: [weak tea]}", "{en: weak tea}", "field “phrases.en”: no list; write [one, two]"),
        ("{en: [weak tea]}", "{fr: [thé]}", "“fr” is unknown; use zh or en"),
        (
            "{en: [weak tea]}",
            "{en: [weak tea, weak |]}",
            "line 14: theme “tea.weak”, phrases: an empty term in “weak |”",
        ),
        ("{en: [weak tea]}", "{en: [we*ak tea]}", "theme “tea.weak”, phrases: a “*” out of place in “we*ak tea”"),
        ("{en: [weak tea]}", "{en: [weak+tea]}", "a “+” without a space on each side in “weak+tea”; write “ + ”"),
        ("        kind: product\n        phrases: {", "        phrases: {", "theme “tea.weak”, field “kind”: missing"),
        (
            "kind: product\n        phrases: {",
            "kind: product\n        prhases: {",
            "field “phrases”: missing; write it",
        ),
        ("[weak tea]}", "[weak tea]}\n        solvabilty: low", "unknown (did you mean “solvability”?); remove it"),
        ("version: 2", "version: two", "line 2: field “version”: “two” is no whole number"),
        ("version: 2", "version: 2\nversion: 3", "line 3: “version” is given twice; keep one"),
        ("[weak tea]}", "[weak tea]}\n       x: 1", "line 18: not valid YAML"),
        ("kind: product\n        phrases: {", "kind: &k product\n        topic: *k\n        phrases: {", "an alias"),
        ("kind: product\n", "kind: !!python/name:os.system product\n", "the tag"),
        ("[weak tea]}", "[[[[[[[[[[[[[[weak tea]]]]]]]]]]]]]]}", "nested deeper than 12 levels"),
    ],
)
def test_a_faulty_file_is_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    head, _, tail = GOOD.rpartition(old) if old != "kind: product" else GOOD.partition(old)
    message = refusal(write(tmp_path, head + new + tail))
    assert message.startswith("mine.yaml")
    assert said in message


def test_billion_laughs_is_refused_without_expanding(tmp_path: Path) -> None:
    laughs = ["a0: &a0 [lol, lol]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    assert "an alias (*name) is not allowed" in refusal(write(tmp_path, "\n".join(laughs)))


def test_files_that_are_no_codebook(tmp_path: Path) -> None:
    assert "begin with “codebook: name”" in refusal(write(tmp_path, ""))
    assert "begin with “codebook: name”" in refusal(write(tmp_path, "- a\n- b\n"))
    assert "cannot be read" in refusal(tmp_path / "absent.yaml")
    assert "field “codebook”: missing" in refusal(write(tmp_path, "version: 1\n"))
    (tmp_path / "big.yaml").write_bytes(b"a: b\n" * (MAX_BYTES // 5 + 1))
    assert "larger than 4 MB" in refusal(tmp_path / "big.yaml")
    (tmp_path / "gbk.yaml").write_bytes("codebook: mine\nlabels: 我的".encode("gbk"))
    assert "gbk.yaml, line 2: not UTF-8; save the file as UTF-8" in refusal(tmp_path / "gbk.yaml")
    (tmp_path / "nul.yaml").write_bytes(b"codebook: a\0b")
    assert "not valid YAML" in refusal(tmp_path / "nul.yaml")


# --- extends --------------------------------------------------------------------------------------------------------

EXTENDS = """\
codebook: ours
version: 1
labels: {en: Ours, zh-Hans: 我们的, zh-Hant: 我們的}
extends: core
archive: [price.high]
themes:
  - id: delivery.late
    solvability: high
    add:
      phrases: {en: [late crate*]}
      not: {en: [late harvest]}
  - id: delivery
    themes:
      - id: delivery.tracking
        phrases: {en: [dot stuck]}
      - id: delivery.drone
        labels: {en: Drone trouble, zh-Hans: 无人机问题, zh-Hant: 無人機問題}
        kind: process
        phrases: {zh: [无人机], en: [drone*]}
"""


def test_a_file_may_add_change_and_archive(tmp_path: Path) -> None:
    core, book = load("core"), load(write(tmp_path, EXTENDS))
    assert (book.name, [pack.name for pack in book.packs]) == ("ours", ["core", "ours"])
    ids = [theme.id for theme in book.leaves()]
    assert "price.high" not in ids
    assert book.theme("price.high").archived
    assert book.labels("price.high") == core.labels("price.high")
    assert ids[-1] == "delivery.drone"
    assert book.labels("delivery") == core.labels("delivery")
    assert book.pack_of("delivery.drone") == "ours"
    late, before = book.theme("delivery.late"), core.theme("delivery.late")
    assert late.solvability == "high"
    assert late.phrases["en"] == (*before.phrases["en"], "late crate*")
    assert late.phrases["zh"] == before.phrases["zh"]
    assert late.against["en"][-1] == "late harvest"
    assert late.labels == before.labels
    assert book.theme("delivery.tracking").phrases == {"en": ("dot stuck",)}
    assert len(ids) == len(core.leaves())


def test_a_file_may_only_change(tmp_path: Path) -> None:
    book = load(write(tmp_path, "codebook: ours\nversion: 1\nextends: starter\narchive: app.ads\n"))
    assert [pack.name for pack in book.packs] == available()
    assert {t.id for t in load("starter").leaves()} - {t.id for t in book.leaves()} == {"app.ads"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "price.high",
            "price.hihg",
            "line 5: theme “price.hihg” is not in the codebook it extends (did you mean “price",
        ),
        ("- id: delivery.late", "- id: delivery.lte", "line 7: theme “delivery.lte” is not in the codebook"),
        ("extends: core", "extends: cuore", "no codebook is called “cuore”"),
        ("solvability: high", "solvability: easy", "line 8: theme “delivery.late”, field “solvability”: “easy” is"),
        ("      phrases: {en: [late", "      labels: {en: [late", "theme “delivery.late”: cannot add to “labels”"),
        ("{en: [late harvest]}", "{en: [late | + harvest]}", "theme “delivery.late”, not: an empty term"),
        ("  - id: delivery\n", "  - di: delivery\n", "line 12: an entry without an id"),
        ("{en: Drone trouble, ", "{", "theme “delivery.drone”, field “labels”: no text for en"),
    ],
)
def test_faults_in_an_extending_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in EXTENDS
    assert said in refusal(write(tmp_path, EXTENDS.replace(old, new)))


def test_the_examples_of_the_reference_load(tmp_path: Path) -> None:
    reference = Path(__file__).parents[2] / "docs" / "reference" / "codebook.md"
    blocks = re.findall(r"```yaml\n(.*?)```", reference.read_text("utf-8"), re.S)
    assert len(blocks) == 2
    alone, extending = (load(write(tmp_path, block, f"{i}.yaml")) for i, block in enumerate(blocks))
    assert [theme.id for theme in alone.leaves()] == ["delivery.late"]
    assert extending.theme("app.ads").archived
    assert extending.parent("delivery.drone") == "delivery"
    broken = blocks[1].replace("solvability: high", "solvability: easy")
    assert refusal(write(tmp_path, broken, "ours.yaml")) in reference.read_text("utf-8")


# --- phrases --------------------------------------------------------------------------------------------------------


def term(text: str, prefix: bool = False) -> Term:
    return Term(text, prefix, "en")


def test_a_phrase_is_parts_of_terms() -> None:
    rule = parse_rule("Deliver*|courier + late | on-time", "en")
    assert rule.parts == ((term("deliver", True), term("courier")), (term("late"), term("on time")))
    assert rule.language == "en"
    assert parse_rule("物流|快递 + 慢", "zh").parts == (
        (Term("物流", False, "zh"), Term("快递", False, "zh")),
        (Term("慢", False, "zh"),),
    )


def test_negations_stand_for_their_spellings() -> None:
    assert parse_rule("didn’t arrive", "en").parts == (
        (term("didn't arrive"), term("didnt arrive"), term("did not arrive")),
    )
    assert {t.text for t in parse_rule("can't pay", "en").parts[0]} == {
        "can't pay",
        "cant pay",
        "cannot pay",
        "can not pay",
    }
    assert {t.text for t in parse_rule("won't", "en").parts[0]} == {"won't", "wont", "will not"}


@pytest.mark.parametrize("text", ["", "a |", "a +  + b", "*", "a*b", "x" * 3000])
def test_a_phrase_that_makes_no_sense(text: str) -> None:
    with pytest.raises(ValueError, match=r"phrase|term|out of place"):
        parse_rule(text, "en")


def test_chinese_terms_are_normalized_as_clauses_are() -> None:
    assert parse_rule("退貨 + 黏", "zh").parts == ((Term("退货", False, "zh"),), (Term("粘", False, "zh"),))


def test_latin_words_in_chinese_phrases_are_whole_words() -> None:
    rule = parse_rule("app|软件 + 卡", "zh")
    assert rule.parts[0] == (term("app"), Term("软件", False, "zh"))
    assert rule.language == "zh"


def test_chinese_has_no_endings() -> None:
    with pytest.raises(ValueError, match="may only end an English term"):
        parse_rule("物流*", "zh")


def test_a_theme_may_not_be_a_group_as_well(tmp_path: Path) -> None:
    text = GOOD.replace("id: tea.weak", "id: tea.cold.very") + GOOD[GOOD.index("  - id: tea\n") :].replace(
        "tea", "tea.cold"
    )
    assert "“tea.cold” is both a theme and a group" in refusal(write(tmp_path, text))


def test_the_order_of_themes_is_the_order_of_the_files() -> None:
    book: Codebook = load("core")
    assert [t.id for t in book.leaves()] == [t.id for pack in book.packs for t in pack.leaves()]
    assert load("core").leaves() == book.leaves()
