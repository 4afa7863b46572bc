"""What somebody did to the database by hand, as --from-database writes it down.

A case is a file of the folder `hotfixes`: what the SQL files make, and what was done by hand. The
file that is written must make of the one the other, on this database and on a fresh one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.db

CASES = sorted((Path(__file__).parent / "hotfixes").glob("*.sql"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_file_makes_what_was_made_by_hand(case: Path, project, server) -> None:
    made, by_hand = case.read_text(encoding="utf-8").split("-- by hand\n")
    project.write("001_made", f"BEGIN;\n{made}COMMIT;\n")
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute(by_hand)
    drafted = project.run("sqlmigrate_create", "ByHand", "--from-database")
    assert drafted.code == 0, (drafted.out, drafted.err)
    again = project.run("schema_diff", "--from", "migrations", "--to", "database")
    assert again.code == 0, again.out
    back = project.run("schema_diff", "--from", "migrations@001", "--to", "migrations")
    assert back.code == 1, back.out
