"""Real files, and large ones."""

from __future__ import annotations

import csv
import gzip
import io
import resource
from pathlib import Path

import openpyxl
import pytest

from balm.lake.feedback import FeedbackStore
from balm.web.feedback import services
from balm.web.jobs import claims
from balm.web.jobs.services import load_handlers
from balm.web.jobs.worker import Run
from balm.web.site.paths import workspace_dir

pytestmark = pytest.mark.django_db

DATA = Path(__file__).parents[4] / "shared" / "data"


def work() -> None:
    load_handlers()
    while job := claims.claim("test", ("import", "take_back", "import.clear")):
        Run(job).do()


def pieces(path: Path):
    with path.open("rb") as file:
        while piece := file.read(1 << 16):
            yield piece


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["zh_waimai_10k", "zh_shopping_8cats_dev", "airline_tweets_dev", "zh_icbc_app_reviews"]
)
def test_public_files_as_their_guess_reads_them(folder: str, workspace, member) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the public data sets are not beside the project ({DATA})")
    path = max((DATA / folder).glob("*.csv.gz"), key=lambda p: p.stat().st_size)
    item = services.receive(workspace, member("analyst"), path.name, pieces(path))
    services.start(item, None, member("analyst"))
    work()
    item.refresh_from_db()
    assert item.state == "done", item.problem
    assert item.rows == item.kept + item.duplicates + sum(item.rejected.values())
    assert item.kept > 0.8 * item.rows
    again = services.receive(workspace, member("analyst"), "other name", pieces(path))
    assert again == item


@pytest.mark.data
@pytest.mark.slow
def test_a_public_file_as_a_gb18030_excel_export(workspace, member) -> None:
    """The cells of a real file, written as Excel on a Chinese Windows writes CSV, and as .xlsx: the same comments."""
    if not DATA.is_dir():
        pytest.skip(f"the public data sets are not beside the project ({DATA})")
    with gzip.open(DATA / "zh_waimai_10k" / "waimai_10k.csv.gz", "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[:3001]
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("评论")
    for row in rows:
        sheet.append(row)
    book.save(xlsx := io.BytesIO())
    made = []
    for name, content in (("外卖.csv", out.getvalue().encode("gb18030")), ("外卖.xlsx", xlsx.getvalue())):
        item = services.receive(workspace, member("analyst"), name, [content])
        services.start(item, None, member("analyst"))
        work()
        item.refresh_from_db()
        made.append(item)
    first, second = made
    assert (first.state, second.state) == ("done", "done")
    assert first.kept + first.duplicates + sum(first.rejected.values()) == len(rows) - 1
    assert (second.kept, second.rows) == (0, first.rows), "all of them are here already"


@pytest.mark.slow
def test_a_hundred_thousand_rows_of_excel(workspace, member) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("反馈")
    sheet.append(["编号", "内容", "评分", "日期", "渠道"])
    for i in range(100_000):
        sheet.append(
            [
                i,
                f"第{i}单物流太慢了，等了{i % 9}天才到，客服也不回复",
                i % 5 + 1,
                f"2024-{i % 12 + 1:02}-11",
                "电商门店热线"[i % 3 * 2 :][:2],
            ]
        )
    book.save(out := io.BytesIO())
    item = services.receive(workspace, member("analyst"), "十万.xlsx", [out.getvalue()])
    services.start(item, None, member("analyst"))
    work()
    item.refresh_from_db()
    assert (item.state, item.kept) == ("done", 100_000)
    assert FeedbackStore(workspace_dir(workspace)).rows == 100_000
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    assert peak < 1500, f"{peak:.0f} MB"
