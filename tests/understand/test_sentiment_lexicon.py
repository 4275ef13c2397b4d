"""Polarity from words: sentences of our own in three scripts, and what must hold for any text."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.normalize import normalize
from balm.understand.sentiment.lexicon import lexicon_polarity, opens_with_contrast
from balm.understand.sentiment.words import load, split_words, surface, surface_text, table

NEGATIVE = """
等了两个小时还没到
客服一直不回复
打了三次电话都没人接
打开就闪退
退款一直不到账
质量太差了，用两天就坏了
一点也不好吃
味道不怎么样
态度恶劣，再也不来了
这也太贵了吧
屏幕有点小
分量少得可怜
噪音特别大
油耗高得离谱
价格太高
说好的次日达呢？？？
居然没有餐具
竟然让我自己去取
不是很满意
没有想象中好
并不好用
没什么用
真的是智商税
坑爹的软件
无语了，又死机
网速慢得要死
卡得一批
垃圾中的垃圾
本来挺好的，后来越来越差
要是能快点就好了
怎么都登录不上
快递员把包裹扔在门口就走
不会再买第二次
谁买谁后悔
包装简陋，洒了一地
信号弱
反应慢
续航短
電話打了三次都打不通
服務態度超差
超雷，不推
傻眼，等了一個半小時
東西跟圖片不一樣
店員臉很臭，愛理不理
完全不值這個價錢
送餐慢到不行，飯都涼了
這家真的踩雷
客服敷衍了事
難吃到爆
退貨很麻煩
手機一直當機很爛
Waited two hours and still no response
on hold for 45 minutes
You lost my bag again
my flight was cancelled and no one told us
The app keeps crashing
not worth the money
this is ridiculous
worst airline ever
never again
I can't believe how rude she was
didn't work at all
it doesn't help
not a good experience
no help from the agent
the sound is very low
picture quality is poor
too expensive
hardly useful
Terrible service, never flying with you again
refund never received
thanks for nothing
what a joke
smh
#fail
wtf is going on
would be nice if you answered the phone
why is it so hard to get a refund
the price is high
slow delivery
used to be good
screen broke after 2 days
they double charged me
rude staff
I should have bought another brand
not helpful
Nobody answers the phone
left stranded at the airport overnight
😡😡
👎
:(
""".strip().splitlines()

POSITIVE = """
非常好吃，推荐
不错
没毛病
物流很快，包装完好
客服态度很好，解决得很及时
性价比很高
空间大
动力足
油耗低
噪音小
价格便宜
一点都不贵
不卡不闪退
没有异味
没让我失望
不得不说真的好用
从来没有失望过
回购无数次了
绝绝子
yyds
必须点赞
给力
好评
速度快，准时送达
虽然有点贵，但是味道真的很好
种草了，会再来
比想象中好
这家店很良心
辛苦了，谢谢
完美
好好吃
很讚，會再回購
服務人員很親切
超推，CP值高
東西很好用，出貨快速
環境乾淨整潔
老闆人很好
非常滿意
好味，抵食
速度好快，唔該晒
Great flight, thank you!
Kudos to the crew
not bad at all
no problems so far
couldn't be happier
I love this phone
excellent quality, highly recommend
works like a charm
very easy to use
never had any issues
can't wait to fly with you
fast delivery and good packaging
the staff was so helpful
best purchase ever
worth every penny
thx for the quick response
Exceeded my expectations
low price
my problem was solved quickly
can't complain
no hassle
without any problem
the service is not only fast but friendly
awesome!!!
5 stars
happy with it
comfortable seats
always reliable
👍👍
😍
:)
""".strip().splitlines()

NEUTRAL = """
昨天下午买的
我点了一份饭
我在银行卡里存了钱
好像是周三
差不多三点到的
快递是顺丰
晚上八点
请问营业到几点
这是给朋友的
我出差住的酒店
麻烦您帮我查一下
香港的店
貴公司的地址
我昨天去了門市
Flight 345 from Denver to Chicago
I bought it in March
My order number is below
what time does the store open
he is a passenger
it was like that
""".strip().splitlines()


def polarity(*texts: str) -> np.ndarray:
    return lexicon_polarity(normalize(Block.of(texts)))[0]


@pytest.mark.parametrize("text", NEGATIVE)
def test_blame_is_blame(text: str) -> None:
    assert polarity(text)[0] < -0.1


@pytest.mark.parametrize("text", POSITIVE)
def test_praise_is_praise(text: str) -> None:
    assert polarity(text)[0] > 0.1


@pytest.mark.parametrize("text", NEUTRAL)
def test_plain_facts_are_neither(text: str) -> None:
    assert abs(polarity(text)[0]) < 0.3


PAIRS = [
    ("非常好", "好"),
    ("好", "不好"),
    ("有点慢", "慢死了"),
    ("不好", "非常不好"),
    ("不差", "差"),
    ("噪音小", "噪音大"),
    ("空间大", "空间小"),
    ("空间大", "空间不大"),
    ("价格低", "价格高"),
    ("好吃", "好吃吗？"),
    ("好用", "希望好用一点"),
    ("没有不满意", "不满意"),
    ("不贵", "贵"),
    ("good", "not good"),
    ("very good", "good"),
    ("slightly slow", "extremely slow"),
    ("not bad", "bad"),
    ("high quality", "high price"),
    ("it is good", "it should be good"),
    ("good, but slow", "good"),
]


@pytest.mark.parametrize(("better", "worse"), PAIRS[:-1])
def test_order(better: str, worse: str) -> None:
    a, b = polarity(better, worse)
    assert a > b


def test_what_follows_but_counts_more() -> None:
    first, second = polarity("slow but good", "good but slow")
    assert first > second
    first, second = polarity("慢，但是好吃", "好吃，但是慢")
    assert first > second


def test_words_inside_words_do_not_count() -> None:
    _, evidence = lexicon_polarity(normalize(Block.of(["passenger", "hello shell", "badge", "好像", "出差", "银行卡"])))
    assert not evidence.any()


def test_traditional_reads_as_simplified() -> None:
    a, b = polarity("服務態度很差，東西難吃", "服务态度很差，东西难吃")
    assert a == b


def test_typographic_apostrophes_and_width() -> None:
    a, b = polarity("I don’t like it!", "I don't like it!")
    assert a == b
    c, d = polarity("难吃！！", "难吃!!")
    assert c == d


def test_no_item_influences_another() -> None:
    together = polarity("不", "好吃", "not", "good")
    alone = [polarity(t)[0] for t in ("不", "好吃", "not", "good")]
    np.testing.assert_array_equal(together, np.array(alone))


def test_empty() -> None:
    for block in (Block.of([]), Block.of([""]), Block.of(["", "   ", "\ud800"])):
        p, e = lexicon_polarity(block)
        assert p.shape == e.shape == (len(block),)
        assert not p.any() and not e.any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec=None), max_size=40), max_size=8))
def test_shape_range_and_determinism(texts: list[str]) -> None:
    block = normalize(Block.of(texts))
    p, e = lexicon_polarity(block)
    again, _ = lexicon_polarity(normalize(Block.of(texts)))
    assert p.dtype == e.dtype == np.float32
    assert p.shape == (len(texts),)
    assert np.isfinite(p).all() and (np.abs(p) <= 1).all() and (e >= 0).all()
    np.testing.assert_array_equal(p, again)


@given(st.text(max_size=30))
def test_a_word_of_a_list_is_made_ready_as_the_text_is(text: str) -> None:
    codes = surface(Block.of([text.replace("\0", "")]).codes[:-1])
    assert surface_text(text.replace("\0", "")) == codes.tobytes().decode("utf-32-le")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(NEGATIVE + POSITIVE + NEUTRAL), min_size=2, max_size=12))
def test_items_are_read_alone(texts: list[str]) -> None:
    np.testing.assert_array_equal(polarity(*texts), np.array([polarity(t)[0] for t in texts]))


def test_opens_with_contrast() -> None:
    texts = ["但是很慢", "慢但是好", "but slow", "slow but good", "butter", "", "就是贵", "不过还行"]
    np.testing.assert_array_equal(
        opens_with_contrast(normalize(Block.of(texts))), [True, False, True, False, False, False, True, True]
    )
    assert opens_with_contrast(Block.of([])).shape == (0,)


@pytest.mark.parametrize(("name", "separator", "least"), [("zh.yaml", None, 1_500), ("en.yaml", ",", 1_500)])
def test_lists_are_large_and_agree_with_themselves(name: str, separator: str | None, least: int) -> None:
    content = load(name)
    weights: dict[str, float] = {}
    for weight, text in content["polarity"].items():
        for word in split_words(text, separator):
            assert weights.setdefault(word, weight) == weight, word
            assert word == word.lower() and surface_text(word), word
    assert len(weights) >= least
    masked = set(split_words(content["neutral"], separator)) | set(split_words(content["double_negators"], separator))
    assert not masked & weights.keys()


def test_every_entry_can_be_found() -> None:
    t = table()
    assert len(t.words) == len(t.weight) == len(t.flags)
    found = t.find(np.frombuffer("\n".join(t.words).encode("utf-32-le"), np.uint32))
    assert len(set(found.entry.tolist())) > 0.9 * len(t.words)


def test_speed_is_fit_for_millions() -> None:
    block = normalize(Block.of((NEGATIVE + POSITIVE + NEUTRAL) * 60))
    lexicon_polarity(block)
    start = time.process_time()
    lexicon_polarity(block)
    assert len(block) / (time.process_time() - start) > 15_000  # about 100,000 on the machine it was written on
