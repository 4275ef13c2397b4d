"""Emotion, intent, urgency and target of clauses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.core.types import Emotion, Intent, Target, Urgency
from balm.understand.block import Block
from balm.understand.cues import EMOTIONS, INTENTS, NO_TARGET, TARGETS, URGENCIES, Cues, read_cues
from balm.understand.normalize import normalize
from balm.understand.sentiment.lexicon import lexicon_polarity
from balm.understand.sentiment.words import load, split_words


def cues(*texts: str, polarity: list[float] | None = None, **more: object) -> Cues:
    block = normalize(Block.of(texts))
    p = lexicon_polarity(block)[0] if polarity is None else polarity
    return read_cues(block, p, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("气死我了", Emotion.ANGER),
        ("客服不理人，爱理不理", Emotion.NEGLECT),
        ("投诉无门，很无奈", Emotion.HELPLESSNESS),
        ("很担心被盗", Emotion.ANXIETY),
        ("太失望了", Emotion.DISAPPOINTMENT),
        ("每次都卡死，烦死了", Emotion.FRUSTRATION),
        ("謝謝店家，很滿意", Emotion.GRATITUDE),
        ("一直用这个牌子，值得信赖", Emotion.TRUST),
        ("太棒了，很开心", Emotion.JOY),
        ("傻眼", Emotion.DISAPPOINTMENT),
        ("I am furious", Emotion.ANGER),
        ("no one answers the phone", Emotion.NEGLECT),
        ("stranded, no options", Emotion.HELPLESSNESS),
        ("I'm worried about my refund, this is bad", Emotion.ANXIETY),
        ("very disappointed", Emotion.DISAPPOINTMENT),
        ("so frustrating", Emotion.FRUSTRATION),
        ("thank you so much, great crew", Emotion.GRATITUDE),
        ("I love it", Emotion.JOY),
        ("always reliable", Emotion.TRUST),
        ("thanks for nothing", Emotion.NONE),
        ("昨天下午买的", Emotion.NONE),
        ("不担心了，已经解决了", Emotion.NONE),
        ("the seat is blue", Emotion.NONE),
    ],
)
def test_emotion(text: str, emotion: Emotion) -> None:
    assert EMOTIONS[cues(text).emotion[0]] is emotion


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("质量太差了", Intent.COMPLAINT),
        ("非常好吃", Intent.PRAISE),
        ("请问几点关门", Intent.QUESTION),
        ("怎么设置指纹登录", Intent.QUESTION),
        ("建议增加夜间模式", Intent.SUGGESTION),
        ("希望能支持指紋", Intent.SUGGESTION),
        ("再也不会来了", Intent.LEAVING),
        ("果断卸载", Intent.LEAVING),
        ("充電的時候冒煙了", Intent.SAFETY),
        ("吃完就食物中毒进医院", Intent.SAFETY),
        ("我的卡被盗刷了", Intent.SAFETY),
        ("已经打12315投诉", Intent.LEGAL),
        ("不退钱就找律师起诉", Intent.LEGAL),
        ("要去消保會申訴", Intent.LEGAL),
        ("昨天下午买的", Intent.STATEMENT),
        ("this is terrible", Intent.COMPLAINT),
        ("great service", Intent.PRAISE),
        ("what time does the store open", Intent.QUESTION),
        ("please add a dark mode", Intent.SUGGESTION),
        ("never flying with you again", Intent.LEAVING),
        ("I am closing my account", Intent.LEAVING),
        ("the charger caught fire", Intent.SAFETY),
        ("my account was hacked", Intent.SAFETY),
        ("see you in small claims court", Intent.LEGAL),
        ("I bought it in March", Intent.STATEMENT),
    ],
)
def test_intent(text: str, intent: Intent) -> None:
    assert INTENTS[cues(text).intent[0]] is intent


URGENT = """
手机充电时起火
热水器漏电，差点触电
吃出玻璃渣
喝完上吐下泻去医院了
我的钱不见了，账户被盗
刹车失灵，差点出人命
我已经报警了，太过分了
再不退款就工信部投诉
我不想活了
已向消保官申诉，很不滿
The battery exploded and burned my hand, terrible
I got food poisoning from your meal
we will take legal action
unauthorized transaction on my card, no help from you
the brakes failed
I feel suicidal
""".strip().splitlines()

NOT_URGENT = """
好吃死了
笑死我了，太好玩
爱死这个颜色了
味道爆炸好吃
生意火爆，排队也值得
防触电设计很安心
没有漏电，很安全
安全带很舒服
曝光准确，拍照清晰
离医院很近，位置方便
孕妇可以用，放心
中毒太深，天天来吃
没有过敏，很温和
这个游戏有毒，停不下来
怀孕了也能用
胎压报警灯很清晰
我家从家电到生活用品都在这买
转发微博
快递太慢了
质量差
不会再买了
dying to try it
this burger is to die for
you are killing it, great job
the crew is on fire today, love it
I'm dead serious, great phone
Southern hospitality at its best
dangerously good cookies
the food court is nice
so much love, mad props
not dangerous at all
works on my fire tv
the flight was delayed again
worst service ever
""".strip().splitlines()


@pytest.mark.parametrize("text", URGENT)
def test_urgent(text: str) -> None:
    assert URGENCIES[cues(text).urgency[0]] is Urgency.URGENT


@pytest.mark.parametrize("text", NOT_URGENT)
def test_false_alarms(text: str) -> None:
    assert URGENCIES[cues(text).urgency[0]] is not Urgency.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "再也不会来了",
        "打了三次电话都没解决",
        "催了好几次还没到",
        "多次投诉没人管",
        "called three times and no answer",
        "still no response after two weeks",
        "never again",
        "uninstalled",
    ],
)
def test_soon(text: str) -> None:
    assert URGENCIES[cues(text).urgency[0]] is Urgency.SOON


def test_leaving_in_anger_by_closing_the_account_is_urgent() -> None:
    found = cues("fuck this, closing my account", "closing my account", "骗子银行，我要销户", "我要销户")
    assert [URGENCIES[u] for u in found.urgency] == [Urgency.URGENT, Urgency.SOON, Urgency.URGENT, Urgency.SOON]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("服务员态度很差", Target.PERSON),
        ("快递小哥骂人", Target.PERSON),
        ("他翻白眼", Target.PERSON),
        ("規定不能退", Target.POLICY),
        ("手续费太高", Target.POLICY),
        ("承诺三天到账，没兑现", Target.PROMISE),
        ("说好的赠品没有", Target.PROMISE),
        ("排队太久", Target.PROCESS),
        ("客服电话打不通", Target.PROCESS),
        ("屏幕闪退", Target.PRODUCT),
        ("he was rude", Target.PERSON),
        ("the agent yelled at me", Target.PERSON),
        ("your refund policy is not fair", Target.POLICY),
        ("you promised a refund", Target.PROMISE),
        ("not as advertised", Target.PROMISE),
        ("on hold for two hours", Target.PROCESS),
        ("lost my bag", Target.PROCESS),
        ("the app keeps crashing", Target.PRODUCT),
    ],
)
def test_target(text: str, target: Target) -> None:
    assert TARGETS[cues(text).target[0]] is target


def test_the_theme_fills_in_where_words_name_nobody() -> None:
    policy = TARGETS.index(Target.POLICY)
    got = cues("太离谱了", "服务员态度很差", "太离谱了", theme_target=[policy, policy, NO_TARGET])
    assert got.target.tolist() == [policy, TARGETS.index(Target.PERSON), NO_TARGET]


def test_question_marks_cut_off_with_the_clause_can_be_given() -> None:
    got = cues("退款到账", "退款到账", polarity=[0.0, 0.0], asked=[True, False])
    assert [INTENTS[i] for i in got.intent] == [Intent.QUESTION, Intent.STATEMENT]
    assert INTENTS[cues("退款到账？", polarity=[0.0]).intent[0]] is Intent.QUESTION


def test_a_bitter_question_is_a_complaint() -> None:
    assert INTENTS[cues("why is it so hard to get a refund?").intent[0]] is Intent.COMPLAINT
    assert INTENTS[cues("怎么这么差？").intent[0]] is Intent.COMPLAINT


def test_sentiment_of_the_caller_decides() -> None:
    got = cues("一般", "一般", polarity=[-0.3, -0.3], sentiment=[0, -1])
    assert [INTENTS[i] for i in got.intent] == [Intent.STATEMENT, Intent.COMPLAINT]


def test_negator_of_the_item_before_negates_nothing() -> None:
    got = cues("还没有", "漏电了", polarity=[-0.5, -0.5])
    assert URGENCIES[got.urgency[1]] is Urgency.URGENT


def test_empty_and_mismatched() -> None:
    got = cues()
    assert got.emotion.shape == got.intent.shape == got.urgency.shape == got.target.shape == (0,)
    got = cues("", " ", "😀", polarity=[0, 0, 0])
    assert got.target.tolist() == [NO_TARGET] * 3
    with pytest.raises(ValueError, match="as many polarities"):
        cues("a", polarity=[0.0, 1.0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=30) | st.sampled_from(URGENT + NOT_URGENT), st.floats(-1, 1)), max_size=10))
def test_codes_are_valid_and_items_are_read_alone(rows: list[tuple[str, float]]) -> None:
    got = cues(*(t for t, _ in rows), polarity=[p for _, p in rows])
    for codes, names in ((got.emotion, EMOTIONS), (got.intent, INTENTS), (got.urgency, URGENCIES)):
        assert codes.dtype == np.int8 and ((codes >= 0) & (codes < len(names))).all()
    assert ((got.target >= NO_TARGET) & (got.target < len(TARGETS))).all()
    for i, (text, p) in enumerate(rows):
        alone = cues(text, polarity=[p])
        assert (alone.emotion[0], alone.intent[0], alone.urgency[0], alone.target[0]) == (
            got.emotion[i],
            got.intent[i],
            got.urgency[i],
            got.target[i],
        )


def test_lists_repeat_no_word() -> None:
    def walk(part: dict, path: str = "") -> None:
        for key, value in part.items():
            if isinstance(value, dict):
                walk(value, f"{path}/{key}")
            else:
                words = list(split_words(value, "," if key == "en" else None))
                assert len(words) == len(set(words)), (path, key, {w for w in words if words.count(w) > 1})

    walk(load("cues.yaml"))
