"""Phrases proposed from examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from balm.understand.codebook.apply import apply
from balm.understand.codebook.edits import AddPhrases
from balm.understand.codebook.load import load
from balm.understand.codebook.rewrite import check
from balm.understand.codebook.teach import PhraseProposal, propose_phrases

DATA = Path(__file__).parents[2].parent / "shared" / "data"

EXAMPLES = ["汤漏了一半", "袋子里全是油，汤漏了", "外卖漏了，心情都没了", "快递太慢，还漏了"]
OTHERS = ["味道不错", "快递太慢了", "汤很好喝", "袋子很结实", "外卖到得很快", "心情不错，味道也好", "油放得太多"] * 5


def phrases(found: tuple[PhraseProposal, ...]) -> list[str]:
    return [one.phrase for one in found]


def test_what_the_examples_share_comes_first() -> None:
    found = propose_phrases(EXAMPLES, background=OTHERS)
    best = found[0]
    assert (best.phrase, best.language, best.codes) == ("漏了", "zh", (0, 1, 2, 3))
    assert (best.background, best.background_of, best.touched) == (0, len(OTHERS), ())
    assert "快递" not in phrases(found)


def test_background_that_would_be_touched_is_counted_and_shown() -> None:
    background = [*OTHERS, "昨天也漏了", "水管漏了！"]
    best = propose_phrases(EXAMPLES, background=background)[0]
    assert best.phrase == "漏了"
    assert best.background == 2
    assert [background[t.comment] for t in best.touched] == background[-2:]
    assert [t.marked for t in best.touched] == ["漏了", "漏了"]
    for one in best.touched:
        ((low, high),) = one.marks
        assert one.text[low:high] == "漏了"


def test_examples_in_the_background_are_passed_over() -> None:
    best = propose_phrases(EXAMPLES, background=[*OTHERS, *EXAMPLES])[0]
    assert (best.background, best.background_of) == (0, len(OTHERS))


def test_near_misses_speak_against_a_phrase() -> None:
    examples = ["配送员态度恶劣", "配送员骂人，态度恶劣", "配送员迟到还态度恶劣"]
    free = phrases(propose_phrases(examples, background=OTHERS))
    held = propose_phrases(examples, ["配送员很好", "配送员态度好", "配送员辛苦了"], OTHERS)
    assert any("恶劣" in phrase for phrase in phrases(held))
    assert "配送员" not in phrases(held)
    assert "恶劣" in held[0].phrase
    assert len(free) >= len(held)
    assert all(len(one.codes) > one.against for one in held)


def test_traditional_examples_give_simplified_phrases_shown_as_written() -> None:
    hans = propose_phrases(["湯漏了", "湯又漏了一袋", "湯漏了"], background=OTHERS)
    assert hans[0].phrase in ("汤漏了", "漏了")
    wide = propose_phrases(["軟體當機", "軟體又當機了", "一開就當機"], background=OTHERS)
    assert wide[0].phrase == "当机"
    assert wide[0].written == "當機"
    both = propose_phrases(["軟體當機", "软件当机", "一开就当机"], background=OTHERS)
    assert both[0].codes == (0, 1, 2)


def test_english_words() -> None:
    examples = ["My bag never arrived at all", "The bag NEVER arrived", "It never arrived, and nobody cares"]
    background = ["The crew arrived early", "Never again", "Great flight", "My bag is fine"] * 5
    found = propose_phrases(examples, background=background)
    assert found[0].phrase == "never arrived"
    assert found[0].language == "en"
    assert found[0].codes == (0, 1, 2)
    assert all(1 <= len(phrase.split()) <= 3 for phrase in phrases(found))
    assert not {"the", "my", "it"} & set(phrases(found))


def test_contractions_are_counted_in_every_spelling() -> None:
    examples = ["The app doesn't load", "It doesn't load at all", "doesnt load on my phone"]
    best = propose_phrases(examples, background=["The app is great", "It works"] * 10)[0]
    assert len(best.codes) == 3


def test_one_example_and_no_background() -> None:
    assert phrases(propose_phrases(["外卖送得太慢了"], background=OTHERS))
    alone = propose_phrases(["无人机坠毁了", "我的无人机又坠毁了"])
    assert alone[0].codes == (0, 1)
    assert alone[0].background_of == 0


def test_nothing_to_learn() -> None:
    assert propose_phrases([]) == ()
    assert propose_phrases(["", "  ", "！！"]) == ()
    assert propose_phrases(["的了吗"], background=OTHERS) == ()
    assert propose_phrases(["味道", "味道。"], background=["味道不错", "味道很好", "味道差"] * 9) == ()


def test_deterministic_and_bounded() -> None:
    assert propose_phrases(EXAMPLES, background=OTHERS) == propose_phrases(EXAMPLES, background=OTHERS)
    assert len(propose_phrases(EXAMPLES, background=OTHERS, most=2)) <= 2
    lengths = [len(one.phrase) for one in propose_phrases(EXAMPLES, background=OTHERS)]
    assert all(2 <= length <= 6 for length in lengths)


def test_proposals_can_be_added_to_a_theme() -> None:
    for one in propose_phrases(EXAMPLES, background=OTHERS):
        check({one.language: (one.phrase,)})
        edited = apply(load("core"), [AddPhrases("delivery.late", {one.language: (one.phrase,)})])
        assert edited.phrases_changed


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "column", "word", "expected"),
    [
        ("zh_waimai_10k/waimai_10k.csv.gz", "review", "漏了", "漏了"),
        ("airline_tweets_dev/tweets_dev.csv.gz", "text", "lost my", "lost"),
        ("zhtw_gmap_dev/sentences_keywordlabel.csv.gz", "sentence", "排隊", "排队"),
    ],
)
def test_on_real_comments(file: str, column: str, word: str, expected: str) -> None:
    """Ten comments with a word in them: a phrase with that word comes among the first three."""
    path = DATA / file
    if not path.exists():
        pytest.skip("the public data sets are not at hand")
    import pandas as pd

    texts = [str(text) for text in pd.read_csv(path)[column]]
    examples = [text for text in texts if word in text.lower()][:10]
    found = propose_phrases(examples, background=texts)
    assert any(expected in one.phrase and len(one.codes) >= 4 for one in found[:3])
    assert found == propose_phrases(examples, background=texts)
