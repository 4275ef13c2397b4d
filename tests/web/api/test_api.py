"""What programs may do with a key, and the errors they read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from balm.web.people.models import ApiKey, AuditEntry
from balm.web.people.services import make_key, revoke_key


@pytest.fixture
def key(workspace):
    """`key("read")`: headers with a key of the workspace, or of another one."""

    def make(scope: str, where: Any = None) -> dict[str, str]:
        _row, whole = make_key(where or workspace, "test", scope=scope, name="a program")
        return {"Authorization": f"Bearer {whole}"}

    return make


@pytest.fixture
def client() -> Client:
    return Client()


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["detail"]
    return body


def csv_file(text: str = "id,comment,score\n1,The lamp arrived broken,1\n2,Very good,5\n") -> SimpleUploadedFile:
    return SimpleUploadedFile("export.csv", text.encode(), "text/csv")


def test_the_list_is_ranked_and_as_in_painpoints_json(client, key, filled, small_analysis) -> None:
    answer = client.get("/v1/pain-points?limit=1000", headers=key("read"))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    written = json.loads((small_analysis.folder / "painpoints.json").read_text("utf-8"))
    assert body["total"] == len(written) == len(body["pain_points"])
    assert [item["rank"] for item in body["pain_points"]] == list(range(1, len(written) + 1))
    bare = [{k: v for k, v in item.items() if k not in ("rank", "state")} for item in body["pain_points"]]
    assert bare == written
    assert set(bare[0]["impact"]) == {"value", "low", "high", "n", "method"}
    assert body["as_of"] and body["comments"] > 1000
    assert "Set-Cookie" not in answer


def test_one_pain_point_and_parts_of_the_list(client, key, filled) -> None:
    headers = key("admin")
    second = client.get("/v1/pain-points?limit=1&offset=1", headers=headers).json()["pain_points"]
    assert [item["rank"] for item in second] == [2]
    one = client.get(f"/v1/pain-points/{second[0]['theme_id']}", headers=headers).json()
    assert one["pain_point"] == second[0]
    problem(client.get("/v1/pain-points/no.such", headers=headers), 404)
    problem(client.get(f"/v1/pain-points/{'x' * 200}", headers=headers), 422)
    assert problem(client.get("/v1/pain-points?limit=9999999999999999999999", headers=headers), 422)["errors"]


def test_before_the_first_analysis_the_list_is_empty_and_says_so(client, key) -> None:
    body = client.get("/v1/pain-points", headers=key("read")).json()
    assert body["as_of"] is None and body["pain_points"] == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Bearer",
        "Bearer x",
        "Basic abc",
        "Bearer balm_00000000_" + "a" * 43,
        "Bearer balm_\x00_x",
        "Bearer " + "ä" * 50,
    ],
)
def test_without_a_working_key_nothing_is_said(client, workspace, value) -> None:
    headers = {} if value is None else {"Authorization": value}
    assert client.get("/v1/pain-points", headers=headers)["WWW-Authenticate"].startswith("Bearer")
    problem(client.get("/v1/pain-points", headers=headers), 401)
    problem(client.post("/v1/imports", {"file": csv_file()}, headers=headers), 401)


def test_a_revoked_key_and_a_changed_one_are_refused(client, key, workspace, member) -> None:
    headers = key("read")
    assert client.get("/v1/pain-points", headers=headers).status_code == 200
    row = ApiKey.objects.get()
    assert row.last_used
    wrong = {"Authorization": headers["Authorization"][:-1] + ("a" if headers["Authorization"][-1] != "a" else "b")}
    problem(client.get("/v1/pain-points", headers=wrong), 401)
    revoke_key(workspace, member("owner"), row.pk)
    problem(client.get("/v1/pain-points", headers=headers), 401)


def test_only_a_hash_of_the_key_is_kept(key) -> None:
    whole = key("read")["Authorization"].removeprefix("Bearer ")
    row = ApiKey.objects.get()
    assert whole.startswith(f"balm_{row.prefix}_")
    assert all(whole.split("_", 2)[2] not in str(value) for value in vars(row).values())
    assert all(
        whole.split("_", 2)[2] not in json.dumps(entry.detail) + entry.target for entry in AuditEntry.objects.all()
    )


def test_a_session_is_no_key(client_of, workspace) -> None:
    problem(client_of("owner").get("/v1/pain-points"), 401)


@pytest.mark.parametrize(("scope", "may"), [("read", False), ("ingest", True), ("admin", True)])
def test_scopes_of_sending(client, key, workspace, scope: str, may: bool) -> None:
    answer = client.post("/v1/imports", {"file": csv_file()}, headers=key(scope))
    if not may:
        assert "ingest" in problem(answer, 403)["detail"]
        return
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["name"] == "export.csv" and made["state"] == "waiting"
    assert client.get(f"/v1/imports/{made['id']}", headers=key(scope)).json() == made


def test_a_key_that_sends_may_not_read(client, key, workspace) -> None:
    problem(client.get("/v1/pain-points", headers=key("ingest")), 403)


def test_the_same_file_again_is_the_same_import(client, key, workspace) -> None:
    first = client.post("/v1/imports", {"file": csv_file()}, headers=key("ingest"))
    again = client.post("/v1/imports", {"file": csv_file()}, headers=key("ingest"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert workspace.imports.count() == 1
    assert AuditEntry.objects.filter(workspace=workspace, action="import.by_key").count() == 1


def test_nothing_of_another_workspace(client, key, filled, other_workspace) -> None:
    sent = client.post("/v1/imports", {"file": csv_file()}, headers=key("ingest")).json()
    theirs = key("admin", other_workspace)
    problem(client.get(f"/v1/imports/{sent['id']}", headers=theirs), 404)
    problem(client.get("/v1/imports/9223372036854775807", headers=theirs), 404)
    problem(client.get("/v1/imports/99999999999999999999", headers=theirs), 422)
    assert client.get("/v1/pain-points", headers=theirs).json()["pain_points"] == []


def test_files_that_cannot_be_used(client, key, workspace, settings) -> None:
    headers = key("ingest")
    problem(client.post("/v1/imports", {"other": csv_file()}, headers=headers), 400)
    problem(client.post("/v1/imports", b"{}", content_type="application/json", headers=headers), 400)
    problem(client.post("/v1/imports", b"x", content_type="multipart/form-data", headers=headers), 400)
    zero = SimpleUploadedFile("a.xlsx", b"PK\x03\x04not a workbook")
    assert problem(client.post("/v1/imports", {"file": zero}, headers=headers), 422)["code"]
    for columns in ("[]", "{", "nope", '{"text": "no such column"}'):
        body = problem(client.post("/v1/imports", {"file": csv_file(), "columns": columns}, headers=headers), 422)
        assert body["detail"]
    settings.BALM_UPLOAD_BYTES = 20
    assert problem(client.post("/v1/imports", {"file": csv_file()}, headers=headers), 413)["limit"] == 20
    assert not workspace.imports.exclude(state="checking").exists()


def test_columns_can_be_named(client, key, workspace) -> None:
    text = "a,b\nThe lamp arrived broken,1\nVery good lamp indeed,5\n"
    sent = client.post("/v1/imports", {"file": csv_file(text), "columns": '{"text": "a"}'}, headers=key("ingest"))
    assert sent.status_code == 201, sent.content
    assert workspace.imports.get().columns["text"] == "a"


def test_the_description_is_whole_and_needs_no_key(client) -> None:
    described = client.get("/v1/openapi.json").json()
    assert set(described["paths"]) == {
        "/v1/pain-points",
        "/v1/pain-points/{theme_id}",
        "/v1/imports",
        "/v1/imports/{import_id}",
        "/v1/measurements",
        "/v1/experiments/{key}/assignment",
        "/v1/experiments/{key}/exposures",
        "/v1/experiments/{key}/outcomes",
    }
    problem(client.get("/v1/docs"), 404)
    problem(client.post("/v1/nothing"), 404)


def test_uploads_without_a_key_are_not_even_read(client, workspace, data_folder: Path) -> None:
    client.post("/v1/imports", {"file": csv_file("x" * 100_000)})
    assert not list((data_folder / "uploads").glob("*")) if (data_folder / "uploads").exists() else True
