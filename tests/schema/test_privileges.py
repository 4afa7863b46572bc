"""Privileges, settings and foreign servers: what is read of them, and what never is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schema_tools.conf import Settings
from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.postgres.introspect import read_schema
from schema_tools.postgres.scratch import open_scratch
from schema_tools.postgres.session import open_connection
from schema_tools.schema.diff import UNSEEN, diff, differing_aspects
from schema_tools.schema.drafting.script import script
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Change, Schema
from schema_tools.schema.parts.fdw_options import altered, caution, created
from schema_tools.schema.parts.name_free import in_this_database, named
from schema_tools.schema.parts.privileges import grants, revokes

SCHEMAS = ("public", "app")


@pytest.fixture
def connection(alias: str) -> Iterator:
    """An empty database, open."""
    with open_scratch(alias, Settings()) as scratch, scratch.create().connect() as connection:
        yield connection


@pytest.fixture
def reader(server) -> Iterator[str]:
    """A role that may connect, and nothing else."""
    server.execute("DROP ROLE IF EXISTS only_reader")
    server.execute("CREATE ROLE only_reader LOGIN")
    yield "only_reader"
    server.execute("DROP ROLE only_reader")


def names(schema: Schema, kind: str) -> set[str]:
    return {key.name for key in schema.objects if key.kind == kind}


def test_a_grant_is_the_difference_of_two_sets_of_privileges() -> None:
    before = ("DELETE", "INSERT WITH GRANT OPTION", "SELECT", "UPDATE WITH GRANT OPTION")
    after = ("INSERT", "SELECT WITH GRANT OPTION", "TRUNCATE", "UPDATE WITH GRANT OPTION")
    assert list(revokes(before, after, "TABLE t", "r")) == [
        "REVOKE DELETE ON TABLE t FROM r",
        "REVOKE GRANT OPTION FOR INSERT ON TABLE t FROM r",
    ]
    assert list(grants(before, after, "TABLE t", "r")) == [
        "GRANT TRUNCATE ON TABLE t TO r",
        "GRANT SELECT ON TABLE t TO r WITH GRANT OPTION",
    ]
    assert list(grants((), ("INSERT", "SELECT"), "TABLE t", "r", columns="(a, b)")) == [
        "GRANT INSERT (a, b), SELECT (a, b) ON TABLE t TO r"
    ]
    assert not [*grants(before, before, "TABLE t", "r"), *revokes(before, before, "TABLE t", "r")]


def test_options_are_added_set_and_dropped() -> None:
    before, after = ("a=1", "b=x=y", "password=(hidden)"), ("b=it's", "c=3", "password=(hidden)")
    assert created(after) == " OPTIONS (b 'it''s', c '3')"
    assert altered(before, after) == " OPTIONS (DROP a, SET b 'it''s', ADD c '3')"
    assert altered(before, before) == ""
    assert caution(before, after) == ""
    assert "password" in caution((), after)


@pytest.mark.parametrize("statement", ["ALTER DATABASE %I SET a TO 'it''s $$ 100%%'", "X %I"])
def test_a_statement_about_this_database_is_known_again(statement: str) -> None:
    expected = statement.replace("%I", '"odd DB"').replace("%%", "%")
    assert named(in_this_database(statement), "odd DB") == expected


@pytest.mark.db
def test_whoever_runs_the_migrations_has_no_name(connection) -> None:
    connection.execute(
        """
        CREATE TABLE t (i int);
        REVOKE INSERT ON t FROM CURRENT_USER;
        ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
        CREATE FOREIGN DATA WRAPPER w;
        CREATE SERVER s FOREIGN DATA WRAPPER w;
        CREATE USER MAPPING FOR CURRENT_USER SERVER s;
        """
    )
    me = connection.info.user
    mine = read_schema(connection, SCHEMAS, runners=(me,))
    assert names(mine, "default_privilege") == {"tables of CURRENT_USER to PUBLIC"}
    assert Key("grant", "public", "t", "CURRENT_USER") in mine
    assert names(mine, "user_mapping") == {"CURRENT_USER on s"}
    assert {getattr(each, "owner", None) for each in mine.objects.values()} <= {
        None,
        "pg_database_owner",
    }
    theirs = read_schema(connection, SCHEMAS)
    assert Key("grant", "public", "t", me) in theirs
    assert theirs.objects[Key("foreign_server", "", "", "s")].owner == me


@pytest.mark.db
def test_privileges_of_several_runners_are_one(connection, reader: str) -> None:
    """The live runner is nobody else in a replay, though another role made the table."""
    connection.execute(f"CREATE TABLE t (i int); GRANT SELECT, UPDATE ON t TO {reader}")
    runners = (connection.info.user, reader)
    found = read_schema(connection, SCHEMAS, runners=runners)
    assert not [key for key in found.objects if key.kind == "grant" and key.table]
    connection.execute(f"DROP OWNED BY {reader}")


@pytest.mark.db
def test_a_new_database_has_no_privileges_to_speak_of(connection) -> None:
    found = read_schema(connection, SCHEMAS)
    assert names(found, "grant") == set()
    connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    found = read_schema(connection, SCHEMAS)
    key = Key("grant", "", "", "schema public to PUBLIC")
    assert found.objects[key].privileges == ("CREATE", "USAGE")
    assert kinds()["grant"].severity(found.objects[key], "extra") is Severity.INFO
    assert kinds()["grant"].severity(found.objects[key], "missing") is Severity.CRITICAL


@pytest.mark.db
def test_what_an_extension_grants_is_its_own(connection) -> None:
    connection.execute("CREATE EXTENSION pg_stat_statements")
    assert names(read_schema(connection, SCHEMAS), "grant") == set()
    connection.execute("GRANT SELECT ON pg_stat_statements_info TO pg_monitor")
    connection.execute("REVOKE SELECT ON pg_stat_statements FROM PUBLIC")
    found = read_schema(connection, SCHEMAS)
    assert {(key.table, key.name) for key in found.objects if key.kind == "grant"} == {
        ("pg_stat_statements_info", "pg_monitor"),
        ("pg_stat_statements", "PUBLIC"),
    }


SECRETS = """
CREATE FOREIGN DATA WRAPPER w OPTIONS (secret_token 's3cret');
CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (passfile 's3cret', sslkey 'k', host 'h');
CREATE USER MAPPING FOR PUBLIC SERVER s
    OPTIONS (user 'u', password 's3cret', sslpassword 's3cret');
CREATE FOREIGN TABLE t (i int OPTIONS (a 'b')) SERVER s OPTIONS (api_key 's3cret', a 'b');
CREATE PUBLICATION p;
CREATE SUBSCRIPTION sub CONNECTION 'dbname=x password=s3cret' PUBLICATION p
    WITH (connect = false, slot_name = NONE);
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET my.encryption_key = ''s3cret''', current_database());
    EXECUTE format('ALTER DATABASE %I SET my.password = ''s3cret''', current_database());
    EXECUTE format('ALTER DATABASE %I SET my.monkey = ''b''', current_database());
END $$;
"""


@pytest.mark.db
def test_no_secret_is_read(connection) -> None:
    connection.execute(SECRETS.encode())
    found = read_schema(connection, SCHEMAS)
    connection.execute("ALTER SUBSCRIPTION sub DISABLE; DROP SUBSCRIPTION sub")
    assert not [each for each in found.objects.values() if "s3cret" in repr(each)]
    assert found.objects[Key("foreign_server", "", "", "s")].options == (
        "host=h",
        "passfile=(hidden)",
        "sslkey=k",
    )
    assert found.objects[Key("setting", "", "", "my.monkey")].value == "b"
    changes = [Change(key, None, each) for key, each in found.objects.items()]
    written = script(changes, Schema(), found)
    assert "password" in written.caution
    assert "my.encryption_key" in written.caution
    assert "connection string" in written.caution
    assert not written.safe


@pytest.mark.db
def test_a_role_with_nothing_but_connect_sees_all_but_options(connection, reader: str) -> None:
    connection.execute(SECRETS.encode())
    connection.execute(f"CREATE USER MAPPING FOR {reader} SERVER s OPTIONS (user 'me')")
    connection.execute(f"GRANT SELECT ON t TO {reader}")
    params = {"host": connection.info.host, "port": connection.info.port, "user": reader}
    with open_connection({**params, "dbname": connection.info.dbname}, what="it") as theirs:
        seen = read_schema(theirs, SCHEMAS)
    everything = read_schema(connection, SCHEMAS)
    connection.execute("ALTER SUBSCRIPTION sub DISABLE; DROP SUBSCRIPTION sub")
    connection.execute(f"DROP OWNED BY {reader}")
    assert diff(everything, seen) == ()
    mapping = Key("user_mapping", "", "", "PUBLIC on s")
    assert seen.objects[mapping].options == UNSEEN
    assert [what for what, _reason in seen.not_seen if "user mapping" in what] == [
        "options of the user mapping for PUBLIC on s",
        "options of the user mapping for only_reader on s",
    ]
    assert differing_aspects(seen.objects[mapping], everything.objects[mapping]) == ()
    lost = script([Change(mapping, None, seen.objects[mapping])], Schema(), seen)
    assert (lost.statements, lost.safe) == ((), False)


@pytest.mark.db
def test_a_subscription_is_altered_but_never_made(connection) -> None:
    create = (
        "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p, q"
        " WITH (connect = false, slot_name = NONE)"
    )
    connection.execute(create)
    key = Key("subscription", "", "", "sub")
    before = read_schema(connection, SCHEMAS)
    connection.execute("ALTER SUBSCRIPTION sub SET PUBLICATION r WITH (refresh = false)")
    connection.execute(
        "ALTER SUBSCRIPTION sub SET (binary = true, streaming = on, slot_name = 'slot',"
        " disable_on_error = true, synchronous_commit = 'local')"
    )
    connection.execute("COMMENT ON SUBSCRIPTION sub IS 'it is'")
    connection.execute("ALTER SUBSCRIPTION sub ENABLE")
    after = read_schema(connection, SCHEMAS)
    try:
        (change,) = diff(after, before)
        assert change.key == key
        for statement in script([change], after, before).statements:
            connection.execute(statement.encode())
        assert diff(read_schema(connection, SCHEMAS), before) == ()
    finally:
        connection.execute("ALTER SUBSCRIPTION sub DISABLE")
        connection.execute("ALTER SUBSCRIPTION sub SET (slot_name = NONE)")
        connection.execute("DROP SUBSCRIPTION sub")
    made = script([Change(key, None, before.objects[key])], Schema(), before)
    assert (made.statements, made.safe) == ((), False)
    gone = script([Change(key, before.objects[key], None)], before, Schema())
    assert (gone.statements, gone.safe) == (("DROP SUBSCRIPTION sub",), False)
    assert kinds()["subscription"].severity(before.objects[key], "extra") is Severity.INFO


@pytest.mark.db
def test_security_labels_are_read_without_their_provider(connection) -> None:
    connection.execute(
        """
        CREATE TABLE t (i int);
        INSERT INTO pg_seclabel VALUES
            ('t'::regclass, 'pg_class'::regclass, 0, 'dummy', 'top'),
            ('t'::regclass, 'pg_class'::regclass, 1, 'dummy', 'it''s'),
            ('public'::regnamespace, 'pg_namespace'::regclass, 0, 'dummy', 'low');
        """
    )
    found = read_schema(connection, SCHEMAS)
    labels = {key: each for key, each in found.objects.items() if key.kind == "security_label"}
    changes = [Change(key, None, each) for key, each in labels.items()]
    assert {key.table for key in labels} == {"", "t"}
    assert set(script(changes, Schema(), found).statements) == {
        "SECURITY LABEL FOR dummy ON TABLE public.t IS 'top'",
        "SECURITY LABEL FOR dummy ON COLUMN public.t.i IS 'it''s'",
        "SECURITY LABEL FOR dummy ON SCHEMA public IS 'low'",
    }
    key = Key("security_label", "public", "t", "dummy on table public.t")
    assert script([Change(key, labels[key], None)], found, Schema()).statements == (
        "SECURITY LABEL FOR dummy ON TABLE public.t IS NULL",
    )
