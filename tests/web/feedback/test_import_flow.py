"""A file comes in, is looked at, imported, and taken back: what members see, and what the lake then holds."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from balm.lake.feedback import FeedbackStore
from balm.web.feedback import services, upload
from balm.web.feedback.imports_selectors import going
from balm.web.feedback.models import Import
from balm.web.feedback.sealing import Sealer, Unreadable, sealer
from balm.web.jobs import claims
from balm.web.jobs.models import Job
from balm.web.jobs.services import load_handlers
from balm.web.jobs.worker import Run
from balm.web.people.models import AuditEntry
from balm.web.site.paths import uploads_dir, workspace_dir

pytestmark = pytest.mark.django_db

ROWS = [
    ("A1", "物流太慢了，等了五天才到，电话13812345678没人接", "2", "2024-03-01", "K1", "电商"),
    ("A2", "客服态度很好，很耐心，下次还来", "5", "2024-03-02", "K2", "门店"),
    ("A3", "", "4", "2024-03-03", "K3", "电商"),
    ("A4", "包装破损，退货要自己出运费", "很差劲", "2024-03-04", "K1", "电商"),
]
HEAD = ("编号", "评论内容", "评分", "日期", "客户编号", "渠道")
KINDS = ("import", "take_back", "import.clear")


def as_csv(rows=ROWS, head=HEAD, encoding="gb18030") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def as_xlsx(sheets: dict[str, list[tuple]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(out := io.BytesIO())
    return out.getvalue()


def work(*kinds: str) -> list[Job]:
    """Do what waits, but not the figures: they have tests of their own."""
    load_handlers()
    done = []
    while job := claims.claim("test", kinds or KINDS):
        Run(job).do()
        done.append(Job.objects.get(pk=job.pk))
    return done


def url(name: str, workspace, *args: object) -> str:
    return reverse(f"feedback:{name}", args=[workspace.slug, *args])


def send(client, workspace, content: bytes, name: str = "三月反馈.csv", **extra):
    return client.post(url("import_new", workspace), {"file": SimpleUploadedFile(name, content)}, **extra)


def choice(seen: dict, **roles: object) -> dict:
    """The form's values for columns named by role."""
    names = seen["names"]
    form = {role: str(names.index(name)) for role, name in roles.items() if role not in ("by", "scale")}
    form["by"] = [str(names.index(name)) for name in roles.get("by", ())]
    return form | ({"scale": roles["scale"]} if "scale" in roles else {})


@pytest.fixture
def analyst(client_of):
    return client_of("analyst")


def test_from_a_gbk_file_to_comments_in_the_lake(analyst, workspace) -> None:
    answer = send(analyst, workspace, as_csv())
    item = Import.objects.get()
    assert answer.status_code == 302
    assert answer.url == url("import_one", workspace, item.pk)
    page = analyst.get(answer.url).content.decode()
    assert "GB18030" in page
    assert "物流太慢了，等了五天才到，电话[PHONE]没人接" in page
    assert "13812345678" not in page
    assert "there is no text" in page
    seen = services_seen(item)
    started = analyst.post(
        url("import_start", workspace, item.pk),
        choice(
            seen, text="评论内容", score="评分", time="日期", customer="客户编号", id="编号", by=["渠道"], scale="stars"
        ),
    )
    assert started.status_code == 302
    item.refresh_from_db()
    assert item.state == "waiting"
    [job] = work()
    assert job.state == "done"
    item.refresh_from_db()
    assert (item.state, item.rows, item.kept, item.duplicates) == ("done", 4, 3, 0)
    assert item.rejected == {"empty_text": 1}
    assert item.unread_cells == {"bad_score": 1}
    assert Job.objects.filter(workspace=workspace, kind="refresh", state="waiting").count() == 1
    table = FeedbackStore(workspace_dir(workspace)).to_table()
    assert table.column("source").to_pylist() == ["三月反馈.csv"] * 3
    assert "13812345678" not in json.dumps(table.to_pylist(), default=str)
    assert not list(uploads_dir().iterdir()), "the file holds personal data: it goes once it is read"
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "import.add",
        "import.start",
        "import.done",
    ]
    page = analyst.get(answer.url).content.decode()
    assert "3 comments were added" in page


def services_seen(item: Import) -> dict:
    from balm.web.feedback.imports_services import seen

    return seen(item)


def imported(workspace, user, content: bytes, name: str = "三月.csv") -> Import:
    item = services.receive(workspace, user, name, [content])
    services.start(item, None, user)
    work()
    item.refresh_from_db()
    return item


def test_originals_are_sealed_and_open_only_here(workspace, member) -> None:
    item = imported(workspace, member("analyst"), as_csv())
    assert item.state == "done"
    import pyarrow as pa
    import pyarrow.parquet as pq

    from balm.lake import tables

    table = pa.concat_tables([pq.read_table(path) for path in tables.files(workspace_dir(workspace), "feedback")])
    row = table.filter(pa.compute.equal(table["line"], 2)).to_pylist()[0]
    keeper = sealer(workspace)
    assert keeper.original(row["text"], row["redactions"], row["sealed"]) == ROWS[0][1]
    assert [s is None for s in table.column("sealed").to_pylist()] == [False, True, True]
    with pytest.raises(Unreadable):
        Sealer(keeper.key, workspace.pk + 1).open(row["sealed"])
    with pytest.raises(Unreadable):
        keeper.open(row["sealed"][:-1] + bytes([row["sealed"][-1] ^ 1]))
    with pytest.raises(Unreadable):
        keeper.open(b"")


def test_the_same_bytes_again_add_nothing_and_say_so(analyst, workspace, member) -> None:
    item = imported(workspace, member("analyst"), as_csv())
    answer = send(analyst, workspace, as_csv(), "anders.csv", follow=True)
    assert answer.redirect_chain[-1][0] == url("import_one", workspace, item.pk)
    assert "was imported before. Nothing was added." in answer.content.decode()
    assert Import.objects.count() == 1
    assert len(list(uploads_dir().iterdir())) == 0
    assert services.start(item, None, None) == item.job


@pytest.mark.slow
def test_the_same_rows_in_another_file_are_duplicates_and_said(analyst, workspace, member) -> None:
    imported(workspace, member("analyst"), as_csv())
    again = imported(workspace, member("analyst"), as_csv(encoding="utf-8"), "andere.csv")
    assert (again.kept, again.duplicates) == (0, 3)
    page = analyst.get(url("import_one", workspace, again.pk)).content.decode()
    assert "3 rows are duplicates" in page


def test_taking_back_and_importing_again(analyst, workspace, member) -> None:
    item = imported(workspace, member("analyst"), as_csv())
    told = going(item)
    assert (told.comments, told.customers, told.only) == (3, 2, 2)
    confirm = analyst.get(url("import_take_back", workspace, item.pk)).content.decode()
    assert "Customers with a comment in it" in confirm
    answer = analyst.post(url("import_take_back", workspace, item.pk))
    assert answer.status_code == 302
    work()
    item.refresh_from_db()
    assert item.state == "taken_back"
    assert FeedbackStore(workspace_dir(workspace)).rows == 0
    assert "Taken back" in analyst.get(url("imports", workspace)).content.decode()
    assert analyst.get(url("import_rejected", workspace, item.pk)).status_code == 200
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"import.take_back", "import.taken_back"}
    anew = imported(workspace, member("analyst"), as_csv())
    assert (anew.pk != item.pk, anew.state, anew.kept) == (True, "done", 3)


@pytest.mark.slow
def test_a_later_file_whose_rows_were_duplicates_is_named(analyst, workspace, member) -> None:
    first = imported(workspace, member("analyst"), as_csv())
    imported(workspace, member("analyst"), as_csv(encoding="utf-8"), "später.csv")
    page = analyst.get(url("import_take_back", workspace, first.pk)).content.decode()
    assert "später.csv" in page


def test_a_file_none_of_whose_rows_can_be_used_says_why_and_can_be_tried_again(analyst, workspace, member) -> None:
    rows = [(f"第{i}单物流太慢了，等了{i}天", "") for i in range(40)]
    content = as_csv(rows, ("内容", "备注"), "utf-8")
    item = services.receive(workspace, member("analyst"), "falsch.csv", [content])
    services.start(item, {"text": "备注"}, member("analyst"))
    [job] = work()
    item.refresh_from_db()
    assert (job.state, item.state, item.rejected) == ("failed", "failed", {"empty_text": 40})
    assert item.problem["code"] == "none_usable"
    page = analyst.get(url("import_one", workspace, item.pk)).content.decode()
    assert "None of its rows can be used." in page
    assert "The file was kept" in page
    assert analyst.get(url("import_rejected", workspace, item.pk)).content.decode().count("there is no text") > 40
    services.start(item, {"text": "内容"}, member("analyst"))
    work()
    item.refresh_from_db()
    assert (item.state, item.kept, item.rejected, item.problem) == ("done", 40, {}, {})
    assert FeedbackStore(workspace_dir(workspace)).rows == 40


@pytest.mark.slow
def test_what_an_import_left_that_failed_for_good_is_cleared_away(workspace, member, monkeypatch) -> None:
    from balm.web.feedback import imports_apart
    from balm.web.jobs.services import cancel

    item = services.receive(workspace, member("analyst"), "halb.csv", [as_csv()])
    job = services.start(item, None, member("analyst"))
    imports_apart.import_file(
        str(workspace_dir(workspace)), file_of(item), item.columns, sealer(workspace), progress=lambda *_: None
    )
    cancel(job, member("analyst"))
    item.refresh_from_db()
    assert (item.state, item.problem["code"]) == ("failed", "canceled")
    work()
    assert FeedbackStore(workspace_dir(workspace)).rows == 0
    assert upload.place(item.path).exists()


def file_of(item: Import):
    from balm.web.feedback.imports_services import file_of

    return file_of(item)


def test_a_job_done_twice_doubles_nothing(workspace, member) -> None:
    """As after kill -9 between the lake's last commit and the database's."""
    from balm.web.feedback import imports_apart

    item = services.receive(workspace, member("analyst"), "a.csv", [as_csv()])
    services.start(item, None, member("analyst"))
    imports_apart.import_file(
        str(workspace_dir(workspace)), file_of(item), item.columns, sealer(workspace), progress=lambda *_: None
    )
    work()
    item.refresh_from_db()
    assert (item.state, item.rows, item.kept, item.duplicates) == ("done", 4, 3, 0)
    assert FeedbackStore(workspace_dir(workspace)).rows == 3


@pytest.mark.slow
def test_two_sheets_of_one_workbook_are_two_imports(analyst, workspace, member) -> None:
    march, april = (
        [(f"M{i}", f"三月第{i}单物流太慢了") for i in range(5)],
        [(f"A{i}", f"四月第{i}单包装破了") for i in range(4)],
    )
    content = as_xlsx({"三月": [("编号", "内容"), *march], "四月": [("编号", "内容"), *april]})
    first = imported(workspace, member("analyst"), content, "春.xlsx")
    assert (first.kept, first.columns["sheet"]) == (5, "三月")
    send(analyst, workspace, content, "春.xlsx")
    second = Import.objects.exclude(pk=first.pk).get()
    page = analyst.get(url("import_one", workspace, second.pk)).content.decode()
    assert "A sheet of this file was imported before" in page
    names = services_seen(second)
    refused = analyst.post(url("import_start", workspace, second.pk), choice(names, text="内容", id="编号"))
    assert refused.status_code == 422
    assert "This sheet was imported before." in refused.content.decode()
    analyst.post(url("import_look", workspace, second.pk), {"sheet": "四月", "heading": "0"})
    assert (
        analyst.post(url("import_start", workspace, second.pk), choice(names, text="内容", id="编号")).status_code
        == 302
    )
    work()
    second.refresh_from_db()
    assert (second.state, second.kept) == ("done", 4)
    assert FeedbackStore(workspace_dir(workspace)).rows == 9


@pytest.mark.slow
def test_a_merged_heading_and_a_heading_row_that_a_person_names(analyst, workspace, member) -> None:
    rows = [("基本信息", None, "反馈", None), ("编号", "客户", "内容", "评分"), (1, "K1", "物流太慢了，等了五天", 2)]
    item = services.receive(workspace, member("analyst"), "合并.xlsx", [as_xlsx({"S": rows})])
    assert item.columns["text"] == "内容"
    page = analyst.get(url("import_one", workspace, item.pk)).content.decode()
    assert "row 2: 编号 | 客户 | 内容 | 评分" in page
    analyst.post(url("import_look", workspace, item.pk), {"sheet": "S", "heading": "0"})
    assert services_seen(item)["names"][:3] == ["基本信息", "column_2", "反馈"]


def test_the_progress_partial_answers_not_modified_and_stops(analyst, workspace, member) -> None:
    item = services.receive(workspace, member("analyst"), "a.csv", [as_csv()])
    services.start(item, None, member("analyst"))
    address = url("import_progress", workspace, item.pk)
    first = analyst.get(address)
    assert first.status_code == 200
    assert "in the queue" in first.content.decode()
    assert analyst.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    work()
    done = analyst.get(address)
    assert "figures are being brought up to date" in done.content.decode()
    assert "hx-trigger" in done.content.decode()
    Job.objects.filter(kind="refresh").update(state="failed", error="no memory")
    failed = analyst.get(address)
    assert "no memory" in failed.content.decode()
    assert "hx-trigger" not in failed.content.decode()


def test_when_the_figures_are_there_the_person_lands_on_them(analyst, filled, member) -> None:
    import datetime as dt

    item = imported(filled, member("analyst"), as_csv())
    Import.objects.filter(pk=item.pk).update(finished=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    answer = analyst.get(url("import_progress", filled, item.pk))
    assert answer["HX-Redirect"] == reverse("painpoints:list", args=[filled.slug])
    assert "See what hurts" in analyst.get(url("import_one", filled, item.pk)).content.decode()
