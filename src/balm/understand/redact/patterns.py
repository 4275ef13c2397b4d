"""The patterns, each with its kind, its gate and its check.

They run on text in half width with plain dashes. None may match a square bracket or a NUL: found places are masked with
brackets, and that is why redacting twice changes nothing.
"""

# ruff: noqa: E501  A pattern is easier to check on one line.

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from balm.understand.redact import checks

DIGITS, SOME, AT, PLATE, HOUSE, STREET, NUMERALS, CUE = range(8)
"""Gates: what an item must hold before a pattern looks at it. See `gates`."""


@dataclass(frozen=True)
class Rule:
    """`kind`: the placeholder's name. `group` of the pattern is replaced if `check` agrees."""

    kind: str
    gate: int
    pattern: re.Pattern[str]
    check: Callable[[str], bool] | None = None
    group: int = 0


def _words(text: str) -> list[str]:
    return text.split()


def _rule(kind: str, gate: int, pattern: str, check: Callable[[str], bool] | None = None, group: int = 0) -> Rule:
    return Rule(kind, gate, re.compile(pattern), check, group)


_SEP = r"(?:\s?[-.·]\s?|\s)"
_AREA = r"0(?:10|2\d|[3-9]\d\d)"
_GLUE = r"\s{0,2}(?:是|为|為|係|is|was)?\s{0,2}[:#.=]{0,2}\s{0,2}#?"

PHONES = [
    # China: mobile, land line; Taiwan; Hong Kong and Macau
    _rule("PHONE", DIGITS, rf"(?<!\d)(?:(?:\+|00)?\(?\+?86\)?[-\s]{{0,2}}|0)?1[3-9]\d(?:{_SEP}?\d{{4}}{_SEP}?\d{{4}}|{_SEP}\d{{3}}{_SEP}\d{{5}}|\d{_SEP}\d{{4}}{_SEP}\d{{3}})(?!\d)(?!\.\d)"),
    _rule("PHONE", DIGITS, rf"(?<!\d)(?:(?:\+|00)86[-\s]?)?(?:\({_AREA}\)[-\s]?|{_AREA}[-\s]{{1,3}})[2-8]\d\d\d?[-\s]?\d{{4}}(?:(?:\s?[-转轉]\s?|\s?ext\.?\s?)\d{{1,5}})?(?!\d)"),
    _rule("PHONE", DIGITS, r"(?<!\d)(?:0(?:10|2\d)[2-8]\d{7}|0[3-9]\d\d[2-8]\d{6,7})(?!\d)"),
    _rule("PHONE", DIGITS, r"(?<!\d)(?:(?:\+|00)?\(?\+?886\)?[-\s]?(?:\(0\))?0?|0)9\d\d[-\s]?\d{3}[-\s]?\d{3}(?!\d)"),
    _rule("PHONE", DIGITS, r"(?<!\d)(?:(?:\+|00)886[-\s]?\(?[2-8]\)?|\(0[2-8]\d?\)|0[2-8]\d?-)[-\s]?\d{3,4}[-\s]?\d{4}(?:#\d{1,5})?(?!\d)"),
    _rule("PHONE", DIGITS, r"(?<!\d)(?:\+|00)?\(?\+?85[23]\)?[-\s]?[2-9]\d{3}[-\s]?\d{4}(?!\d)"),
    # Anywhere, North America, Britain
    _rule("PHONE", DIGITS, r"(?<![\d+])(?:\+|00)[1-9]\d{0,2}(?:[-\s.]?\(?\d{1,5}\)?){2,6}(?!\d)", checks.international_phone),
    _rule("PHONE", DIGITS, r"(?<![\d-])(?:\+?1[-\s.])?(?:\([2-9]\d\d\)\s?|[2-9]\d\d[-.\s])[2-9]\d\d[-.\s]\d{4}(?!-?\d)", checks.american_phone),
    _rule("PHONE", DIGITS, r"(?<!\d)0(?:7\d{3}[-\s]?\d{3}[-\s]?\d{3}|20[-\s]?\d{4}[-\s]?\d{4}|1\d{2,3}[-\s]\d{3}[-\s]?\d{3,4})(?!\d)"),
    # By what is said before it
    _rule("PHONE", DIGITS, rf"(?i:电话|電話|手机[号号码:]|手機[號:]|座机|致电|致電|聯絡|联系方式|传真|傳真|手提|拨打|撥打|(?<![a-z])tel|phone|mobile|(?<![a-z])call(?: me)?(?: at| on)?|whatsapp|(?<![a-z])fax|(?<![a-z])my number|reach me(?: at| on)?|text me(?: at| on)?)(?:码|碼|号码?|號碼?)?(?i:\s?(?:number|no))?{_GLUE}((?:\+?\d{{1,3}}[-\s])?(?:\(?\d{{3}}\)?[-.\s]\d{{3}}[-.\s]\d{{4}}|\d{{3,4}}[-\s]\d{{4}}|\d{{7,12}}))(?!\d)", checks.cued_phone, 1),
    _rule("PHONE", DIGITS, r"(?<!\d)[2-9]\d\d[2-9]\d{6}(?!\d)(?=\s{1,2}(?i:is my (?:phone|cell|number|mobile)))"),
    _rule("PHONE", NUMERALS, r"(?<![零〇一二三四五六七八九])[一幺壹][零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九玖]{10}(?![零〇一二三四五六七八九])", checks.chinese_phone),
]  # fmt: skip

IDENTITIES = [
    _rule("ID", DIGITS, r"(?<!\d)[1-9]\d{5}[-\s]?(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-\s]?\d{3}[\dXx](?![0-9A-Za-z])", checks.prc_identity),
    _rule("ID", DIGITS, r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)", checks.prc_identity_old),
    _rule("ID", DIGITS, r"(?<![A-Za-z0-9])[A-Za-z][1289]\d{8}(?![A-Za-z0-9])", checks.taiwan_identity),
    _rule("ID", SOME, r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d{6}\s?(?:\([0-9Aa]\)|[0-9Aa](?![A-Za-z0-9]))", checks.hong_kong_identity),
    _rule("ID", DIGITS, r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])"),
    _rule("ID", SOME, r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\s?\d\d\s?\d\d\s?\d\d\s?[A-D](?![A-Za-z0-9])"),
    _rule("ID", SOME, rf"(?:护照|護照|(?i:passport)|通行[证證]|回[乡鄉][证證]|台胞[证證])(?:号码?|號碼?)?(?i:\s?(?:number|no))?{_GLUE}([A-Za-z]{{0,3}}\s?\d{{6,9}})(?!\d)", None, 1),
    _rule("ID", SOME, rf"(?:身份[证證]|[证證]件|(?i:(?<![a-z])ssn|national id|identity card|hkid))(?:字?号码?|字?號碼?)?(?i:\s?(?:number|no))?{_GLUE}(\d{{17}}[\dXx]|\d{{15}}|\d{{9}}|[A-Za-z]{{1,2}}\d{{6,9}}(?:\([0-9Aa]\))?)(?![0-9A-Za-z])", None, 1),
]  # fmt: skip

ACCOUNTS = [
    _rule("CARD", DIGITS, r"(?<!\d)(?:\d{13,19}|\d{4}([-\s])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{6}[-\s]\d{10,13}|3[47]\d\d[-\s]\d{6}[-\s]\d{5})(?!\d)", checks.card),
    _rule("IBAN", DIGITS, r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?(?![A-Za-z0-9])", checks.iban),
    _rule("EMAIL", AT, r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\.){1,5}[A-Za-z]{2,24}"),
    _rule("EMAIL", CUE, r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:\(at\)|\{at\}|<at>|(?<=\s)at(?=\s))\s?[A-Za-z0-9-]{1,63}\s?(?:\(dot\)|\{dot\}|<dot>|(?<=\s)dot(?=\s))\s?[A-Za-z]{2,6}(?![A-Za-z])"),
    _rule("EMAIL", CUE, r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}\s?(?:\(at\)|\{at\}|<at>|#at#)\s?(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,6}(?![A-Za-z])"),
    _rule("ACCOUNT", SOME, r"(?i:(?<![A-Za-z])qq|扣扣|企鹅)(?:号码?|號|群号?)?\s{0,2}(?:是|为|為)?\s{0,2}:?\s{0,2}([1-9]\d{4,10})(?!\d)(?!多|个|万|人|元|次)", None, 1),
    _rule("ACCOUNT", CUE, r"(?i:微信|wechat|weixin|薇信|威信|v信|(?<![a-z])vx|(?<![a-z])wx|加v)(?:(?:号码?|號碼?|(?i:\s?id)|[账帐帳]号|帳號)\s{0,2}(?:是|为|為|係|is)?|是|为|為|\s+is)?\s{0,2}:?\s{0,2}([A-Za-z](?=[-_A-Za-z0-9]{0,18}[-_0-9])[-_A-Za-z0-9]{5,19})(?![A-Za-z0-9])", None, 1),
    _rule("ACCOUNT", CUE, r"(?i:微信|wechat|weixin|薇信|威信|v信|(?<![a-z])vx|(?<![a-z])wx)(?:号码?|號碼?|(?i:\s?id)|[账帐帳]号|帳號)\s{0,2}(?:是|为|為|係|is)?\s{0,2}:?\s{0,2}([A-Za-z][-_A-Za-z0-9]{5,19})(?![A-Za-z0-9])", None, 1),
    _rule("ACCOUNT", CUE, r"(?i:(?<![a-z])line\s?id|telegram(?:\s?id)?|skype(?:\s?id)?|whatsapp id|(?<![a-z])ig(?:\s?id)?)\s?:\s?@?([A-Za-z0-9][A-Za-z0-9._-]{3,29})", None, 1),
    _rule("URL_TOKEN", CUE, r"(?<=[?&#;])(?i:access_token|auth_token|token|auth|api_?key|key|sig|signature|sign|session(?:_?id)?|sid|code|password|passwd|pwd|secret|ticket|openid|unionid|user_?id|uid|phone|mobile|email|order_?id|order_?no)=([A-Za-z0-9%._~+/=-]{4,500})", None, 1),
    _rule("URL_TOKEN", AT, r"(?<=://)[A-Za-z0-9._%-]{1,64}:[A-Za-z0-9._%!*-]{1,64}(?=@)"),
    _rule("PLATE", PLATE, r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬遼魯蘇贛陝閩貴粵寧瓊雲晉][A-HJ-NP-Za-hj-np-z][\s·•.・-]{0,2}(?:[A-HJ-NP-Za-hj-np-z0-9]{5,6}|[A-HJ-NP-Za-hj-np-z0-9]{4}[挂學学警港澳领])(?![A-Za-z0-9])", checks.plate),
    _rule("PLATE", CUE, r"(?:车牌|車牌|(?i:licen[sc]e plate|plate number|plate no))(?:号码?|號碼?)?\s{0,2}(?:是|为|為|is)?\s{0,2}[:.#]{0,2}\s{0,2}([A-Za-z0-9]{2,4}[-\s]?[A-Za-z0-9]{2,5})(?![A-Za-z0-9])", checks.order, 1),
]  # fmt: skip

_ORDER_NOUN = (
    r"(?:订单|訂單|运单|運單|快递|快遞|物流|货运|貨運|流水|交易|工单|工單|退货|退貨|售后|售後|保单|保單|合同|发票|發票|会员|會員|"
    r"单|單)(?:单|單)?(?:编号|編號|号码|號碼|号|號)"
)
_ORDER_ENGLISH = (
    r"(?i:order|tracking|confirmation|booking|reservation|reference|ref|case|ticket|invoice|account|acct|member(?:ship)?|"
    r"waybill|shipment|transaction|claim|policy|customer|frequent flyer|record|pnr|serial|complaint)"
)
ORDERS = [
    _rule("ORDER", SOME, rf"{_ORDER_NOUN}\s{{0,2}}(?:是|为|為|係)?\s{{0,2}}[:#]{{0,2}}\s{{0,2}}([A-Za-z0-9][A-Za-z0-9-]{{4,39}})", checks.order, 1),
    _rule("ORDER", SOME, r"(?:订单|訂單|运单|運單)\s{0,2}[:#]{0,2}\s{0,2}([A-Za-z]{0,4}\d[A-Za-z0-9-]{7,39})", checks.order, 1),
    _rule("ORDER", CUE, rf"(?<![A-Za-z]){_ORDER_ENGLISH}(?i:\s?(?:code|id|locator|reference|ref))?\s?(?:#|(?i:number|num|no|code|id|locator|reference|ref)\b)\.?\s?(?i:is|was)?\s?[:#=]?\s?([A-Z0-9](?=[A-Za-z0-9-]*\d)[A-Za-z0-9-]{{4,39}})(?![A-Za-z0-9])", checks.undated, 1),
    _rule("ORDER", CUE, r"(?<![A-Za-z])(?i:confirmation (?:code|number)|record locator|pnr|booking (?:code|reference|ref))\s?(?i:is|was)?\s?[:#]?\s?([A-Z0-9]{6})(?![A-Za-z0-9])", None, 1),
    _rule("ORDER", SOME, rf"(?<![A-Za-z]){_ORDER_ENGLISH}\s?[:#]?\s?([A-Za-z]{{0,3}}\d[\d-]{{5,30}})(?![A-Za-z0-9])", checks.weak_order, 1),
    _rule("ORDER", DIGITS, r"(?<![A-Za-z0-9])(?:SF\d{12,15}|YT\d{13,16}|JD[A-Z]{0,3}\d{9,16}|(?:ZTO|STO|YTO|JT|DPK|LP|EMS|YD|TBA)\d{10,20}|1Z[A-Z0-9]{16}|\d{3}-\d{7}-\d{7})(?![A-Za-z0-9])"),
    _rule("ORDER", DIGITS, r"(?<![A-Za-z0-9])[A-Z]{2}\d{9}[A-Z]{2}(?![A-Za-z0-9])", checks.postal_item),
    _rule("ORDER", DIGITS, r"(?<!\d)20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{8,24}(?!\d)", checks.long_number),
    _rule("ORDER", DIGITS, r"(?<!\d)\d{20,32}(?!\d)", checks.long_number),
]  # fmt: skip

RULES: tuple[Rule, ...] = (*IDENTITIES, *ACCOUNTS, *ORDERS, *PHONES)

# Accounts, page addresses and disguised mail; then codes of bookings and orders, which need not hold five digits.
_PLAIN_CUES = """
微信 薇信 威信 v信 V信 wechat WeChat Wechat WECHAT weixin vx VX Vx wx WX 加V 加v 车牌 車牌 elegram kype hatsapp hatsApp
(at) {at} <at> #at# :// (dot) {dot} onfirmation CONFIRMATION ocator LOCATOR pnr PNR nvoice INVOICE
"""
_NOUNS = "ooking eservation rder racking eference ase icket laim ccount"

CUES = (
    *_words(_PLAIN_CUES),
    *(
        " dot ",
        " DOT ",
        "icense plate",
        "icence plate",
        "late number",
        "late no",
        "ine id",
        "INE ID",
        "ine ID",
        "Line Id",
        "ig:",
        "IG:",
        "ig :",
        "IG :",
        "ig id",
        "IG id",
    ),
    *(f"{noun}{sign}" for noun in _words(_NOUNS) for sign in ("#", *(f" {first}" for first in "#nNcCrRiI"))),
)
"""What an item must hold one of to pass the gate `CUE`; first letters are left out so that either case is met."""

STREETS = _words(
    "Str Ave Road road Rd Boul boul Blvd blvd Lane Ln Drive Dr Court Ct Place Pl Sq Terr Way Park Pkwy High Hwy Cres Close"
)
STREETS += _words("Cir Trail Path Box BOX box treet avenue STREET ROAD St")
"""What an item must hold one of, beside a number before a letter, to pass the gate `STREET`."""
