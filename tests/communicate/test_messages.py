"""The catalogue: complete, consistent between languages, and used."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

import balm.communicate
from balm.communicate import messages, numbers
from balm.communicate.messages import WORDS, listed, pick, same, say, span
from balm.core.types import LANGUAGES, Emotion, Estimate, Kind, Language, Target

SOURCE = Path(balm.communicate.__file__).parent
PLACES = re.compile(r"\{(\w+)")
SIMPLIFIED_ONLY = "这个们对发现关为时说过还没给让问题样类户条数据顾认应该评论满满级难买卖负责编码闭开启页项处单"
TRADITIONAL_ONLY = "這個們對發現關為時說過還沒給讓問題樣類戶條數據顧認應該評論滿級難買賣負責編碼閉開啟頁項處單"
MAINLAND_ONLY = ("信息", "軟件", "默認", "網絡", "打印", "文件夾", "視頻", "質量", "搜索")


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_message_says_the_same_in_three_languages(key):
    texts = WORDS[key]
    assert len(texts) == len(LANGUAGES) == 3
    assert all(text.strip() for text in texts)
    assert len({frozenset(PLACES.findall(text)) for text in texts}) == 1, "the placeholders differ"


def test_each_chinese_keeps_to_its_script():
    hans = "".join(texts[0] for texts in WORDS.values())
    hant = "".join(texts[1] for texts in WORDS.values())
    assert not set(hans) & (set(TRADITIONAL_ONLY) - set(SIMPLIFIED_ONLY))
    assert not set(hant) & (set(SIMPLIFIED_ONLY) - set(TRADITIONAL_ONLY))
    assert not [word for word in MAINLAND_ONLY if word in hant]


def test_association_is_never_called_a_cause():
    english = " ".join(texts[2].lower() for texts in WORDS.values())
    assert not re.search(r"\bcaus(es|ed|ing|al)\b|\bbecause of the theme\b|\bdriven by\b", english)


def test_every_key_in_the_source_is_in_the_catalogue():
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    plain = set(re.findall(r'(?:say|w)\(\s*"([a-z_]+\.[A-Za-z0-9_.-]+)"', source))
    script = (SOURCE / "assets" / "page.js").read_text("utf-8")
    plain |= set(re.findall(r'ui\("([a-z_]+\.[a-z_]+)"', script))
    assert len(plain) > 60
    assert not plain - set(WORDS)


def test_every_value_of_the_types_has_a_word():
    for prefix, values in (("kind", Kind), ("target", Target), ("emotion", Emotion), ("language", Language)):
        assert not [v for v in values if f"{prefix}.{v.value}" not in WORDS]


def test_plurals_numbers_and_nested_labels():
    assert say("count.comments", n=1)["en"] == "1 comment"
    assert say("count.comments", n=12345)["en"] == "12,345 comments"
    assert say("count.comments", n=12345)["zh-Hant"] == "12,345 則評論"
    assert say("read.pair", label=say("kind.process"), value=same("x"))["zh-Hans"] == "流程：x"
    assert pick(listed([same("a"), same("b")]), "zh-Hans") == "a、b"
    assert pick({"en": "only"}, "zh-Hant") == "only"


def test_dates_are_written_as_each_language_does():
    assert span(dt.date(2025, 3, 1), dt.date(2025, 3, 9))["en"] == "1–9 Mar 2025"
    assert span(dt.date(2025, 3, 1), dt.date(2025, 8, 9))["en"] == "1 Mar – 9 Aug 2025"
    assert span(dt.date(2024, 3, 1), dt.date(2025, 8, 9))["en"] == "1 Mar 2024 – 9 Aug 2025"
    assert span(dt.date(2025, 3, 1), dt.date(2025, 8, 9))["zh-Hant"] == "2025年3月1日–8月9日"
    assert messages.period(dt.date(2025, 3, 1), "month")["en"] == "Mar 2025"


def test_numbers_keep_a_true_minus_and_say_when_they_are_too_few():
    assert numbers.estimate(Estimate(0.123, 0.11, 0.138, 900, "wilson"))["en"] == "12.3% (11.0–13.8)"
    assert numbers.estimate(Estimate(-0.2, -0.5, 0.1, 90, ""), "score")["en"] == "−0.20 (−0.50 … 0.10)"
    assert numbers.estimate(Estimate(None, None, None, 3, ""))["zh-Hans"] == "太少，无法判断"
    assert numbers.number(-0.001) == "0.00"
    assert numbers.sample(12)["en"] == "n = 12, small"
    assert [numbers.digits_for([v]) for v in (31.0, 2.5, 0.4, 0.05, 0.004, 0.0)] == [1, 2, 2, 3, 4, 2]
