"""A database that was restored from its own dump is the same."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from schema_tools.postgres.introspect import read_schema
from schema_tools.schema.diff import diff

HERE = Path(__file__).parent
ROLES = ("reader", "writer", "clerk")
pytestmark = pytest.mark.db


def test_a_restored_dump_shows_no_finding(server, binaries, database, tmp_path: Path) -> None:
    for role in ROLES:
        server.execute(
            f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN END $$"
        )
    with database.connect() as connection:
        connection.execute((HERE / "schema.sql").read_bytes())
        connection.execute("INSERT INTO customers (email, name) VALUES ('a@b', 'Ann')")
        before = read_schema(connection, ("public", "app"))
    copy = f"{database.name}_copy"
    server.execute(f"CREATE DATABASE {copy} TEMPLATE template0")
    try:
        dump = program(binaries.folder / "pg_dump", database.params, database.name)
        program(
            binaries.folder / "psql", database.params, copy, "-v", "ON_ERROR_STOP=1", text=dump
        )
        with psycopg.connect(**{**database.params, "dbname": copy}, autocommit=True) as connection:
            after = read_schema(connection, ("public", "app"))
    finally:
        server.execute(f"DROP DATABASE {copy} WITH (FORCE)")
    assert diff(before, after) == ()


def program(path: Path, params: dict, name: str, *words: str, text: str = "") -> str:
    address = ["-h", params["host"], "-p", str(params["port"]), "-U", params["user"], "-d", name]
    done = subprocess.run(
        [path, *address, *words],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
