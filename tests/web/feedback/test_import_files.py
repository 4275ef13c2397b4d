"""What strangers send: each file that cannot be used gets a page that names it, what is wrong, and what to do."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from balm.web.feedback import services, upload
from balm.web.feedback.imports_services import Refused
from balm.web.feedback.models import Import
from balm.web.site.paths import uploads_dir

pytestmark = pytest.mark.django_db

GOOD = "内容,评分\n物流太慢了，等了五天才到,2\n客服态度很好，很耐心,5\n"


def workbook(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(out := io.BytesIO())
    return out.getvalue()


def sparse() -> bytes:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "text", "slow"
    book.active.cell(1_048_576, 16_384).value = "x"
    book.save(out := io.BytesIO())
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 << 20))
    return out.getvalue()


def liar() -> bytes:
    """A bomb whose directory says that it is small."""
    data = bytearray(bomb())
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def encrypted() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600


def zstd(data: bytes) -> bytes:
    return pa.Codec("zstd").compress(data, asbytes=True)


def parquet(rows: int = 3) -> bytes:
    pq.write_table(pa.table({"text": ["slow delivery again and again"] * rows}), out := io.BytesIO())
    return out.getvalue()


BAD = {
    "empty": ("leer.csv", b"", "It is empty."),
    "only a mark": ("mark.csv", b"\xef\xbb\xbf\r\n", "It is empty."),
    "only a heading": ("kopf.csv", "内容,评分\n".encode(), "It has a heading, but no rows."),
    "picture": ("bild.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "It is no table"),
    "pdf": ("bericht.csv", b"%PDF-1.7\n" + b"\xe2\xe3" * 400, "It is no table"),
    "html": ("export.xls", b"<html><table><tr><td>1</td></tr></table></html>", "It is XML or HTML"),
    "zip": ("daten.zip", b"", "It is an archive"),
    "password": ("geheim.xlsx", encrypted(), "protected by a password"),
    "cut": ("halb.xlsx", workbook([["text"], ["slow delivery"]])[:900], "damaged workbook"),
    "parquet cut": ("halb.parquet", parquet()[:-20], "damaged Parquet"),
    "bomb": ("bombe.xlsx", b"", "far more than its size allows"),
    "liar": ("lügner.xlsx", b"", "far more than its size allows"),
    "sparse": ("weit.xlsx", b"", "1,048,576 rows and 16,384 columns"),
    "gzip bomb": ("bombe.csv.gz", b"", "far more than its size allows"),
    "zstd bomb": ("bombe.csv.zst", b"", "far more than its size allows"),
    "packed twice": ("doppelt.csv.gz", gzip.compress(gzip.compress(GOOD.encode())), "another packed file"),
    "korean": (
        "한국어.csv",
        ("댓글\n" + "배송이 너무 늦어요 실망입니다\n" * 30).encode("euc-kr"),
        "encoding is not recognized",
    ),
    "one object": ("eins.json", json.dumps({"text": "a"}, indent=1).encode(), "one JSON object over many lines"),
}


def made(kind: str) -> bytes:
    if kind == "zip":
        with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
            archive.writestr("a.csv", GOOD)
        return out.getvalue()
    lines = b"text,score\n" + b"slow,1\n" * (40 << 20)
    big = {"bomb": bomb, "liar": liar, "sparse": sparse, "gzip bomb": lambda: gzip.compress(lines, 9)}
    return zstd(lines) if kind == "zstd bomb" else big[kind]()


def some(kinds: dict[str, object], fast: str) -> list[object]:
    """Each opens a process; some stand for the rest in the fast tests."""
    return [kind if kind in fast.split("|") else pytest.param(kind, marks=pytest.mark.slow) for kind in kinds]


@pytest.mark.parametrize("kind", some(BAD, "empty|picture|password|liar|sparse|gzip bomb"))
def test_a_file_that_cannot_be_used(kind: str, client_of, workspace) -> None:
    name, content, says = BAD[kind]
    content = content or (made(kind) if kind not in ("empty",) else b"")
    address = reverse("feedback:import_new", args=[workspace.slug])
    answer = client_of("analyst").post(address, {"file": SimpleUploadedFile(name, content)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert name in page
    assert says in page
    assert "Nothing was kept of it." in page
    assert not Import.objects.exists()
    assert not list(uploads_dir().iterdir())


USABLE = {
    "gb18030": ("a.csv", GOOD.encode("gb18030")),
    "big5": ("a.csv", "內容,評分\n物流太慢了，等了五天才到,2\n客服態度很好，很有耐心,5\n".encode("big5")),
    "utf-16": ("a.csv", GOOD.encode("utf-16")),
    "utf-8 with mark": ("a.csv", GOOD.encode("utf-8-sig")),
    "tsv": ("a.tsv", GOOD.replace(",", "\t").encode()),
    "gzip": ("a.csv.gz", gzip.compress(GOOD.encode())),
    "zstd": ("a.csv.zst", zstd(GOOD.encode())),
    "jsonl": ("a.jsonl", b'{"text": "slow delivery", "score": 2}\n{"text": "very friendly staff", "score": 5}\n'),
    "json": ("a.json", b'[{"text": "slow delivery", "score": 2}, {"text": "very friendly staff", "score": 5}]'),
    "parquet": ("a.parquet", parquet()),
    "xlsx": ("a.xlsx", workbook([["内容", "评分"], ["物流太慢了，等了五天才到", 2], ["客服态度很好，很耐心", 5]])),
    "xlsx named xls": ("a.xls", workbook([["内容", "评分"], ["物流太慢了，等了五天才到", 2]])),
    "xlsx named csv": ("a.csv", workbook([["内容", "评分"], ["物流太慢了，等了五天才到", 2]])),
}


@pytest.mark.parametrize("kind", some(USABLE, "gb18030|jsonl|xlsx named csv"))
def test_a_file_in_any_form_is_looked_at(kind: str, workspace, member, client_of) -> None:
    name, content = USABLE[kind]
    item = services.receive(workspace, member("analyst"), name, [content[:7], content[7:]])
    assert item.columns["text"] in ("内容", "內容", "text")
    assert (item.name, item.size) == (name, len(content))
    page = client_of("analyst").get(reverse("feedback:import_one", args=[workspace.slug, item.pk]))
    assert page.status_code == 200


def test_too_large_a_file_is_a_page_that_names_the_limit(client_of, workspace, settings) -> None:
    settings.BALM_UPLOAD_BYTES = 300_000
    address = reverse("feedback:import_new", args=[workspace.slug])
    for size in (300_001, 2_000_000):  # within what a form may have around its file, and beyond
        answer = client_of("analyst").post(
            address, {"file": SimpleUploadedFile("groß.csv", b"a,b\n" * (size // 4 + 1))}
        )
        assert answer.status_code == 413
        assert "larger than 293.0" in answer.content.decode().replace("\xa0", " ")
    assert not list(uploads_dir().iterdir())
    with pytest.raises(Refused) as refused:
        services.receive(workspace, None, "x.csv", (b"a,b\n" * 1000 for _ in range(1000)))
    assert (refused.value.code, refused.value.facts) == ("too_large", {"limit": 300_000})
    assert not list(uploads_dir().iterdir())


def test_a_content_length_that_lies_gains_nothing(client_of, workspace, settings) -> None:
    settings.BALM_UPLOAD_BYTES = 50_000
    address = reverse("feedback:import_new", args=[workspace.slug])
    content = SimpleUploadedFile("a.csv", b"text\n" + b"slow delivery\n" * 90_000)
    body, kind = encode_multipart(BOUNDARY, {"file": content}), MULTIPART_CONTENT
    client = client_of("analyst")
    huge = client.generic("POST", address, body, kind, headers={"Content-Length": str(10**13)})
    assert huge.status_code == 413
    small = client.generic("POST", address, body, kind, headers={"Content-Length": "40000"})
    assert small.status_code in (400, 422)
    odd = client.generic("POST", address, body, kind, headers={"Content-Length": "-5"})
    assert odd.status_code in (400, 413, 422)
    assert not Import.objects.exists()


def test_no_file_and_a_file_in_another_field(client_of, workspace) -> None:
    address = reverse("feedback:import_new", args=[workspace.slug])
    for form in ({}, {"file": "text, no file"}, {"other": SimpleUploadedFile("a.csv", GOOD.encode())}):
        answer = client_of("analyst").post(address, form)
        assert answer.status_code == 400
        assert "No file was chosen." in answer.content.decode()
    assert not list(uploads_dir().iterdir())


def test_a_form_from_elsewhere_is_refused_and_its_file_goes(member, workspace) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(member("analyst"), backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("feedback:import_new", args=[workspace.slug])
    answer = client.post(address, {"file": SimpleUploadedFile("a.csv", GOOD.encode())})
    assert answer.status_code == 403
    assert not Import.objects.exists()
    assert not list(uploads_dir().iterdir())


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\反馈.csv", "反馈.csv"),
        ("a\u202egnp.csv", "agnp.csv"),
        ("\x00\x07\n", "file"),
        ("", "file"),
        ("  . ", "file"),
        ("名" * 300 + ".xlsx", "名" * 114 + "….xlsx"),
        ("<script>alert(1)</script>.csv", "script>.csv"),
        ("tab\tand\nline.csv", "tab and line.csv"),
    ],
)
def test_names_are_cleaned(given: str, shown: str) -> None:
    assert upload.clean_name(given) == shown


def test_a_name_is_shown_and_never_used(workspace, client_of, member) -> None:
    given, shown = "<script>alert(1)</script>/../../<b>\u202ex.csv", "<b>x.csv"
    item = services.receive(workspace, member("analyst"), given, [GOOD.encode()])
    assert item.name == shown
    assert Path(item.path).name == item.path
    assert len(item.path) == 32
    page = client_of("analyst").get(reverse("feedback:import_one", args=[workspace.slug, item.pk])).content.decode()
    assert "&lt;b&gt;x.csv" in page
    assert "<b>x.csv" not in page


def test_what_no_import_knows_is_swept_after_a_day() -> None:
    import os
    import time

    old, new, known = (upload.land([b"x"]) for _ in range(3))
    for landed in (old, known):
        os.utime(upload.folder_of(landed.token), (time.time() - 100_000,) * 2)
    assert upload.sweep([known.token]) == 1
    assert {f.name for f in uploads_dir().iterdir()} == {new.token, known.token}
    with pytest.raises(ValueError, match="not an upload"):
        upload.folder_of("../secret.key")
