"""A migration's page: its file, header, statements, and what was applied of it."""

from __future__ import annotations

import hashlib

import pytest

pytestmark = [pytest.mark.db, pytest.mark.django_db]

PAGE = "/admin/schema_tools/appliedmigration/migration/"
HEADER = """
-- Migration: 001_first.sql
-- Author: Ann <ann@example.com>
-- Purpose: <script>alert("purpose")</script>
"""


def show(client, project, version):
    response = client.get(PAGE, {"database": project.alias, "version": version})
    assert response.status_code == 200
    return response.text


def test_the_file_is_shown_with_header_statements_and_checksums(client, project, moderator):
    up = "CREATE TABLE first (id int);\nCOMMENT ON TABLE first IS '<b>bold</b>';"
    file = project.write("001_first", up, "DROP TABLE first;", header=HEADER)
    project.apply()
    text = show(client, project, "001_first")
    assert text.count(hashlib.sha256(file.read_bytes()).hexdigest()) == 2
    assert "<dt>Author</dt><dd>Ann &lt;ann@example.com&gt;</dd>" in text
    assert '<a href="#L6">line 6</a> <code>CREATE TABLE first (id int)</code>' in text
    assert '<a href="#L10">line 10</a> <code>DROP TABLE first</code>' in text
    assert '<li id="L6">CREATE TABLE first (id int);</li>' in text
    assert "in one transaction" in text
    for hostile in ("<script>alert", "<b>bold"):
        assert hostile not in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text


def test_a_pending_file_has_no_row(client, three, moderator):
    text = show(client, three, "002_second")
    assert '<span class="state pending">pending</span>' in text
    assert "Checksum when applied" not in text
    assert "The file has no rollback part." in text


def test_a_changed_file_is_shown_with_the_change(client, project, moderator):
    before = project.write("001_first", "CREATE TABLE first (id int);").read_bytes()
    project.apply()
    after = project.write("001_first", "CREATE TABLE first (id bigint);").read_bytes()
    text = show(client, project, "001_first")
    for content in (before, after):
        assert hashlib.sha256(content).hexdigest() in text
    assert '<span class="removed">-CREATE TABLE first (id int);</span>' in text
    assert '<span class="added">+CREATE TABLE first (id bigint);</span>' in text
    assert "the file was changed after it had been applied" in text


def test_without_a_file_the_applied_text_is_shown(client, project, moderator):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()
    (project.folder / "001_first.sql").unlink()
    text = show(client, project, "001_first")
    assert "Text as it was applied" in text
    assert "CREATE TABLE first (id int);" in text
    assert "there is no usable file" in text
    assert "its file is not there" in text


def test_a_change_of_which_nobody_kept_the_text_has_no_diff(client, project, moderator):
    project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()
    project.database.execute("DROP TABLE schema_migration_events")
    project.write("001_first", "CREATE TABLE first (id bigint);")
    text = show(client, project, "001_first")
    assert "the file was changed" in text
    assert "Changed since it was applied" not in text


def test_a_failure_is_shown_with_the_servers_words(client, project, moderator):
    project.write("001_first", "SELECT 1/0;")
    project.apply()
    text = show(client, project, "001_first")
    assert "<code>division by zero</code> (SQLSTATE 22012)" in text
    assert "0 of 1 statements done; statement 1 failed" in text


def test_an_applied_file_that_broke_is_named_with_its_line(client, project, moderator):
    file = project.write("001_first", "CREATE TABLE first (id int);")
    project.apply()
    file.write_text("SELECT 'open;")
    text = show(client, project, "001_first")
    assert '<span class="state broken">broken</span>' in text
    assert "001_first.sql:1</code>:" in text


def test_a_problem_of_a_file_whose_name_ends_alike_is_not_shown(client, project, moderator):
    for version in ("004_first", "1004_first"):
        project.write(version, "SELECT 1;")
    assert "numbers 5 to 1003 are missing" in show(client, project, "1004_first")
    assert "are missing" not in show(client, project, "004_first")


def test_out_of_order_names_the_highest_that_is_applied(client, project, moderator):
    for version in ("001_first", "002_second", "003_third"):
        project.write(version, f"CREATE TABLE {version[4:]} (id int);")
    project.apply()
    project.database.execute("DELETE FROM schema_migrations WHERE version = '002_second'")
    text = show(client, project, "002_second")
    assert "it is pending, though 003_third with a higher number is applied already" in text


def test_an_irreversible_file_says_why(client, project, moderator):
    project.write("001_first", "SELECT 1;", header="-- Irreversible: the data is gone")
    assert "Irreversible: the data is gone" in show(client, project, "001_first")


def test_a_file_outside_a_transaction_says_so(client, project, moderator):
    (project.folder / "001_first.sql").write_text("-- Transaction: off\n-- UP\nVACUUM;\n")
    assert "one by one, without a transaction" in show(client, project, "001_first")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"database": "scratch_test"},
        {"database": "scratch_test", "version": "009_none"},
        {"database": "no_such_alias", "version": "001_first"},
    ],
)
def test_what_does_not_exist_is_not_found(client, three, moderator, query):
    assert client.get(PAGE, query).status_code == 404


def test_with_wrong_settings_nothing_is_found(client, moderator, settings):
    settings.SCHEMA_TOOLS = {"NO_SUCH_KEY": 1}
    assert client.get(PAGE, {"database": "default", "version": "001"}).status_code == 404


def test_an_unreachable_database_is_said(client, nowhere, moderator):
    response = client.get(PAGE, {"database": nowhere, "version": "001_first"})
    assert response.status_code == 200
    assert "cannot be reached" in response.text
    assert "not to be seen" not in response.text
