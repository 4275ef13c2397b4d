"""Columns are guessed from names and contents, and a wrong guess can be mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from balm.collect import ColumnMap, guess_columns, open_source
from balm.collect.read import read
from balm.core.errors import InputRefused, WrongUse
from balm.core.types import Scale

WORDS = [f"The delivery number {i} came much too late, and nobody told me" for i in range(60)]
HAN = [f"第{i}次下单了，物流还是太慢，客服也不理人" for i in range(60)]


def spread(*values: Any) -> list[Any]:
    return [values[i % len(values)] for i in range(60)]


def test_english_names() -> None:
    columns = {
        "Review ID": [f"R{i}" for i in range(60)],
        "Customer Name": [f"Person {i}" for i in range(60)],
        "Customer Type": spread("new", "old"),
        "Review Text": WORDS,
        "Star Rating": spread("1", "2", "3", "4", "5"),
        "Confidence": spread("0.1", "0.95", "1.0"),
        "Created At": [f"2024-01-{i % 28 + 1:02}" for i in range(60)],
        "Channel": spread("app", "web", "store"),
        "Price": spread("1", "2", "5"),
    }
    found = guess_columns(columns)
    assert (found.text, found.id, found.score, found.scale) == ("Review Text", "Review ID", "Star Rating", Scale.STARS)
    assert (found.time, found.customer) == ("Created At", "Customer Name")
    assert found.by == ("Customer Type", "Channel")
    assert set(found.describe()) == {"text", "id", "score", "scale", "time", "customer", "by"}


@pytest.mark.parametrize(
    ("text", "score", "time", "customer", "number"),
    [("评论内容", "满意度", "评论时间", "用户ID", "编号"), ("回饋內容", "評分", "日期", "會員編號", "序號")],
)
def test_chinese_names(text: str, score: str, time: str, customer: str, number: str) -> None:
    columns = {
        number: [str(i) for i in range(60)],
        customer: [f"u{i // 2}" for i in range(60)],
        text: HAN,
        score: spread("1", "3", "5"),
        time: spread("2024年1月5日", "2024/1/6"),
        "渠道": spread("门店", "网上"),
    }
    found = guess_columns(columns)
    assert (found.text, found.score, found.time, found.customer, found.id) == (text, score, time, customer, number)
    assert found.scale is (Scale.CSAT if "满意" in score else Scale.STARS)
    assert found.by == ("渠道",)


@pytest.mark.parametrize(
    ("name", "values", "scale"),
    [
        ("score", ["0", "7", "10"], Scale.NPS),
        ("How likely are you to recommend us", ["1", "2", "3"], Scale.NPS),
        ("nps", ["3", "4"], Scale.NPS),
        ("rating", ["1", "7"], Scale.CES),
        ("ces", ["1", "2"], Scale.CES),
        ("stars", ["1", "4.5"], Scale.STARS),
        ("rating", ["★★★", "★"], Scale.STARS),
        ("csat", ["1", "5"], Scale.CSAT),
        ("label", ["0", "1"], Scale.BINARY),
        ("sentiment", ["-1", "0", "1"], Scale.LABEL),
        ("评价", ["好评", "差评"], Scale.LABEL),
        ("airline_sentiment", ["negative", "neutral", "positive"], Scale.LABEL),
        ("rating", ["5"], Scale.STARS),
    ],
)
def test_scales(name: str, values: list[str], scale: Scale) -> None:
    found = guess_columns({name: spread(*values), "comment": WORDS})
    assert (found.score, found.scale) == (name, scale)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("sentiment_confidence", ["0.3", "1.0"]),
        ("price", ["1", "5"]),
        ("rating_count", ["3", "4"]),
        ("latitude", ["5.5", "4.1"]),
        ("score", ["812", "640"]),
        ("sentiment", ["0.03", "0.93"]),
        ("quantity", ["1", "2"]),
    ],
)
def test_what_is_no_score(name: str, values: list[str]) -> None:
    assert guess_columns({name: spread(*values), "comment": WORDS}).score is None


def test_text_without_a_telling_name_goes_by_its_words() -> None:
    found = guess_columns({"A": spread("x1", "x2"), "Q7_2": WORDS, "B": [str(i) for i in range(60)]})
    assert found.text == "Q7_2"
    assert "words" in found.reasons["text"]


def test_a_comment_is_not_its_title() -> None:
    found = guess_columns({"title": [w[:20] for w in WORDS], "body": WORDS, "reply": spread("Thank you for it")})
    assert found.text == "body"


def test_overrides_win_and_none_switches_off() -> None:
    columns = {
        "a": WORDS,
        "comment": WORDS,
        "rating": spread("1", "5"),
        "at": spread("2024-01-05"),
        "shop": spread("x", "y"),
    }
    found = guess_columns(columns, {"text": "A", "score": "none", "time": None, "by": "none"})
    assert (found.text, found.score, found.scale, found.time, found.by) == ("a", None, None, "at", ())
    found = guess_columns(columns, {"scale": "csat", "by": ["shop", "rating"]})
    assert (found.scale, found.by) == (None, ("shop", "rating"))  # rating was claimed as an attribute
    assert guess_columns(columns, {"scale": "csat"}).scale is Scale.CSAT


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"text": "coment"}, "near it: comment"),
        ({"by": ["shpo"]}, "near it: shop"),
        ({"score": "zzz"}, "columns: comment, shop"),
        ({"scale": "stars5"}, "unknown scale"),
        ({"text": "none"}, "cannot be switched off"),
        ({"date": "x"}, "no role 'date'"),
    ],
)
def test_names_that_do_not_exist(named: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        guess_columns({"comment": WORDS, "shop": spread("x", "y")}, named)


def test_no_text_names_the_columns_and_the_flag() -> None:
    with pytest.raises(InputRefused, match=r"columns: id, score; .*--text"):
        guess_columns({"id": ["1", "2"], "score": ["3", "4"]}, source="a.csv")


def test_a_given_map_must_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,shop\ntoo slow,x\n", "utf-8")
    with pytest.raises(WrongUse, match="near it: shop"):
        list(read(path, columns=ColumnMap("text", by=("shops",))))
    (table,) = read(path, columns=ColumnMap("text", by=("shop",)))
    assert table.column("by:shop").to_pylist() == ["x"]


DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
EXPECTED: dict[str, dict[str, Any]] = {
    "airline_tweets_dev/tweets_dev.csv.gz": {
        "text": "text",
        "id": "row_id",
        "time": "tweet_created",
        "score": "airline_sentiment",
        "scale": Scale.LABEL,
        "in by": "airline",
    },
    "banking77/test.csv.gz": {"text": "text", "score": None, "time": None},
    "banking77/train.csv.gz": {"text": "text", "score": None},
    "is22_app_opinions/collected_reviews.csv.gz": {"text": "content", "in by": "app_id", "score": None},
    "is22_app_opinions/feature_queries_judged.csv.gz": {"text": "content", "in by": "app"},
    "is22_app_opinions/sentences_annotated.csv.gz": {"text": "sentence"},
    "en_absa_products/en_absa_products.csv.gz": {"text": "text_with_slot", "score": "polarity", "in by": "domain"},
    "uss_sgd/sgd.csv.gz": {"text": "text"},
    "zh_shopping_8cats_dev/shopping_8cats.csv.gz": {
        "text": "review",
        "score": "label",
        "scale": Scale.BINARY,
        "in by": "cat",
    },
    "zh_waimai_10k/waimai_10k.csv.gz": {"text": "review", "score": "label", "scale": Scale.BINARY, "by": ()},
    "zh_asap_sample_dev/train_sample.csv.gz": {"text": "reviewbody", "score": "star", "scale": Scale.STARS},
    "zh_bdci_car/bdci_car_train.csv.gz": {"text": "content", "score": "sentiment_value", "in by": "subject"},
    "zh_absa_products/zh_absa_products.csv.gz": {"text": "text_with_slot", "score": "polarity"},
    "zhtw_gmap_dev/reviews.csv.gz": {"text": "Review", "score": "Review Rating", "scale": Scale.STARS},
    "zhtw_gmap_dev/sentences_keywordlabel.csv.gz": {"text": "sentence", "score": "rating"},
    "zh_icbc_app_reviews/icbc_360.csv.gz": {"text": "text", "id": "row_id", "score": None, "time": None, "by": ()},
    "zh_icbc_app_reviews/icbc_appstore.csv.gz": {"text": "text", "id": "row_id", "score": None, "by": ()},
    "zh_appstore_reviews_dev/appstore_reviews.csv.gz": {
        "text": "content",
        "score": "rating",
        "scale": Scale.STARS,
        "time": "time",
        "by": ("app",),
        "id": None,
        "customer": None,
    },
    "zh_cmcc_voice_satisfaction/voice.csv.gz": {"customer": "用户id", "score": "语音通话整体满意度"},
}
WITHOUT_TEXT = (
    "airline_satisfaction/airline_satisfaction.parquet",
    "cookie_cats/cookie_cats.csv.gz",
    "credit_card_churn/credit_card_churn.csv.gz",
    "ecsi_satisfaction/satisfaction.csv.gz",
    "online_shoppers_intention/online_shoppers_intention.csv.gz",
    "pwc_call_center/call_center.csv.gz",
    "telco_churn/telco_customer_churn_reason.csv.gz",
    "log_helpdesk/helpdesk.csv.gz",
)


def real(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"the public data set {name} is not beside the project")
    return DATA / name


@pytest.mark.data
@pytest.mark.parametrize("name", EXPECTED)
def test_real_files_are_guessed_right(name: str) -> None:
    found = guess_columns(open_source(real(name)).sample().columns)
    for role, expected in EXPECTED[name].items():
        if role == "in by":
            assert expected in found.by
        else:
            assert getattr(found, role) == expected, found.describe()


@pytest.mark.data
@pytest.mark.parametrize("name", WITHOUT_TEXT)
def test_real_files_without_text_are_refused(name: str) -> None:
    with pytest.raises(InputRefused, match="--text"):
        guess_columns(open_source(real(name)).sample().columns)


@pytest.mark.data
def test_every_row_of_the_real_reviews_goes_in() -> None:
    rejects: list[Any] = []
    for name, rows in (
        ("airline_tweets_dev/tweets_dev.csv.gz", 9659),
        ("zh_appstore_reviews_dev/appstore_reviews.csv.gz", 10_000),
        ("zh_icbc_app_reviews/icbc_appstore.csv.gz", 31_737),
        ("zh_waimai_10k/waimai_10k.csv.gz", 11_987),
    ):
        assert sum(table.num_rows for table in read(real(name), reject=rejects.append)) == rows
    assert rejects == []
