"""What is replaced, what stays, and that offsets lead back. Every number here is made up."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balm.understand.block import Block
from balm.understand.redact import KINDS, redact, redact_key, to_original
from balm.understand.split import split


def one(text: str, names: tuple[str, ...] = ()) -> str:
    return redact([text], names).texts[0]


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("我的电话是13812345678，请回电", "我的电话是[PHONE]，请回电"),
        ("联系138-1234-5678或+86 138 1234 5678", "联系[PHONE]或[PHONE]"),
        ("手机１３８１２３４５６７８", "手机[PHONE]"),
        ("座机010-62345678转801", "座机[PHONE]"),
        ("（021）62345678", "[PHONE]"),
        ("電話0912-345-678或(02)2345-6789", "電話[PHONE]或[PHONE]"),
        ("WhatsApp +852 9123 4567", "WhatsApp [PHONE]"),
        ("call me at (212) 555-0147", "call me at [PHONE]"),
        ("+44 20 7946 0958 please", "[PHONE] please"),
        ("电话一三八一二三四五六七八", "电话[PHONE]"),
        ("身份证11010519491231002X", "身份证[ID]"),
        ("身份证11010519491231002x没错", "身份证[ID]没错"),
        ("台灣身分證A123456789", "台灣身分證[ID]"),
        ("HKID A123456(3)", "HKID [ID]"),
        ("SSN 123-45-6789", "SSN [ID]"),
        ("护照E12345678", "护照[ID]"),
        ("卡号4111 1111 1111 1111", "卡号[CARD]"),
        ("card 4111-1111-1111-1111.", "card [CARD]."),
        ("GB82 WEST 1234 5698 7654 32", "[IBAN]"),
        ("zhang.san@qq.com邮箱", "[EMAIL]邮箱"),
        ("john at gmail dot com", "[EMAIL]"),
        ("车京A12345和粤B·D12345", "车[PLATE]和[PLATE]"),
        ("住在北京市朝阳区建国路88号3栋2单元501室的家", "住在[ADDRESS]的家"),
        ("寄到台北市大安區忠孝東路四段123號5樓之2", "寄到[ADDRESS]"),
        ("I live at 221B Baker Street, really", "I live at [ADDRESS], really"),
        ("订单号20231122123456789没到", "订单号[ORDER]没到"),
        ("tracking number 1Z999AA10123456784", "tracking number [ORDER]"),
        ("confirmation code: QWERTY", "confirmation code: [ORDER]"),
        ("微信号zhangsan_88", "微信号[ACCOUNT]"),
        ("QQ：12345678", "QQ：[ACCOUNT]"),
        ("https://a.example/x?token=abcdef123&b=1", "https://a.example/x?token=[URL_TOKEN]&b=1"),
    ],
)
def test_replaced(text: str, made: str) -> None:
    assert one(text) == made


@pytest.mark.parametrize(
    "text",
    [
        "价格1299.00元，￥12999，优惠300",
        "2023-11-22 12:30:45 第2天18:05送到",
        "升级到4.1.0.7.1以后闪退，iOS 13.5.1",
        "ISBN 978-7-111-54742-6，条码6901234567892",
        "打10086和12315都没用，客服400-820-8820",
        "call 1-800-435-9792",
        "CA1234航班，flight 1583，比分98-102",
        "订单30号才到，我知道15号才发货，味道10分",
        "走了一路20号才到，地铁2号线",
        "iPhone12、mate30pro、新A4L，WH-1000XM4",
        "卡号 1234567812345678 和 110101199013077758",
        "微信支付和QQ音乐，wechat payment failed",
        "666666666666666666666 太棒了",
        "20 minutes down the road, 5 Star Hotel, 2 Hour Drive",
        "@united #fail 10/10",
        "",
        "👍👍",
        "สินค้าดีมาก 100 บาท",
        "خدمة سيئة 2023",
    ],
)
def test_kept(text: str) -> None:
    made = redact([text])
    assert made.texts == [text]
    assert made.spans == [None]
    assert made.counts == {}


def test_one_digit_wrong_is_no_identity_number_or_card() -> None:
    assert one("号11010519491231002X") == "号[ID]"
    assert one("号110105194912310021") == "号110105194912310021"
    assert one("4111111111111111") == "[CARD]"
    assert one("4111111111111112") == "4111111111111112"
    assert one("A123456788") == "A123456788"


def test_listed_names() -> None:
    names = ("Ann", "王小明", "X")
    assert one("Ann和王小明说Annoying X", names) == "[NAME]和[NAME]说Annoying X"
    assert one("[NAME] Ann", ("NAME", "Ann")) == "[NAME] [NAME]"


def test_counts_and_spans() -> None:
    made = redact(["a 13812345678 b 13912345678", "nothing", "x@example.com"])
    assert made.counts == {"PHONE": 2, "EMAIL": 1}
    assert made.spans == [[(2, 13, 7), (16, 27, 7)], None, [(0, 13, 7)]]
    assert list(made.counts) == [kind for kind in KINDS if kind in made.counts]


def test_placeholders_survive_splitting() -> None:
    block = Block.of(redact(["打13812345678没人接，但是退款到账了"]).texts)
    assert split(block).texts(block) == ["打[PHONE]没人接", "但是退款到账了"]


_bits = st.sampled_from(
    [
        *("13812345678", "010-62345678", "11010519491231002X", "4111 1111 1111 1111", "a@b.com", "京A12345"),
        *("建国路88号", "订单号", "123456789", "微信号", "abc_123", "QQ", "电话", " ", "-", ".", "，", "的", "x", "1"),
        *("@", "+", "[", "]", "[PHONE]", "Ann", "😡", "12 Oak Street", "order #", "\n", "/", "=", "?token="),
        *("A123456(3)", "号", "中"),
    ]
)


@given(st.lists(st.one_of(_bits, st.text(max_size=4)), max_size=14).map("".join))
def test_twice_is_once_and_offsets_lead_back(text: str) -> None:
    made = redact([text], ("Ann",))
    out, spans = made.texts[0], made.spans[0] or []
    assert redact([out], ("Ann",)).texts == [out]
    places = np.arange(len(out))
    low, high = to_original(places, places + 1, spans)
    shift = 0
    kept = np.ones(len(out), bool)
    for start, end, length in spans:
        begin = start - shift
        kept[begin : begin + length] = False
        # Any part of a placeholder stands for the whole of what it replaced.
        assert set(low[begin : begin + length].tolist()) == {start}
        assert set(high[begin : begin + length].tolist()) == {end}
        shift += end - start - length
    assert "".join(text[a:b] for a, b in zip(low[kept], high[kept], strict=True)) == "".join(
        char for char, keep in zip(out, kept, strict=True) if keep
    )
    assert (high[kept] - low[kept] == 1).all()
    assert len(text) == len(out) + shift


def test_offsets_of_many_at_once() -> None:
    text = "电话13812345678，邮箱a@b.com，退款慢"
    made = redact([text])
    out = made.texts[0]
    assert out == "电话[PHONE]，邮箱[EMAIL]，退款慢"
    starts = np.array([0, 10, 20])
    ends = np.array([9, 19, 23])
    low, high = to_original(starts, ends, made.spans[0])
    assert [text[a:b] for a, b in zip(low, high, strict=True)] == ["电话13812345678", "邮箱a@b.com", "退款慢"]


def test_keys() -> None:
    values = ["13812345678", "u-1001", None, "", "a@example.com", "13812345678", "1001"]
    made = redact_key(values)
    assert made[1:4] == ["u-1001", None, ""]
    assert made[6] == "1001"
    assert made[0] == made[5] != made[4]
    assert all(value is not None and value.startswith("p_") and len(value) == 18 for value in (made[0], made[4]))
    assert redact_key(values) == made
    assert redact_key(values, b"secret")[0] != made[0]


@pytest.mark.parametrize(
    "text",
    [
        "1" * 1_000_000,
        "a" * 999_990 + "@b",
        "1 " * 500_000,
        "建国路" * 300_000 + "8号",
        "12 Oak " * 140_000 + "13812345678",
    ],
)
def test_a_million_characters(text: str) -> None:
    before = time.process_time()
    redact([text])
    assert time.process_time() - before < 10


def test_no_texts_and_odd_ones() -> None:
    assert redact([]).texts == []
    odd = ["a\x00b 13812345678", "\ud800 13812345678"]
    assert redact(odd).texts == ["a\x00b [PHONE]", "\ud800 [PHONE]"]
