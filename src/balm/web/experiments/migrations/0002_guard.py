"""The database itself refuses to change or remove what was registered and found."""

from typing import Any

from django.db import migrations

from balm.web.experiments import guard


def forwards(apps: Any, schema_editor: Any) -> None:
    guard.install(schema_editor.connection)


def backwards(apps: Any, schema_editor: Any) -> None:
    guard.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("experiments", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
