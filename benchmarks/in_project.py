"""What is done with a generated project by Django itself; run in the project's folder.

``files`` writes the SQL of its models as migration files, ``create`` makes the tables with
Django's schema editor, a statement at a time.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.db import connection

from schema_tools.django_models.collect import collect_sql, models_for

STATEMENTS_OF_A_FILE = 400


def write_files(folder: Path) -> None:
    """Write NNN_part.sql files of so many statements each."""
    folder.mkdir(exist_ok=True)
    collected = collect_sql(connection, models_for("default"))
    statements = [text for model in collected for text in model.statements]
    for number, part in enumerate(_parts(statements), 1):
        text = "\n".join(part)
        path = folder / f"{number:03}_part_{number}.sql"
        path.write_text(f"BEGIN;\n{text}\nCOMMIT;\n", encoding="utf-8")


def _parts(statements: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(statements), STATEMENTS_OF_A_FILE):
        yield statements[start : start + STATEMENTS_OF_A_FILE]


def create_tables() -> None:
    """Make all tables; in one transaction, many tables would need more locks than there are."""
    with connection.schema_editor(atomic=False) as editor:
        for model in models_for("default"):
            editor.create_model(model)


if __name__ == "__main__":
    sys.path.insert(0, str(Path.cwd()))
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    django.setup()
    if sys.argv[1] == "files":
        write_files(Path("migrations_sql"))
    else:
        create_tables()
