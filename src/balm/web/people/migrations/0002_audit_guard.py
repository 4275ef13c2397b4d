"""The database itself refuses to change or remove a row of the audit trail."""

from typing import Any

from django.db import migrations

from balm.web.people import guard


def forwards(apps: Any, schema_editor: Any) -> None:
    guard.install(schema_editor.connection)


def backwards(apps: Any, schema_editor: Any) -> None:
    guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
