"""What tests of `sqlmigrate_squash` share: files, and short words for what is done with them."""

from __future__ import annotations

from pathlib import Path

USERS = """\
-- ==========================================
-- Migration: 001_users.sql
-- Author: Jo
-- Date: 2026-01-31
-- Purpose: People, and a function with "quotes"
-- Dependencies: none
-- ==========================================

-- FORWARD MIGRATION (UP)
BEGIN;
-- Everybody's table; it's here
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL DEFAULT 'a;b');
CREATE FUNCTION said(text) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    -- ROLLBACK MIGRATION (DOWN)
    RETURN 'it''s $1; -- no comment' || $$ COMMIT; $$ || $1;
END;
$body$;
INSERT INTO users VALUES (1, said('x')), (2, 'b');
COMMIT;

-- ROLLBACK MIGRATION (DOWN)
-- To rollback this migration manually:
-- DROP TABLE IF EXISTS users;
-- DROP FUNCTION said(text);
"""
ORDERS = """\
-- Migration: 002_orders.sql
-- Dependencies: 001_users.sql
SET lock_timeout = '3s';
BEGIN;
CREATE SCHEMA shop;
SET search_path TO shop, public;
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users);
INSERT INTO orders VALUES (1, 1), (2, 2), (3, 1);
COMMIT;
-- DOWN
-- SET search_path TO shop, public;
-- DROP TABLE orders;
-- DROP SCHEMA shop;
"""
EMAIL = """\
-- Migration: 003_email.sql
CREATE INDEX CONCURRENTLY users_email ON users (email);
CREATE TABLE notes (id bigint);
-- DOWN
-- DROP TABLE notes;
-- DROP INDEX CONCURRENTLY users_email;
"""
SAMPLE = {"001_users": USERS, "002_orders": ORDERS, "003_email": EMAIL}
LATER = "CREATE TABLE later (id bigint);\n-- DOWN\n-- DROP TABLE later;\n"
COMPARED = {"only": "migrations,database"}


def squashed(project, version: str = "3") -> Path:
    result = project.run("sqlmigrate_squash", version)
    assert result.code == 0, result.err
    (path,) = project.folder.glob(f"{int(version):03}_squashed.sql")
    return path


def take_away(project, *names: str) -> None:
    for name in names or SAMPLE:
        (project.folder / f"{name}.sql").unlink()


def run(project, command: str, *arguments: str, code: int = 0, **options) -> str:
    result = project.run(command, *arguments, **options)
    assert result.code == code, result.out + result.err
    return result.out + result.err


def counts(project) -> list[tuple]:
    return project.database.execute(
        "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM shop.orders)"
    )


def history(project) -> list[tuple]:
    return project.database.execute("SELECT * FROM schema_migrations ORDER BY id")


def fill(project) -> None:
    """Write the sample, the first file with the line ends of Windows."""
    for name, text in SAMPLE.items():
        project.write(name, text)
    path = project.folder / "001_users.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
