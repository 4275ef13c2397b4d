"""Languages and scripts of short texts."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from balm.core.types import Language
from balm.understand.block import Block
from balm.understand.language import CODES, detect, names

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def of(text: str, **options: Language) -> str:
    return names(detect(Block.of([text]), **options))[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("物流太慢了，等了一个星期", "zh-Hans"),
        ("送貨好慢，等了一個星期", "zh-Hant"),
        ("啲嘢好食但係好貴", "zh-Hant"),
        ("delivery late again", "en"),
        ("Café was great", "en"),
        ("app很好用，iPhone上不闪退", "zh-Hans"),
        ("the staff were rude 但是 food 很好吃 and cheap", "mixed"),
        ("สินค้าดีมาก", "other"),
        ("خدمة سيئة للغاية", "other"),
        ("とても美味しいです", "other"),
        ("鲜の味，真不错，下次还来", "zh-Hans"),
        ("배송이 너무 늦어요", "other"),
        ("доставка опоздала", "other"),
        ("Très bon produit, livraison rapide", "other"),
        ("Das ist sehr gut, aber zu teuer", "other"),
        ("Muy bueno, me gusta", "other"),
        ("Saya tidak suka, barang rusak", "other"),
        ("👍👍👍", "other"),
        ("12345", "other"),
        ("？？？", "other"),
        ("", "other"),
    ],
)
def test_known(text: str, language: str) -> None:
    assert of(text) == language


def test_a_text_without_marks_of_a_script_takes_the_default() -> None:
    assert of("很好吃") == "zh-Hans"
    assert of("很好吃", default=Language.HANT) == "zh-Hant"


def test_a_clause_without_marks_takes_the_script_of_its_comment() -> None:
    clauses = Block.of(["很好吃", "很好吃", "👍", "很好吃"])
    parent = np.array([CODES.index(x) for x in (Language.HANT, Language.HANS, Language.HANT, Language.EN)], np.uint8)
    assert names(detect(clauses, parent=parent)) == ["zh-Hant", "zh-Hans", "zh-Hant", "zh-Hans"]


@pytest.mark.parametrize(
    "text", ["[PHONE] 很好", "[URL_TOKEN][EMAIL]很好", "https://a.example/the/and/of/it 很好", "@united_airlines 很好"]
)
def test_placeholders_addresses_and_handles_are_no_english(text: str) -> None:
    assert of(text) == "zh-Hans"


def test_items_do_not_leak_into_each_other() -> None:
    texts = ["物流慢", "", "late", "送貨", "👍", "สวัสดี", "late"]
    assert names(detect(Block.of(texts))) == [of(text) for text in texts]


def test_no_items() -> None:
    assert detect(Block.of([])).shape == (0,)


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "column", "language", "least"),
    [
        ("zh_shopping_8cats_dev/shopping_8cats.csv.gz", "review", "zh-Hans", 0.998),
        ("zh_waimai_10k/waimai_10k.csv.gz", "review", "zh-Hans", 0.996),
        ("zhtw_gmap_dev/reviews.csv.gz", "Review", "zh-Hant", 0.99),
        ("airline_tweets_dev/tweets_dev.csv.gz", "text", "en", 0.998),
        ("banking77/test.csv.gz", "text", "en", 0.999),
    ],
)
def test_real_reviews(path: str, column: str, language: str, least: float) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the public data sets are absent: {DATA}")
    with gzip.open(DATA / path, "rt", encoding="utf-8", newline="") as file:
        texts = [row[column] for row in csv.DictReader(file)]
    found = names(detect(Block.of(texts)))
    assert sum(one == language for one in found) / len(found) >= least
