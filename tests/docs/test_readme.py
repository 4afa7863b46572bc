"""The README's sample is what the program prints."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

README = Path(__file__).resolve().parents[2] / "README.md"


def normalised(text: str) -> str:
    """Return a report without what another server says otherwise: its name and version."""
    return re.sub(r"Schema of \w+ \(PostgreSQL [\d.]+\)", "Schema of DATABASE", text)


@pytest.mark.db
def test_the_sample_is_what_validate_schema_prints(database, alias: str) -> None:
    shown = README.read_text(encoding="utf-8").split("$ python manage.py validate_schema\n")[1]
    call_command("sqlmigrate_apply", database=alias, noinput=True, verbosity=0)
    call_command("migrate", database=alias, verbosity=0)
    database.execute("ALTER TABLE users ALTER COLUMN email TYPE varchar(100)")
    out = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("validate_schema", database=alias, stdout=out)
    assert caught.value.returncode == 1
    assert normalised(shown.split("```")[0]) == normalised(out.getvalue())
