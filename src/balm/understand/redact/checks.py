"""Check digits and plausibility: what tells an identifier from a number that only looks like one."""

from __future__ import annotations

import datetime as dt
import re

PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
"""First two digits of a PRC identity number (GB/T 2260)."""

TOLL_FREE = frozenset(("400", "800", "888", "877", "866", "855", "844", "833", "822"))
"""Numbers of companies, in North America and (400, 800) in China; they are public."""

_NOT_DIGIT = re.compile(r"\D")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_CHINESE = str.maketrans("零〇洞一幺壹二两贰三叁四肆五伍六陆七拐柒八捌九玖", "000111222334455667778899")


def digits(text: str) -> str:
    """The ASCII digits of `text`."""
    return _NOT_DIGIT.sub("", text)


def luhn(number: str) -> bool:
    """ISO/IEC 7812-1 check digit of a string of digits."""
    total = 0
    for place, char in enumerate(reversed(number)):
        digit = int(char) << (place & 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def card(text: str) -> bool:
    """A payment card: a range that issuers use at this length, and the Luhn digit."""
    number = digits(text)
    size, first = len(number), number[0]
    ranges = {
        13: first == "4",
        14: number[:2] in ("30", "36", "38", "39"),
        15: number[:2] in ("34", "37"),
    }
    issued = ranges.get(size, 16 <= size <= 19 and (first in "345689" or "2221" <= number[:4] <= "2720"))
    return 13 <= size <= 19 and issued and len(set(number)) > 1 and luhn(number)


def _day(text: str) -> bool:
    """A date, YYYYMMDD, that a living person may be born on."""
    try:
        return dt.date(1890, 1, 1) <= dt.date(int(text[:4]), int(text[4:6]), int(text[6:])) <= dt.date(2099, 12, 31)
    except ValueError:
        return False


def prc_identity(text: str) -> bool:
    """A PRC identity number of 18 places: region, date of birth and check digit (GB 11643, ISO 7064 MOD 11-2)."""
    number = re.sub(r"[\s-]", "", text).upper()
    if number[:2] not in PROVINCES or not _day(number[6:14]):
        return False
    total = sum(weight * int(char) for weight, char in zip(_WEIGHTS, number, strict=False))
    return "10X98765432"[total % 11] == number[17]


def prc_identity_old(text: str) -> bool:
    """One of 15 places, without check digit: region and a date of birth in the 1900s."""
    return text[:2] in PROVINCES and _day("19" + text[6:12])


def taiwan_identity(text: str) -> bool:
    """A national or resident number of Taiwan: a letter and nine digits, weighted sum divisible by 10."""
    place = _TAIWAN.index(text[0].upper()) + 10
    total = place // 10 + place % 10 * 9
    total += sum(int(char) * weight for char, weight in zip(text[1:9], range(8, 0, -1), strict=True))
    return (total + int(text[9])) % 10 == 0


def hong_kong_identity(text: str) -> bool:
    """A Hong Kong identity number: one or two letters, six digits, check digit modulo 11."""
    plain = re.sub(r"[\s()]", "", text).upper()
    values = [36] * (9 - len(plain)) + [ord(c) - 55 if c.isalpha() else int(c) for c in plain[:-1]]
    check = 10 if plain[-1] == "A" else int(plain[-1])
    return (sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) + check) % 11 == 0


def iban(text: str) -> bool:
    """An international bank account number: ISO 13616, MOD 97-10."""
    plain = re.sub(r"\s", "", text).upper()
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def postal_item(text: str) -> bool:
    """A postal tracking number: UPU S10 check digit."""
    total = sum(int(char) * weight for char, weight in zip(text[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(text[10])


def international_phone(text: str) -> bool:
    """8 to 15 digits after the plus (ITU-T E.164), not a company's free number."""
    number = digits(text)
    least = 8 if text.startswith("+") else 12
    return least <= len(number) <= 15 and not (number[0] == "1" and number[1:4] in TOLL_FREE)


def american_phone(text: str) -> bool:
    """A North American number that is not free of charge, set apart by more than spaces."""
    number = digits(text)[-10:]
    return number[:3] not in TOLL_FREE and number[1:3] != "11" and any(mark in text for mark in "-.(")


def cued_phone(text: str) -> bool:
    """What stands after "tel": 7 to 11 digits, not a public service."""
    number = digits(text)
    return 7 <= len(number) <= 13 and not number.startswith(("400", "800", "1800", "1888", "1877"))


def chinese_phone(text: str) -> bool:
    """A PRC mobile number in Chinese digits."""
    number = text.translate(_CHINESE)
    return number[0] == "1" and number[1] in "3456789"


def plate(text: str) -> bool:
    """A PRC plate has at least three digits and at most two letters after its first two places."""
    tail = re.sub(r"[^0-9A-Za-z]", "", text[2:])
    return sum(char.isdigit() for char in tail) >= 3 and sum(char.isalpha() for char in tail) <= 2


def order(text: str) -> bool:
    """A token after "order no.": enough digits, and no date."""
    return sum(char.isdigit() for char in text) >= 4 and not re.fullmatch(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}", text)


def weak_order(text: str) -> bool:
    """A token right after "order": six digits or more, no date, no span of years."""
    return len(digits(text)) >= 6 and undated(text) and not re.fullmatch(r"(?:19|20)\d\d-(?:19|20)\d\d", text)


def undated(text: str) -> bool:
    """A token after "confirmation code": one that is no date."""
    return not re.fullmatch(r"(?:19|20)\d\d-\d{1,2}-\d{1,2}", text)


def long_number(text: str) -> bool:
    """A run of digits nobody types as a quantity: not one digit or pair over and over, not counted up."""
    return len(set(text)) > 3 and "0123456789".find(text[:10]) < 0 and "1234567890".find(text[:10]) < 0
