"""What tests of `sqlmigrate_resolve` share: how to look, and to settle."""

from __future__ import annotations

import json

BASE = "BEGIN; CREATE TABLE base (id int); COMMIT;\n-- DOWN\n-- DROP TABLE base;\n"
STEPS = """\
    -- Transaction: off
    CREATE TABLE one (id int);
    CREATE TABLE two (id int);
    SELECT 1 / count(*) FROM base;
    CREATE INDEX CONCURRENTLY two_id ON two (id);
"""


def look(project, version: str, *arguments: str, code: int = 0) -> dict:
    """Return what the command says to programs."""
    result = project.run("sqlmigrate_resolve", version, *arguments, format="json")
    assert result.code == code, result.err
    return json.loads(result.out)


def offers(document: dict) -> dict[str, str]:
    return {each["flag"]: each["deed"] for each in document["offers"]}


def doubts(document: dict, flag: str) -> list[int]:
    (offer,) = (each for each in document["offers"] if each["flag"] == flag)
    return [each["line"] for each in offer["doubts"]]


def state(project) -> list:
    """Return all that a settlement may change."""
    return [
        project.database.execute(f"SELECT * FROM {table} ORDER BY 1")
        for table in (
            "schema_migrations",
            "schema_migration_progress",
            "schema_migration_events",
        )
    ]


def refused(project, version: str, *arguments: str) -> str:
    """Return what a refusal says, having seen that nothing was touched."""
    before = state(project), project.tables(), sorted(project.folder.iterdir())
    result = project.run("sqlmigrate_resolve", version, *arguments)
    assert result.code == 2
    assert (state(project), project.tables(), sorted(project.folder.iterdir())) == before
    return result.out + result.err


def settle(project, version: str, *arguments: str) -> str:
    result = project.run("sqlmigrate_resolve", version, *arguments)
    assert result.code == 0, result.out + result.err
    return result.out


def last_event(project) -> tuple:
    ((*event,),) = project.database.execute(
        "SELECT event, version, reason, file_text, happened_by, fingerprint IS NOT NULL "
        "FROM schema_migration_events ORDER BY id DESC LIMIT 1"
    )
    return tuple(event)
