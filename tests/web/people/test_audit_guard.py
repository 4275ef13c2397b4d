"""The database itself refuses to change the audit trail, whatever SQL asks for."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import DatabaseError, connection, transaction

from balm.web.people import guard, selectors
from balm.web.people.audit import record
from balm.web.people.models import AuditEntry


def refused(sql: str, *values: object) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except DatabaseError as error:
        assert guard.REFUSED in str(error)
        return True
    return False


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE people_auditentry SET actor_name = 'nobody'",
        "UPDATE people_auditentry SET actor_name = 'nobody' WHERE id = %s",
        "DELETE FROM people_auditentry",
        "DELETE FROM people_auditentry WHERE id = %s",
    ],
)
def test_no_row_is_changed_or_removed(workspace, sql: str) -> None:
    row = record(workspace, "somebody", "test.act", "x")
    assert refused(sql, *([row.pk] if "%s" in sql else []))
    assert AuditEntry.objects.get(pk=row.pk).actor_name == "somebody"


def test_no_row_is_replaced(workspace) -> None:
    row = record(workspace, "somebody", "test.act", "x")
    values = "(id, actor_name, action, target, detail, created) VALUES (%s, 'nobody', 'a', '', '{}', '2026-01-01')"
    if connection.vendor == "sqlite":
        assert refused(f"INSERT OR REPLACE INTO people_auditentry {values}", row.pk)
    else:
        tail = "ON CONFLICT (id) DO UPDATE SET actor_name = 'nobody'"
        assert refused(f"INSERT INTO people_auditentry {values} {tail}", row.pk)
        assert refused("TRUNCATE people_auditentry")
    assert AuditEntry.objects.get(pk=row.pk).actor_name == "somebody"


def test_the_orm_is_refused_too(workspace) -> None:
    row = record(workspace, "somebody", "test.act", "x")
    for change in (row.delete, lambda: AuditEntry.objects.filter(pk=row.pk).update(action="b")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_rows_outlive_the_workspace_and_the_person(workspace, member) -> None:
    user = member("analyst")
    row = record(workspace, user, "test.act", "x")
    workspace.delete()
    user.delete()
    assert AuditEntry.objects.get(pk=row.pk).actor_name == "analyst@lamps.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", [1, 2])
def test_tests_with_real_transactions_start_empty(round: int) -> None:
    assert not AuditEntry.objects.exists()
    record(None, "somebody", "test.act", str(round))
    assert refused("DELETE FROM people_auditentry")


def test_the_page_filters_and_pages(workspace, other_workspace, client_of) -> None:
    for number in range(60):
        record(workspace, "ann" if number % 2 else "bob", "import.add" if number % 3 else "import.take_back", number)
    record(other_workspace, "ann", "import.add", "foreign-target")
    client = client_of("owner")
    address = "/w/lamps/settings/audit"
    page = client.get(address).content.decode()
    assert page.count("<time ") == 50
    assert "foreign-target" not in page
    assert client.get(f"{address}?page=2").content.decode().count("<time ") == 10
    assert client.get(f"{address}?actor=ann&action=import.take_back").content.decode().count("<time ") == 10
    assert client.get(f"{address}?since=2999-01-01").content.decode().count("<time ") == 0
    assert client.get(f"{address}?since=nonsense&page=x&action=nothing").status_code == 200


def test_the_file_holds_the_filtered_rows_and_no_formula(workspace, other_workspace, client_of) -> None:
    record(workspace, "=cmd|' /C calc'!A0", "import.add", "+1", note="@SUM(A1)")
    record(workspace, "bob", "import.add", "\t=2+2")
    record(workspace, "bob", "team.add", "plain")
    record(other_workspace, "eve", "import.add", "foreign")
    answer = client_of("manager").get("/w/lamps/settings/audit.csv?action=import")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert head == list(selectors.HEAD)
    assert sorted(row[1] for row in rows) == ["'=cmd|' /C calc'!A0", "bob"]
    assert all(not cell.lstrip().startswith(("=", "+", "@", "-")) for row in rows for cell in row)


def test_only_those_who_lead_may_read_it(client_of, other_workspace) -> None:
    for page in ("audit", "audit.csv"):
        assert client_of("analyst").get(f"/w/lamps/settings/{page}").status_code == 403
        assert client_of("owner", other_workspace).get(f"/w/lamps/settings/{page}").status_code == 404
