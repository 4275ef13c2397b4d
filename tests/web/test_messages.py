"""No page says a word that is missing or doubtful in one of its languages."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from catalogues import LOCALES, apps, catalogue, missing, said, skeleton

_PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]")


@pytest.mark.parametrize("locale", LOCALES)
def test_no_message_is_missing(locale: str) -> None:
    lacking = {app.name: [skeleton(m) for m in messages] for app, messages in missing(locale).items()}
    assert not lacking, f"{locale}: run tests/web/catalogues.py to see {sum(map(len, lacking.values()))} entries"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("app", apps(), ids=lambda p: p.name)
def test_no_message_is_fuzzy_or_dead_or_lacks_a_place(app: Path, locale: str) -> None:
    used = {(m.context, m.text) for other in apps() for m in said(other)}
    for (context, text), translations in catalogue(app, locale).items():
        assert translations, f"{app.name} {locale}: fuzzy or empty: {text!r}"
        assert (context, text) in used, f"{app.name} {locale}: nobody says {text!r} any more"
        for translation in translations:
            wanted, found = set(_PLACE.findall(text)), set(_PLACE.findall(translation))
            assert found <= wanted and (len(translations) > 1 or found == wanted), f"{text!r} → {translation!r}"


_CONVERTED = re.compile(
    "軟件|用戶|導入|默認|信息|數據|鏈接|文件夾|登錄|視頻|質量|打印|鼠標|服務器|郵箱"
    "|[们这个为时对说会来还没么过进给让从与现请类级标签题语词]"
)
"""Mainland words in Traditional characters, and characters that only Simplified has."""


def test_traditional_is_its_own_language() -> None:
    for app in apps():
        text = " ".join(t for found in catalogue(app, "zh_Hant").values() for t in found)
        assert not (seen := _CONVERTED.findall(text)), f"{app.name}: {seen}"
