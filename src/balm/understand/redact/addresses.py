"""Postal addresses: found by the part that names a house, widened to the left and the right."""

# ruff: noqa: E501  A pattern is easier to check on one line.

from __future__ import annotations

import re
from collections.abc import Iterator

# Characters that end a name: what stands before them is the sentence, not the place.
_N = r"(?:(?![在到是住送去的了我你他她它把被给給往说說寄就也很吗嗎呢吧啊这這没沒址至从從])[一-鿿])"
_COUNT = r"(?:\d{1,5}|[一二三四五六七八九十百零〇两]{1,5})"
_NOT_HOUSE = r"(?![线線店机機桌柜窗球员員电電技]|车厢|車廂|字|包|码|碼|色|楼?的?菜)"

_HOUSE = re.compile(
    rf"(?:大道|[路街道巷弄]|胡同|[里村])(?:[东西南北中東]?{_COUNT}?段)?(?:{_COUNT}巷)?(?:{_COUNT}弄)?\s?"
    rf"(?:[附之])?({_COUNT})(?:[-之]\d{{1,4}})?[号號]{_NOT_HOUSE}"
)
_UNIT = re.compile(
    rf"(?<![\d.])\d{{1,3}}(?:栋|棟|幢|座|号楼|號樓)[,\s]?(?:{_COUNT}(?:单元|單元|门|梯)[,\s]?)?(?:\d{{1,2}}[层層楼樓][,\s]?)?[A-Za-z]?\d{{2,4}}(?:室|号|號|房|户)?(?!\d|[元块塊人个個年月天%])"
    rf"|(?<![\d.]){_COUNT}(?:单元|單元)[,\s]?(?:\d{{1,2}}[层層楼樓][,\s]?)?\d{{2,4}}(?:室|号|號|房|户)"
)
_TAIL = re.compile(
    rf"(?:院|楼|樓|之\d{{1,3}})?(?:[,\s]?(?:{_N}{{2,8}}?(?:小区|小區|花园|花園|大厦|大廈|广场|廣場|公寓|家园|家園|大楼|大樓|中心|国际|國際|商城|苑))?"
    rf"[,\s]?(?:[A-Za-z]?\d{{1,4}}|[一二三四五六七八九十A-Za-z]{{1,3}})(?:栋|棟|幢|座|号楼|號樓|单元|單元|楼|樓|层|層|塔|室|户|房|F)(?:之\d{{1,3}})?)*(?:[,\s]?\d{{3,4}}(?![\d元块塊人个個年月天%]))?"
)
_ADMIN = re.compile(
    rf"(?:中国|中國|台湾|台灣|臺灣|香港|澳门|澳門)?(?:九龍|九龙|新界)?(?:{_N}{{2,7}}?(?:省|自治[区區]))?(?:{_N}{{1,6}}?[市州盟])?(?:{_N}{{1,6}}?[区區县縣旗])?(?:{_N}{{1,7}}?(?:[镇鎮乡鄉]|街道))?"
    rf"{_N}{{1,8}}$"
)
_PART = re.compile(rf"香港|澳门|澳門|九龍|九龙|新界|{_N}(?:省|自治[区區]|市|[区區县縣][^\0]|镇|鎮|乡|鄉)")
_SHORT = re.compile(rf"{_N}{{1,5}}$")
_ESTATE = re.compile(
    rf"{_N}{{1,8}}?(?:小区|小區|花园|花園|大厦|大廈|广场|廣場|公寓|家园|家園|苑|府|湾|灣|城|村|里|园|園|庭|邸|墅)\s?$"
)
_NOT_ROAD = re.compile(r"(?:知道|味道|渠道|频道|頻道|通道|报道|報道|跑道|管道|街道|线路|線路|网路|網路|电路|電路|走路|一路|套路|半路|思路|马路上|赶路|问路|带路|里|村)$")  # fmt: skip
_LATER = re.compile(r"[才就还還发發下买買收左前后後晚早上中付订訂之到开開]|\s?\d{1,2}[点點:]")

_TYPE = (
    r"(?:Street|Str|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|"
    r"Parkway|Pkwy|Highway|Hwy|Crescent|Close|Circle|Cir|Trail|Path)"
)
_NO_NAME = (
    r"(?!(?:Minutes?|Mins?|Hours?|Hrs?|Days?|Stars?|Miles?|Blocks?|Weeks?|Months?|Years?|Dollars?|Pieces?|Packs?|Times?|"
    r"People|Percent|Inch|Gen|AM|PM|Am|Pm|Of|In|On|The|And|Different)\b)"
)
_ENGLISH = re.compile(
    r"(?:(?:Flat|Room|Rm|Unit|Apt|Suite)\.?\s?\w{1,5},?\s+)?(?:\d{1,3}/F,?\s+)?(?:Block\s\w{1,3},?\s+)?"
    rf"(?<![A-Za-z0-9_.$£€#/-])(?<!\d:)\d{{1,5}}[A-Za-z]?(?:-\d{{1,4}})?,?\s+(?:(?:[NSEW]|NE|NW|SE|SW)\.?\s+)?"
    rf"(?:{_NO_NAME}(?:[A-Z][A-Za-z'.-]{{1,20}}|\d{{1,3}}(?:st|nd|rd|th))\s+){{1,4}}{_TYPE}(?![A-Za-z])\.?(?:\s(?:NW|NE|SW|SE)(?![A-Za-z]))?"
    r"(?:,?\s*(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|Floor|Fl|#)\.?\s*#?[A-Za-z0-9-]{1,6})?"
    r"(?:,\s*[A-Z][a-z]+(?:\s[A-Z][a-z]+){0,2},?\s*[A-Z]{2}\b(?:\s*\d{5}(?:-\d{4})?)?)?"
    r"(?:,?\s(?:[A-Z][a-z]+,?\s)?[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}(?![A-Za-z0-9]))?"
)
_LOWER = re.compile(
    r"(?<![A-Za-z0-9_.$£€#/-])(?<!\d:)\d{1,5}\s+((?:[a-z]{3,15}\s+){1,2})(?:street|avenue|boulevard|blvd)(?![A-Za-z])(?:,?\s*(?:apt|unit|suite)\.?\s*\w{1,6})?"
)
_BOX = re.compile(r"(?<![A-Za-z])(?:P\.?\s?O\.?\s?Box|po box|PO BOX)\s?#?\d{1,6}(?!\d)")
_NOT_NAMES = """
minutes minute hours hour miles mile blocks block different other more new the down off people days day stars times from
along across years big busy small
"""
_COMMON = frozenset(_NOT_NAMES.split())


def chinese(text: str) -> Iterator[tuple[int, int]]:
    """Spans of Chinese addresses down to the house: a road with a number, or a building with a flat."""
    for found in _HOUSE.finditer(text):
        low, high = found.span()
        window = text[max(0, low - 32) : low]
        left = _ADMIN.search(window)
        known = left is not None and _PART.search(left.group() + "＿") is not None
        if not known:
            left = _SHORT.search(window)
            sign = window[-2:] + text[low]
            if left is None or _NOT_ROAD.search(sign):
                continue
        tail = _TAIL.match(text, high)
        end = tail.end() if tail else high
        if not known and end == high and _is_day(found.group(1)) and _LATER.match(text, high):
            continue
        yield low - len(left.group() if left else ""), end
    for found in _UNIT.finditer(text):
        low, high = found.span()
        estate = _ESTATE.search(text[max(0, low - 12) : low])
        yield low - (len(estate.group()) if estate else 0), high


def english(text: str) -> Iterator[tuple[int, int]]:
    """Spans of English addresses: a number, a name, a kind of street, and what follows of flat, city and code."""
    for pattern in (_ENGLISH, _BOX):
        for found in pattern.finditer(text):
            yield found.span()
    for found in _LOWER.finditer(text):
        if not _COMMON.intersection(found.group(1).split()):
            yield found.span()


def _is_day(number: str) -> bool:
    return not number.isdigit() or int(number) <= 31
