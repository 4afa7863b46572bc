"""What no module of models imports, an index that a job makes, and a model without a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import connections, migrations, models

ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
INDEX = "CREATE INDEX visit_page_length ON shop_visit (length(page))"


def start_job(job: Callable[..., None], **arguments: Any) -> None:
    """Run something at once, where others have a worker for it."""
    job(**arguments)


def make_index(alias: str) -> None:
    """Run the SQL."""
    with connections[alias].cursor() as cursor:
        cursor.execute(INDEX)


def forwards(_apps, schema_editor) -> None:
    """Leave the work to a job."""
    start_job(make_index, alias=schema_editor.connection.alias)


class Migration(migrations.Migration):
    """Written by makemigrations, but for the job."""

    dependencies: ClassVar = [("shop", "0002_sort_paths_by_bytes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Visit", fields=[("id", ID.clone()), ("page", models.TextField())]
        ),
        migrations.CreateModel(
            name="Rights",
            fields=[("id", ID.clone())],
            options={"managed": False, "default_permissions": ()},
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
