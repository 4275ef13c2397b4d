"""A workspace knows whether its company is simulated."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_audit_guard")]
    operations = [
        migrations.AddField(
            model_name="workspace", name="simulated", field=models.BooleanField(default=False, editable=False)
        )
    ]
