"""Rolling back: which files, in which order, and with whose consent."""

from __future__ import annotations

import io
import json
import os

import pytest

from schema_tools.management.commands.sqlmigrate_rollback import Command

pytestmark = pytest.mark.db


@pytest.fixture
def three(project):
    """Three applied files, each with a table."""
    for number, name in enumerate(("first", "second", "third"), start=1):
        project.write(
            f"{number:03}_{name}",
            f"CREATE TABLE {name} (id int);\n-- DOWN\n-- DROP TABLE {name};\n",
        )
    assert project.run("sqlmigrate_apply").code == 0
    return project


def roll_back(project, *arguments: str, **options: object):
    return project.run(
        "sqlmigrate_rollback", *arguments, "--noinput", "--allow-data-loss", **options
    )


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], ["001_first", "002_second"]),
        (["--steps", "2"], ["001_first"]),
        (["--steps", "9"], []),
        (["001_first"], ["001_first"]),
        (["1"], ["001_first"]),
        (["002"], ["001_first", "002_second"]),
        (["003_th"], ["001_first", "002_second", "003_third"]),
        (["zero"], []),
    ],
    ids=str,
)
def test_what_stays(three, arguments, left):
    result = roll_back(three, *arguments)
    assert result.code == 0, result.err
    assert three.applied() == left
    assert three.tables() == {version.partition("_")[2] for version in left}


def test_after_a_failure_no_other_file_is_undone_unasked(three):
    """Whoever types it then means the file that has failed, of which nothing is there."""
    three.write("004_fourth", "SELECT 1/0;")
    assert three.run("sqlmigrate_apply").code == 5
    result = roll_back(three)
    assert result.code == 2
    assert "the run of 004_fourth has failed and left nothing to roll back" in result.err
    again = f"manage.py sqlmigrate_rollback --steps 1 --database {three.alias}"
    assert f"To undo 003_third all the same: {again}" in result.err
    assert f"To run this plan: {again}" in three.run("sqlmigrate_rollback", "--plan").out
    assert three.tables() == {"first", "second", "third"}
    assert roll_back(three, "--steps", "1").code == 0
    (three.folder / "004_fourth.sql").unlink()
    assert roll_back(three).code == 0
    assert three.applied() == ["001_first"]


def test_the_last_applied_goes_first_whatever_its_number(three):
    three.write("005_fifth", "CREATE TABLE fifth (id int);\n-- DOWN\n-- DROP TABLE fifth;\n")
    three.write("004_fourth", "SELECT 1;")
    three.database.execute(
        "CREATE TABLE fifth (id int); INSERT INTO schema_migrations (version, name, checksum)"
        " VALUES ('005_fifth', 'fifth', '')"
    )
    three.write("004_fourth", "CREATE TABLE fourth (id int);\n-- DOWN\n-- DROP TABLE fourth;\n")
    assert three.run("sqlmigrate_apply").code == 2
    assert three.run("sqlmigrate_apply", "--allow-out-of-order").code == 0
    result = roll_back(three, "--steps", "2", format="json")
    assert [step["version"] for step in json.loads(result.out)["executed"]] == [
        "004_fourth",
        "005_fifth",
    ]


def test_nothing_to_roll_back_is_no_error(project):
    result = roll_back(project)
    assert result.code == 0
    assert "Nothing to roll back" in result.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT 1;\n", "it has no rollback part"),
        ("SELECT 1;\n-- DOWN\n-- Nothing can be done:\n", "it has no rollback part"),
        (
            "-- Irreversible: the mails are sent\nSELECT 1;\n-- DOWN\n-- DROP TABLE x;\n",
            "its header calls it irreversible: the mails are sent",
        ),
    ],
)
def test_an_irreversible_file_stops_the_rollback_before_anything_is_touched(three, text, words):
    three.write("004_last", text)
    three.write("005_fine", "SELECT 1;\n-- DOWN\n-- SELECT 1;\n")
    assert three.run("sqlmigrate_apply").code == 0
    result = roll_back(three, "003")
    assert result.code == 2
    assert words in result.out
    assert len(three.applied()) == 5


def test_a_rollback_part_that_was_lost_comes_back_with_the_semicolon(three):
    """An older version has applied the file, which is not applied any more as it stands."""
    text = "CREATE TABLE last (id int)\n-- DOWN\n-- DROP TABLE last;\n"
    three.write("004_last", text)
    result = three.run("sqlmigrate_apply")
    assert result.code == 2
    assert "004_last.sql:2: this heading begins no part" in result.out
    three.database.execute("CREATE TABLE last (id int)")
    assert three.run("sqlmigrate_apply", "--fake", "--noinput").code == 0
    assert three.run("sqlmigrate_status", "--check").code == 0
    result = roll_back(three)
    assert result.code == 2
    assert "sqlmigrate_resolve 004_last --accept-checksum" in result.out
    three.write("004_last", text.replace(")", ");"))
    assert three.run("sqlmigrate_resolve", "4", "--accept-checksum").code == 0
    assert roll_back(three).code == 0
    assert three.tables() == {"first", "second", "third"}


def test_a_changed_file_stops_its_rollback_but_no_other(three):
    three.write("001_first", "CREATE TABLE first (id bigint);\n-- DOWN\n-- DROP TABLE first;\n")
    assert roll_back(three).code == 0
    result = roll_back(three, "zero")
    assert result.code == 2
    assert "001_first.sql: the file was changed" in result.out
    assert three.applied() == ["001_first", "002_second"]


def test_a_missing_file_stops_its_rollback(three):
    (three.folder / "003_third.sql").unlink()
    result = roll_back(three)
    assert result.code == 2
    assert "003_third is applied in the database, but its file is not there" in result.out


def test_other_files_trouble_does_not_stop_a_rollback(three):
    (three.folder / "004_broken.sql").write_text("SELECT '")
    (three.folder / "001_first.sql").unlink()
    assert roll_back(three).code == 0
    assert three.applied() == ["001_first", "002_second"]


def test_a_broken_file_is_named_with_what_is_wrong_in_it(three):
    (three.folder / "003_third.sql").write_text("SELECT '")
    result = roll_back(three)
    assert result.code == 2
    assert "003_third.sql:1: " in result.out
    assert "never closed" in result.out


def test_a_pending_target_is_refused(three):
    three.write("004_later", "SELECT 1;")
    result = roll_back(three, "004")
    assert result.code == 2
    assert "004_later is not applied" in result.out


def test_a_concurrent_drop_in_a_transactional_rollback_is_refused(three):
    three.write(
        "004_index",
        "CREATE INDEX first_id ON first (id);\n-- DOWN\n-- BEGIN;\n"
        "-- DROP INDEX CONCURRENTLY first_id;\n-- COMMIT;\n",
    )
    three.database.execute(
        "INSERT INTO schema_migrations (version, name, checksum) VALUES ('004_index', '', '')"
    )
    result = roll_back(three)
    assert result.code == 2
    assert "004_index.sql:4: DROP INDEX CONCURRENTLY" in result.out


def test_a_plan_shows_the_statements_and_touches_nothing(three):
    result = three.run("sqlmigrate_rollback", "1", "--plan")
    assert result.code == 0
    assert result.out.index("DROP TABLE third;") < result.out.index("DROP TABLE second;")
    assert "DROP TABLE first;" not in result.out
    assert "WARNING: " in result.out
    assert "003_third.sql:3: drops a table: DROP TABLE third" in result.out
    command = f"manage.py sqlmigrate_rollback 1 --database {three.alias}"
    assert f"Nothing was touched. To run this plan: {command}" in result.out
    assert len(three.applied()) == 3


DOWNS = {
    "DROP TABLE first": "drops a table",
    "DROP SCHEMA s CASCADE": "drops a schema",
    "ALTER TABLE first DROP COLUMN id": "drops a column",
    "ALTER TABLE first DROP id": "drops a column",
    "ALTER TABLE first DROP IF EXISTS id": "drops a column",
    "ALTER TABLE first ALTER id TYPE smallint": "changes a column's type",
    "ALTER TABLE first ALTER COLUMN id SET DATA TYPE smallint": "changes a column's type",
    "DELETE FROM first": "deletes rows",
    "WITH x AS (SELECT 1) DELETE FROM first": "deletes rows",
    "WITH x AS (DELETE FROM first RETURNING 1) SELECT * FROM x": "changes rows",
    "UPDATE first SET id = 1": "overwrites rows",
    "TRUNCATE first": "empties a table",
    "DO $$ BEGIN DELETE FROM first; END $$": "may do anything",
    "DROP TYPE mood CASCADE": "drops what depends on it, too, columns included",
    "SELECT setval('s', 1)": "sets a sequence's position",
    "SELECT purge_users()": "runs purge_users(), which may do anything",
}


@pytest.mark.parametrize(("statement", "loss"), DOWNS.items(), ids=DOWNS)
def test_data_loss_needs_consent(three, statement, loss):
    three.write("004_lossy", f"SELECT 1;\n-- DOWN\n-- {statement};\n")
    assert three.run("sqlmigrate_apply").code == 0
    result = three.run("sqlmigrate_rollback", "--noinput")
    assert result.code == 2
    assert loss in result.err
    assert "004_lossy.sql:3 " in result.err
    assert "--allow-data-loss" in result.err
    assert "004_lossy" in three.applied()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP INDEX IF EXISTS i",
        "DROP VIEW IF EXISTS v",
        "ALTER TABLE first DROP CONSTRAINT IF EXISTS c",
        "ALTER TABLE first ALTER COLUMN id DROP DEFAULT, ALTER id DROP NOT NULL",
        "ALTER TABLE first ALTER id DROP IDENTITY IF EXISTS",
        "DROP FUNCTION IF EXISTS f()",
        "CREATE TABLE again (id int)",
    ],
)
def test_what_loses_no_data_needs_no_more_than_noinput(three, statement):
    three.write("004_harmless", f"SELECT 1;\n-- DOWN\n-- {statement};\n")
    assert three.run("sqlmigrate_apply").code == 0
    assert three.run("sqlmigrate_rollback", "--noinput").code == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 2), ("\n", 2), ("", 2)]
)
def test_a_person_is_asked_and_told_what_is_lost(three, monkeypatch, answer, code):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr(os, "environ", {**os.environ, "NO_COLOR": "1"})
    err = Terminal()
    command = Command(stdout=io.StringIO(), stderr=err)
    options = vars(command.create_parser("manage.py", "x").parse_args([]))
    options |= {"database": three.alias, "skip_checks": True}
    try:
        command.execute(**options)
        returned = 0
    except Exception as error:
        returned = error.returncode
    assert returned == code
    where = f"{three.database.name} on this machine, port "
    assert f"Roll back 003_third in {where}" in err.getvalue()
    assert "drops a table: DROP TABLE third" in err.getvalue()
    assert ("003_third" in three.applied()) == (code != 0)


def test_a_history_that_changed_after_the_consent_is_not_rolled_back(three):
    from schema_tools.errors import ConsentRefused
    from schema_tools.services.rollback import rollback

    def consent(_question) -> bool:
        three.database.execute("DELETE FROM schema_migrations WHERE version = '003_third'")
        return True

    with pytest.raises(ConsentRefused, match="another run has changed the history"):
        rollback(three.alias, consent=consent)
    assert three.tables() == {"first", "second", "third"}


def test_what_is_lost_is_counted(three):
    three.database.execute("ALTER TABLE second ADD COLUMN note text")
    three.database.execute("INSERT INTO second (note) VALUES ('a'), ('b'), (NULL)")
    down = "-- ROLLBACK MIGRATION (DOWN)\n-- "
    path = three.folder / "004_more.sql"
    statements = (
        "ALTER TABLE second DROP COLUMN note;",
        "DELETE FROM second;",
        "DROP TABLE gone;",
    )
    path.write_text(f"BEGIN;\nSELECT 1;\nCOMMIT;\n{down}{f'{chr(10)}-- '.join(statements)}\n")
    assert three.run("sqlmigrate_apply").code == 0
    refused = three.run("sqlmigrate_rollback", "--noinput")
    assert refused.code == 2
    assert "DROP COLUMN note (second.note: 2 values)" in refused.err
    assert "DELETE FROM second (second: 3 rows)" in refused.err
    assert "DROP TABLE gone\n" in refused.err, "what is not there loses nothing"
    assert "second.note: 2 values" in three.run("sqlmigrate_rollback", "--plan").out


def test_rows_that_go_with_others_are_counted(three):
    three.database.execute(
        "ALTER TABLE first ADD PRIMARY KEY (id); INSERT INTO first VALUES (1), (2);"
        "CREATE TABLE child (id int PRIMARY KEY, first int REFERENCES first ON DELETE CASCADE);"
        "CREATE TABLE grandchild (child int REFERENCES child);"
        "INSERT INTO child VALUES (1, 1); INSERT INTO grandchild VALUES (1), (1), (1)"
    )
    three.write(
        "004_more",
        """
        SELECT 1;
        -- ROLLBACK MIGRATION (DOWN)
        -- DELETE FROM first;
        -- TRUNCATE first CASCADE;
        """,
    )
    assert three.run("sqlmigrate_apply").code == 0
    refused = three.run("sqlmigrate_rollback", "--noinput").err
    child = "first: 2 rows; child: 1 row in a table that refers to it"
    assert f"DELETE FROM first ({child})" in refused
    grandchild = "grandchild: 3 rows in a table that refers to it"
    assert f"TRUNCATE first CASCADE ({child}; {grandchild})" in refused
