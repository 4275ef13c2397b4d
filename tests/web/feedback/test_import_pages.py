"""The mapping as a person corrects it, rejected rows, and who may do what."""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from pathlib import Path

import pytest
from django.urls import reverse

from balm.web.feedback import services
from balm.web.feedback.imports_services import seen
from balm.web.feedback.models import Import
from balm.web.jobs import claims
from balm.web.jobs.services import load_handlers
from balm.web.jobs.worker import Run
from balm.web.site.cells import inert

pytestmark = pytest.mark.django_db

LINES = [
    ("A1", "物流太慢了，等了五天才到", "2", "03/04/2024", "K1", "电商", "85"),
    ("A2", "客服态度很好，很耐心，下次还来", "5", "05/04/2024", "K2", "门店", "92"),
    ("A3", "包装破损，退货要自己出运费", "1", "06/04/2024", "K1", "电商", "40"),
]
HEAD = ("编号", "评论内容", "评分", "日期", "客户编号", "渠道", "得分")


def table(rows, head=HEAD) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode()


def url(name: str, workspace, *args: object) -> str:
    return reverse(f"feedback:{name}", args=[workspace.slug, *args])


def form(item: Import, by: tuple[str, ...] = (), scale: str = "", **roles: str) -> dict:
    names = seen(item)["names"]
    chosen = {role: str(names.index(name)) for role, name in roles.items()}
    return chosen | {"by": [str(names.index(name)) for name in by], "scale": scale}


def work() -> None:
    load_handlers()
    while job := claims.claim("test", ("import", "take_back", "import.clear")):
        Run(job).do()


@pytest.fixture
def item(workspace, member) -> Import:
    return services.receive(workspace, member("analyst"), "三月.csv", [table(LINES)])


@pytest.fixture
def analyst(client_of):
    return client_of("analyst")


def effect(client, item: Import, **extra) -> str:
    address = url("import_effect", item.workspace, item.pk)
    answer = client.post(address, form(item, **extra), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_guess_is_shown_with_its_reasons(analyst, workspace, item) -> None:
    page = analyst.get(url("import_one", workspace, item.pk)).content.decode()
    assert "guessed by its name and its words" in page
    assert "its values run from 1 to 5" in page
    assert "nothing tells day from month" in page
    assert "They are read as April 3" in page
    assert page.count('value="1" selected') == 1, "the comments are in the second column"


def test_a_correction_is_seen_at_once(analyst, item) -> None:
    part = effect(analyst, item, text="评论内容", score="评分", scale="label")
    assert "<html" not in part
    assert "Left empty because they cannot be read: 2 scores" in part
    assert "the score cannot be read on this scale: 5" in part
    part = effect(analyst, item, text="评论内容", time="日期", by=("渠道",))
    assert "2024-04-03" in part
    assert "门店" in part
    assert "Without a customer each comment counts as a customer of its own." in part


def test_a_score_that_cannot_be_used_is_said_at_its_field(analyst, workspace, item) -> None:
    part = effect(analyst, item, text="评论内容", score="得分")
    assert "This column cannot be used as a score: its values run from 40 to 92" in part
    answer = analyst.post(url("import_start", workspace, item.pk), form(item, text="评论内容", score="得分"))
    assert answer.status_code == 422
    item.refresh_from_db()
    assert item.state == "checking"
    assert effect(analyst, item, text="评论内容", score="得分", scale="nps")


@pytest.mark.slow
def test_a_score_nobody_could_guess_is_said(analyst, workspace, member) -> None:
    rows = [(row[1], row[6]) for row in LINES]
    item = services.receive(workspace, member("analyst"), "x.csv", [table(rows, ("内容", "得分"))])
    page = analyst.get(url("import_one", workspace, item.pk)).content.decode()
    assert "“得分” is not used as a score: its values run from 40 to 92" in page


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        ({}, "Choose the column that holds the customers&#x27; words."),
        ({"text": "评论内容", "customer": "评论内容"}, "“评论内容” is taken for: Comment."),
        ({"text": "评论内容", "id": "编号", "customer": "编号"}, "“编号” is taken for: Customer."),
    ],
)
def test_mistakes_are_said_at_the_field(analyst, workspace, item, roles, says) -> None:
    answer = analyst.post(url("import_start", workspace, item.pk), form(item, **roles))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert 'aria-invalid="true"' in page


@pytest.mark.slow
def test_values_of_the_form_that_no_select_has(analyst, workspace, item) -> None:
    for value in ("99", "-1", "x", "٣", "1e9"):
        answer = analyst.post(url("import_start", workspace, item.pk), {"text": value, "scale": "?", "by": [value]})
        assert answer.status_code == 422
    assert analyst.post(url("import_look", workspace, item.pk), {"heading": "-7", "sheet": "x"}).status_code == 302


def test_scores_on_another_scale_than_before_are_refused_at_the_field(analyst, workspace, item, member) -> None:
    services.start(item, None, member("analyst"))
    nps = [(f"第{i}单物流太慢了，等了{i}天", str(i)) for i in range(11)]
    other = services.receive(workspace, member("analyst"), "nps.csv", [table(nps, ("内容", "推荐度"))])
    page = analyst.get(url("import_one", workspace, other.pk)).content.decode()
    assert "The scores of “三月.csv”, imported before, are on another scale: 1 to 5 stars." in page
    start = url("import_start", workspace, other.pk)
    assert analyst.post(start, form(other, text="内容", score="推荐度")).status_code == 422
    assert analyst.post(start, form(other, text="内容")).status_code == 302


def test_html_and_formulas_stay_words(analyst, workspace, member) -> None:
    rows = [
        ("<img src=x onerror=alert(1)> the parcel was late again", "=1+2"),
        ('=HYPERLINK("http://evil.example","click")', "-5"),
        ("slow delivery, nobody answers the phone", "@SUM(A1)"),
    ]
    item = services.receive(workspace, member("analyst"), "x.csv", [table(rows, ("text", "channel"))])
    page = analyst.get(url("import_one", workspace, item.pk)).content.decode()
    assert "<img src=x" not in page
    assert "the text is a spreadsheet formula" in page
    services.start(item, {"text": "text", "by": ["channel"]}, member("analyst"))
    work()
    answer = analyst.get(url("import_rejected_file", workspace, item.pk, "csv"))
    content = b"".join(answer.streaming_content).decode("utf-8")
    assert content.startswith("\ufeff")
    [head, row] = list(csv.reader(io.StringIO(content[1:])))
    assert head == ["File", "Line", "Why", "What is wrong", "Column", "text", "channel"]
    assert row[0] == "x.csv"
    assert row[1] == "3"
    assert row[5].startswith("'=HYPERLINK")
    assert row[6] == "'-5"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "＝1"])
def test_cells_that_a_spreadsheet_would_run(cell: str) -> None:
    assert inert(cell) == "'" + cell
    assert inert("a" + cell) == "a" + cell


def test_ten_thousand_rejected_rows(analyst, workspace, member) -> None:
    rows = [
        (f"第{i}单物流太慢了，等了{i}天，电话13812345678", "电商") if i % 21 == 0 else ("", f"渠道{i % 7}")
        for i in range(10_500)
    ]
    item = services.receive(workspace, member("analyst"), "viele.csv", [table(rows, ("内容", "渠道"))])
    services.start(item, {"text": "内容"}, member("analyst"))
    work()
    item.refresh_from_db()
    assert (item.state, item.kept, item.rejected) == ("done", 500, {"empty_text": 10_000})
    start = time.perf_counter()
    page = analyst.get(url("import_rejected", workspace, item.pk))
    seconds = time.perf_counter() - start
    assert seconds < 1.0
    text = page.content.decode()
    assert "10,000 of 10,500 rows were set aside" in text
    assert "The first 100 rows" in text
    assert text.count('<th scope="row"') == 101
    lines = b"".join(
        analyst.get(url("import_rejected_file", workspace, item.pk, "jsonl")).streaming_content
    ).splitlines()
    assert len(lines) == 10_000
    first = json.loads(lines[0])
    assert (first["source"], first["line"], first["reason"]) == ("viele.csv", 3, "empty_text")
    sheet = b"".join(analyst.get(url("import_rejected_file", workspace, item.pk, "csv")).streaming_content)
    assert sheet.count(b"\r\n") == 10_001
    assert analyst.get(url("import_rejected_file", workspace, item.pk, "exe")).status_code == 404


@pytest.mark.slow
def test_two_files_of_one_name_keep_their_rejected_rows_apart(workspace, member) -> None:
    from balm.web.feedback.imports_selectors import rejected

    made = []
    for word in ("A", "B"):
        rows = [(f"{word}{i} 物流太慢了，等了五天才到", "x") for i in range(20)] + [("", word)]
        item = services.receive(workspace, member("analyst"), "export.csv", [table(rows, ("内容", "备注"))])
        services.start(item, {"text": "内容"}, member("analyst"))
        made.append(item)
    work()
    assert [[row["raw"]["备注"] for row in rejected(item)] for item in made] == [["A"], ["B"]]


PAGES = {
    "imports": ("get", ()),
    "import_new": ("get", ()),
    "import_one": ("get", ("pk",)),
    "import_progress": ("get", ("pk",)),
    "import_rejected": ("get", ("pk",)),
    "import_rejected_file": ("get", ("pk", "csv")),
    "import_take_back": ("get", ("pk",)),
    "import_effect": ("post", ("pk",)),
    "import_look": ("post", ("pk",)),
    "import_start": ("post", ("pk",)),
    "import_discard": ("post", ("pk",)),
}


@pytest.mark.parametrize("name", PAGES)
def test_strangers_find_nothing_and_roles_see_what_they_may(name, client_of, workspace, other_workspace, item) -> None:
    method, args = PAGES[name]
    here = url(name, workspace, *(item.pk if arg == "pk" else arg for arg in args))
    there = url(name, other_workspace, *(item.pk if arg == "pk" else arg for arg in args))
    stranger = client_of("owner", other_workspace)
    assert getattr(stranger, method)(here).status_code == 404
    if "pk" in args:
        assert getattr(stranger, method)(there).status_code == 404
    for role in ("front_line", "viewer"):
        assert getattr(client_of(role), method)(here).status_code == 403
    assert Import.objects.filter(pk=item.pk, state="checking").exists()
    assert getattr(client_of("analyst"), method)(here).status_code in (200, 302, 422)


def test_nobody_uploads_who_is_not_signed_in(client, workspace) -> None:
    answer = client.post(url("import_new", workspace), {"file": io.BytesIO(b"a,b\n1,2\n")})
    assert answer.status_code == 302
    assert "/account/" in answer.url
    assert not Import.objects.exists()


def test_throwing_an_upload_away(analyst, workspace, item) -> None:
    from balm.web.site.paths import uploads_dir

    assert analyst.post(url("import_discard", workspace, item.pk)).status_code == 302
    assert not Import.objects.exists()
    assert not list(uploads_dir().iterdir())


def test_an_empty_workspace_leads_to_the_upload(client_of, workspace) -> None:
    page = client_of("analyst").get(url("imports", workspace)).content.decode()
    assert "Import your first file" in page
    assert 'enctype="multipart/form-data"' in page
    assert "form-data" not in client_of("viewer").get(url("imports", workspace)).content.decode()
    home = client_of("analyst").get(reverse("painpoints:home", args=[workspace.slug])).content.decode()
    assert url("imports", workspace) in home


def test_pages_have_no_script_and_no_style_of_their_own() -> None:
    folder = Path(sys.modules["balm.web.feedback"].__file__).parent / "templates" / "feedback"
    for path in [*folder.glob("import*.html"), *folder.glob("parts/import*.html")]:
        text = path.read_text("utf-8")
        assert "<script" not in text
        assert "style=" not in text
        assert " onclick" not in text


def test_all_rows_that_were_looked_at_are_counted(analyst, workspace, member) -> None:
    rows = [(f"第{i}单物流太慢了，等了{i}天" if i % 10 else "",) for i in range(100)]
    item = services.receive(
        workspace, member("analyst"), "x.csv", [table([(*row, "x") for row in rows], ("内容", "备注"))]
    )
    part = effect(analyst, item, text="内容")
    assert "Of the first 100 rows, 10 will be left out." in part
    assert part.count('<th scope="row"') == 20
    seen, folded = part.split("<details", 1)
    assert seen.count('<th scope="row"') == 5 and "Show 15 more rows" in folded
