"""A file without a transaction fails half-way: its progress is kept, and the next run goes on."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.db

DUPLICATES = """\
    -- Transaction: off
    CREATE TABLE t (id int);
    INSERT INTO t VALUES (1), (1);
    CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);
    CREATE TABLE after (id int);
"""
ROLLBACK = """
    -- DOWN
    -- DROP TABLE after;
    -- DROP INDEX CONCURRENTLY t_id;
    -- DROP TABLE t;
"""


def invalid_indexes(project) -> list[str]:
    rows = project.database.execute(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
    )
    return [name for (name,) in rows]


def progress(project) -> list[tuple]:
    return project.database.execute(
        "SELECT version, direction, statements_done, statements_total, running_statement, "
        "sqlstate FROM schema_migration_progress"
    )


def test_progress_is_stored_and_the_next_run_goes_on_at_the_failed_statement(project):
    project.write("001_unique", DUPLICATES)
    result = project.run("sqlmigrate_apply")
    assert result.code == 5
    assert "statement 3 of 4" in result.err
    assert "statements 1 to 2 of 4 have taken effect" in result.err
    assert progress(project) == [("001_unique", "up", 2, 4, 3, "23505")]
    assert project.applied() == []
    assert invalid_indexes(project) == ["t_id"]

    project.database.execute("DELETE FROM t")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert invalid_indexes(project) == []
    assert project.tables() == {"t", "after"}
    assert project.applied() == ["001_unique"]
    assert progress(project) == []


def test_status_and_plan_show_where_it_goes_on(project):
    project.write("001_unique", DUPLICATES)
    project.run("sqlmigrate_apply")
    report = json.loads(project.run("sqlmigrate_status", format="json").out)
    assert report["ok"] is False
    assert report["migrations"]["failed"] == ["001_unique"]
    (row,) = report["history"]
    assert (row["state"], row["statements_done"], row["statements_total"]) == ("failed", 2, 4)
    (step,) = json.loads(project.run("sqlmigrate_apply", "--plan", format="json").out)["plan"]
    assert (step["statements_done"], step["transactional"]) == (2, False)


def test_what_failed_may_be_changed(project):
    project.write("001_unique", DUPLICATES)
    project.run("sqlmigrate_apply")
    project.write("001_unique", DUPLICATES.replace("UNIQUE INDEX", "INDEX"))
    assert project.run("sqlmigrate_apply").code == 0
    assert project.applied() == ["001_unique"]


def test_a_file_that_was_renamed_half_way_is_missed_under_its_name(project):
    project.write("001_unique", DUPLICATES)
    assert project.run("sqlmigrate_apply").code == 5
    path = project.folder / "001_unique.sql"
    renamed = path.rename(project.folder / "001_other.sql")
    project.database.execute("DELETE FROM t")
    for command, code in (("sqlmigrate_apply", 2), ("sqlmigrate_status", 0)):
        result = project.run(command)
        assert result.code == code
        assert "statements 1 to 2 have taken effect; its file is not there" in result.out
        assert "Put 001_unique.sql back under that name" in result.out
    renamed.rename(path)
    assert project.run("sqlmigrate_apply").code == 0
    assert project.applied() == ["001_unique"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(DUPLICATES.replace("(1), (1)", "(1), (2)"), id="a done statement"),
        pytest.param(DUPLICATES.replace("INSERT INTO t VALUES (1), (1);", ""), id="one less"),
        pytest.param("BEGIN; CREATE TABLE t (id int); COMMIT;", id="a transaction now"),
    ],
)
def test_a_change_of_what_is_done_is_refused(project, changed):
    project.write("001_unique", DUPLICATES)
    project.run("sqlmigrate_apply")
    project.write("001_unique", changed)
    before = progress(project)
    result = project.run("sqlmigrate_apply")
    assert result.code == 2
    assert "stopped after statement 2 of 4" in result.out
    assert progress(project) == before


def test_an_index_that_was_there_before_is_not_dropped(project):
    """The build fails because of it; that it is invalid does not make it ours."""
    project.database.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)")
    with project.database.connect() as connection, pytest.raises(Exception, match="duplicate"):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)")
    project.write("001_index", "CREATE INDEX CONCURRENTLY t_id ON t (id);")
    assert "42P07" in project.run("sqlmigrate_apply").err
    assert "42P07" in project.run("sqlmigrate_apply").err
    assert invalid_indexes(project) == ["t_id"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("CREATE INDEX CONCURRENTLY IF NOT EXISTS t_id ON t (id);", id="by itself"),
        pytest.param(
            "BEGIN; CREATE TABLE u (); CREATE INDEX IF NOT EXISTS t_id ON t (id); COMMIT;",
            id="in a transaction",
        ),
    ],
)
def test_if_not_exists_does_not_pass_over_an_invalid_index(project, text):
    """Somebody else has left it, or builds it: it is neither taken for ours nor dropped."""
    project.database.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)")
    with project.database.connect() as connection, pytest.raises(Exception, match="duplicate"):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)")
    project.write("001_index", text)
    for _again in range(2):
        result = project.run("sqlmigrate_apply")
        assert result.code == 5
        assert "an index public.t_id is there already, and it is invalid" in result.err
        assert "DROP INDEX CONCURRENTLY it by hand" in result.err
        assert invalid_indexes(project) == ["t_id"]
        assert project.tables() == {"t"}
    assert project.applied() == []
    project.database.execute("DROP INDEX t_id")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.applied() == ["001_index"]


def test_an_index_of_a_partitioned_table_alone_may_be_there_and_not_valid(project):
    project.database.execute(
        "CREATE TABLE p (id int) PARTITION BY RANGE (id);"
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);"
        "CREATE INDEX p_id ON ONLY p (id)"
    )
    project.write("001_index", "CREATE INDEX IF NOT EXISTS p_id ON ONLY p (id);")
    assert project.run("sqlmigrate_apply").code == 0


def test_only_the_index_of_the_failed_statement_is_dropped(project):
    """Names are quoted, the table is found by the search_path that the file has set."""
    project.database.execute(
        'CREATE SCHEMA s; CREATE TABLE s."T t" (id int); INSERT INTO s."T t" VALUES (1), (1);'
        "CREATE TABLE other (id int); INSERT INTO other VALUES (1), (1)"
    )
    with project.database.connect() as connection, pytest.raises(Exception, match="duplicate"):
        connection.execute('CREATE UNIQUE INDEX CONCURRENTLY "I""x" ON other (id)')
    project.write(
        "001_index",
        """\
        -- Transaction: off
        SET search_path = s;
        CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I""x" ON ONLY "T t" USING btree (id);
        """,
    )
    assert project.run("sqlmigrate_apply").code == 5
    assert sorted(invalid_indexes(project)) == ['"I""x"', 's."I""x"']
    project.database.execute('DELETE FROM s."T t"')
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert invalid_indexes(project) == ['"I""x"']
    assert project.database.execute(
        "SELECT indisvalid FROM pg_index WHERE indrelid = 's.\"T t\"'::regclass"
    ) == [(True,)]


def test_what_a_done_statement_set_holds_in_the_next_run(project):
    project.write(
        "001_path",
        """\
        -- Transaction: off
        CREATE SCHEMA s;
        SET search_path = s;
        SELECT 1 / count(*) FROM public.switch;
        CREATE TABLE here (id int);
        """,
    )
    project.database.execute("CREATE TABLE public.switch (id int)")
    assert project.run("sqlmigrate_apply").code == 5
    project.database.execute("INSERT INTO public.switch VALUES (1)")
    assert project.run("sqlmigrate_apply").code == 0
    assert project.database.execute(
        "SELECT schemaname FROM pg_tables WHERE tablename = 'here'"
    ) == [("s",)]


def test_a_rollback_without_a_transaction_goes_on_too(project):
    project.write("001_unique", DUPLICATES.replace("(1), (1)", "(1)") + ROLLBACK)
    assert project.run("sqlmigrate_apply").code == 0
    project.database.execute("DROP INDEX t_id")
    result = project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 5
    assert "statement 1 of 3 of the rollback of 001_unique has taken effect" in result.err
    assert project.applied() == ["001_unique"]
    refused = project.run("sqlmigrate_apply")
    assert refused.code == 2
    assert "sqlmigrate_rollback" in refused.out

    project.database.execute("CREATE INDEX t_id ON t (id)")
    result = project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 0, result.err
    assert project.applied() == []
    assert project.tables() == set()


def test_a_half_applied_file_stands_in_the_way_of_a_rollback(project):
    project.write("001_table", "CREATE TABLE a (id int);\n-- DOWN\n-- DROP TABLE a;\n")
    project.write("002_unique", DUPLICATES)
    assert project.run("sqlmigrate_apply").code == 5
    result = project.run("sqlmigrate_rollback", "--noinput", "--allow-data-loss")
    assert result.code == 2
    assert "sqlmigrate_apply" in result.out
    assert project.applied() == ["001_table"]


def test_a_commit_inside_a_procedure_works_where_the_file_has_no_transaction(project):
    project.write(
        "001_procedure",
        """\
        -- Transaction: off
        CREATE TABLE t (id int);
        CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2);
        END $$;
        CALL fill();
        DO $$ BEGIN INSERT INTO t VALUES (3); COMMIT; END $$;
        """,
    )
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute("SELECT count(*) FROM t") == [(3,)]


APP = """\
    -- Transaction: off
    CREATE SCHEMA app;
    {sets}
    CREATE TABLE one (id int);
    {again}CREATE TABLE two (id int PRIMARY KEY, x int REFERENCES public.missing);
    CREATE TABLE three (id int);
"""
IN_CODE = "DO $$ BEGIN PERFORM set_config('search_path', 'app', false); END $$;"
PLACES = "SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('one', 'two', 'three')"


def test_what_set_config_has_set_holds_in_the_next_run(project):
    query = "SELECT pg_catalog.set_config('search_path', 'app', false);"
    project.write("001_app", APP.format(sets=query, again=""))
    assert project.run("sqlmigrate_apply").code == 5
    project.database.execute("CREATE TABLE public.missing (id int PRIMARY KEY)")
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute(PLACES) == [("app",)]


def test_what_code_has_set_is_asked_for(project):
    project.write("001_app", APP.format(sets=IN_CODE, again=""))
    assert project.run("sqlmigrate_apply").code == 5
    project.database.execute("CREATE TABLE public.missing (id int PRIMARY KEY)")
    before = progress(project)
    result = project.run("sqlmigrate_apply")
    assert result.code == 2
    assert "what the DO in line 3 had set for its session has ended" in result.out
    assert "Write it as SET statements right before line 5" in result.out
    assert progress(project) == before

    project.write("001_app", APP.format(sets=IN_CODE, again="SET search_path = app;\n"))
    result = project.run("sqlmigrate_apply")
    assert result.code == 0, result.err
    assert project.database.execute(PLACES) == [("app",)]
