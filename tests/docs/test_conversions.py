"""The loops of the page on adoption turn other tools' files into ones that can be used."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from schema_tools.history.directory import Directory, read_directory
from tests.docs.pages import DOCS, blocks

pytestmark = pytest.mark.process

FILES = {
    "dbmate": {
        "db/migrations/20240101000000_initial.sql": (
            "-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\nDROP TABLE users;\n"
        ),
        "db/migrations/20240102000000_add_phone.sql": (
            "-- migrate:up\nALTER TABLE users ADD phone text;\n"
            "-- migrate:down\nALTER TABLE users\n    DROP phone;\n"
        ),
    },
    "golang-migrate": {
        "migrations/000001_initial.up.sql": "CREATE TABLE users (id int);\n",
        "migrations/000001_initial.down.sql": "DROP TABLE users;\n",
        "migrations/000002_add_phone.up.sql": "ALTER TABLE users ADD phone text;\n",
        "migrations/000002_add_phone.down.sql": "ALTER TABLE users\n    DROP phone;\n",
    },
    "flyway": {
        "sql/V1__Initial.sql": "CREATE TABLE users (id int);\n",
        "sql/V2.1__Add-phone.sql": "ALTER TABLE users ADD phone text;\n",
        "sql/V10__Add_Second_Phone.sql": "ALTER TABLE users ADD second_phone text;\n",
    },
}
VERSIONS = {
    "dbmate": ["20240101000000_initial", "20240102000000_add_phone"],
    "golang-migrate": ["000001_initial", "000002_add_phone"],
    "flyway": ["001_initial", "002_add_phone", "003_add_second_phone"],
}


def converted(tool: str, folder: Path) -> Directory:
    """Return the folder that a tool's files become by the loop of the page."""
    for name, text in FILES[tool].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (loop,) = [
        block.text
        for block in blocks(DOCS / "adoption.md")
        if (block.note, block.place) == ("conversion", tool)
    ]
    subprocess.run(["bash", "-euc", loop], cwd=folder, check=True)
    return read_directory(folder / "migrations_sql")


@pytest.mark.parametrize("tool", FILES)
def test_all_files_can_be_used_and_keep_their_order(tool: str, tmp_path: Path) -> None:
    directory = converted(tool, tmp_path)
    assert directory.problems == ()
    assert [each.version for each in directory.migrations] == VERSIONS[tool]


@pytest.mark.parametrize("tool", ["dbmate", "golang-migrate"])
def test_the_way_back_is_kept(tool: str, tmp_path: Path) -> None:
    first, second = converted(tool, tmp_path).migrations
    assert [statement.text for statement in first.down.statements] == ["DROP TABLE users"]
    assert [statement.text for statement in second.down.statements] == [
        "ALTER TABLE users\n    DROP phone"
    ]
    assert [statement.verb for statement in first.up.statements] == ["CREATE TABLE"]
