"""Files that were made, or happen, to break their reader."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from balm.web.feedback import imports_services as services
from balm.web.feedback import upload
from balm.web.feedback.models import Import
from balm.web.jobs import claims
from balm.web.jobs.apart import ChildBroke
from balm.web.jobs.services import load_handlers
from balm.web.jobs.worker import Run
from balm.web.site.paths import uploads_dir

pytestmark = pytest.mark.django_db


def send(client, name: str, content: bytes):
    return client.post("/w/lamps/imports/new/", {"file": SimpleUploadedFile(name, content)})


def imported(workspace, name: str, text: str, by: str) -> Import:
    """A file that was read into the lake; figures are not computed."""
    load_handlers()
    item = services.receive(workspace, None, name, [text.encode()])
    services.start(item, {"text": "comment", "id": "id", "by": [by]}, None)
    while job := claims.claim("test", ("import",)):
        Run(job).do()
    item.refresh_from_db()
    assert item.state == Import.State.DONE
    return item


def test_files_with_other_columns_stand_side_by_side(workspace, client_of) -> None:
    """Comments of a file that lacks another file's columns are shown and exported."""
    ours = "id,comment,channel\n" + "".join(f"a{i},late again {i},app\n" for i in range(9))
    theirs = "id,comment,=region\n" + "".join(f"b{i},rude again {i},north\n" for i in range(9))
    first = imported(workspace, "a.csv", ours, "channel")
    imported(workspace, "b.csv", theirs, "=region")
    client = client_of("owner")
    for one in ("a1", "b1"):
        assert client.get(f"/w/lamps/feedback/of/{one}/").status_code == 200, one
    for query in ("", f"?import={first.pk}", "?by:channel=app", "?by:%3Dregion=north", "?q=again"):
        assert client.get(f"/w/lamps/feedback/{query}").status_code == 200, query
        sent = b"".join(client.get(f"/w/lamps/feedback/export/{query}").streaming_content).decode()
        assert ("a1" in sent) or ("b1" in sent), query
    whole = b"".join(client.get("/w/lamps/feedback/export/").streaming_content).decode()
    assert whole.count("again") == 18 and "'=region" in whole


def test_a_table_whose_columns_share_a_name(workspace, client_of) -> None:
    table = pa.Table.from_arrays([pa.array(["late again"] * 9), pa.array(["x"] * 9)], ["comment", "comment"])
    pq.write_table(table, out := io.BytesIO())
    answer = send(client_of("owner"), "twins.parquet", out.getvalue())
    assert answer.status_code == 422 and "Two of its columns have the same name" in answer.content.decode()
    assert not Import.objects.exists() and not list(uploads_dir().iterdir())


def test_a_file_that_breaks_its_reader_gets_a_page(workspace, client_of, monkeypatch) -> None:
    def broken(*args, **kwargs):
        raise ChildBroke("Traceback: of the child")

    monkeypatch.setattr(services, "run_apart", broken)
    answer = send(client_of("owner"), "odd.csv", b"comment\nlate again\n")
    page = answer.content.decode()
    assert answer.status_code == 422 and "The file cannot be used" in page and "Traceback" not in page
    assert not list(uploads_dir().iterdir())


@pytest.mark.parametrize("row", ["²", "--5", "-1", "5", "٣", "999", "-999", "1e9", "\0"])
def test_any_row_may_be_asked_for_as_the_heading(workspace, client_of, row: str) -> None:
    client = client_of("owner")
    page = send(client, "a.csv", b"comment,score\nlate again,3\nlate more,4\n")["Location"]
    assert client.post(f"{page}look/", {"heading": row}).status_code == 302
    assert client.get(page).status_code == 200


def test_a_full_disk_is_named(workspace, client_of, monkeypatch) -> None:
    def full(self, data: bytes) -> None:
        self.drop()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(upload.Landing, "write", full)
    answer = send(client_of("owner"), "a.csv", b"comment\nlate again\n")
    assert answer.status_code == 507 and "disk is full" in answer.content.decode()
    assert not Import.objects.exists() and not list(uploads_dir().iterdir())
