"""A flush leads back to all that there was at the start, whatever the tables are like."""

from __future__ import annotations

import pytest
from django.core.management.color import no_style
from django.db import connections

from schema_tools.conf import get_settings
from schema_tools.testing.creation import keep_flushing_to_the_start
from schema_tools.testing.restore import keep_start, key_of

pytestmark = pytest.mark.db

MADE = """
CREATE SCHEMA other;
CREATE TABLE plain (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Odd, Name" text,
    twice text GENERATED ALWAYS AS ("Odd, Name" || "Odd, Name") STORED, gone int);
ALTER TABLE plain DROP COLUMN gone;
INSERT INTO plain ("Odd, Name") VALUES ('100%'), ('%s'), (NULL);
CREATE TABLE heir (more int) INHERITS (plain);
INSERT INTO heir OVERRIDING SYSTEM VALUE VALUES (99, 'heir', DEFAULT, 5);
CREATE TABLE other.tree (id serial PRIMARY KEY, parent int REFERENCES other.tree);
INSERT INTO other.tree (parent) VALUES (NULL), (1), (2);
CREATE TABLE hen (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, hen int REFERENCES hen);
INSERT INTO hen VALUES (1, NULL); INSERT INTO egg VALUES (1, 1); UPDATE hen SET egg = 1;
ALTER TABLE hen ADD CONSTRAINT hen_egg FOREIGN KEY (egg) REFERENCES egg;
CREATE TABLE leaf (id int PRIMARY KEY, hen int NOT NULL REFERENCES hen
    DEFERRABLE INITIALLY DEFERRED);
INSERT INTO leaf VALUES (1, 1); SET CONSTRAINTS ALL IMMEDIATE;
CREATE TABLE parted (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted VALUES ('2026-05-05', 'in'), ('2000-01-01', 'rest');
CREATE TABLE secret (id int PRIMARY KEY, who name DEFAULT CURRENT_USER);
INSERT INTO secret VALUES (1, 'nobody');
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON secret USING (who = CURRENT_USER);
CREATE TABLE empty (id int);
CREATE TABLE audit (what text);
INSERT INTO audit VALUES ('start');
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit VALUES (TG_TABLE_NAME || TG_OP); RETURN NULL; END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
CREATE TRIGGER note AFTER INSERT ON plain FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER INSERT ON leaf FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE leaf ENABLE ALWAYS TRIGGER note;
CREATE TRIGGER off AFTER INSERT ON leaf FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE leaf DISABLE TRIGGER off;
CREATE TRIGGER note AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER own AFTER INSERT ON parted_1 FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER refuse BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse();
CREATE TABLE ruled (id int);
INSERT INTO ruled VALUES (1);
CREATE RULE also AS ON INSERT TO ruled DO ALSO INSERT INTO audit VALUES ('rule');
CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO empty VALUES (NEW.id);
ALTER TABLE ruled ENABLE ALWAYS RULE elsewhere;
CREATE RULE off AS ON INSERT TO ruled DO ALSO INSERT INTO audit VALUES ('off');
ALTER TABLE ruled DISABLE RULE off;
CREATE TABLE lax (id int PRIMARY KEY, name varchar(9), hen int, up int, odd int CHECK (odd > 0));
INSERT INTO lax VALUES (1, '', 7, 7, NULL);
ALTER TABLE lax ADD CONSTRAINT "Named, I" CHECK (name IN ('%s', 'it''s')) NO INHERIT NOT VALID;
COMMENT ON CONSTRAINT "Named, I" ON lax IS 'since ''26, 100%';
ALTER TABLE lax ADD CONSTRAINT met CHECK (id > 0) NOT VALID;
ALTER TABLE lax ADD CONSTRAINT lax_hen FOREIGN KEY (hen) REFERENCES hen ON DELETE CASCADE
    DEFERRABLE INITIALLY DEFERRED NOT VALID;
ALTER TABLE lax ADD CONSTRAINT lax_up FOREIGN KEY (up) REFERENCES hen NOT VALID;
ALTER TABLE hen ADD lax int REFERENCES lax;
ALTER TABLE parted_1 ADD CONSTRAINT late CHECK (at > '2026-05-31') NOT VALID;
CREATE TABLE older (what text);
CREATE TABLE younger () INHERITS (older);
CREATE TABLE youngest () INHERITS (older);
INSERT INTO younger VALUES ('');
ALTER TABLE younger ADD CONSTRAINT said CHECK (what <> '') NOT VALID;
ALTER TABLE older ADD CONSTRAINT said CHECK (what <> '') NOT VALID;
ALTER TABLE youngest VALIDATE CONSTRAINT said;
CREATE DOMAIN word AS text;
CREATE TABLE words (word word);
INSERT INTO words VALUES ('');
ALTER DOMAIN word ADD CONSTRAINT not_empty CHECK (VALUE <> '') NOT VALID;
CREATE FUNCTION hear() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit VALUES (TG_TAG); END $$;
CREATE SEQUENCE alone START 10;
CREATE SEQUENCE stepped INCREMENT 5;
SELECT nextval('stepped'), nextval('stepped');
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM parted;
CREATE MATERIALIZED VIEW unread AS SELECT count(*) FROM counted WITH NO DATA;
CREATE TABLE schema_migrations (id bigserial PRIMARY KEY, version text);
INSERT INTO schema_migrations (version) VALUES ('001_first');
CREATE TABLE other.django_migrations (name text);
INSERT INTO other.django_migrations VALUES ('0001_initial');
"""
SINCE_18 = "ALTER TABLE lax ADD CONSTRAINT lax_odd NOT NULL odd NOT VALID"
ONLY_A_SUPERUSER = "CREATE EVENT TRIGGER hear ON ddl_command_end EXECUTE FUNCTION hear()"
DISTURBED = """
INSERT INTO plain ("Odd, Name") VALUES ('new'); DELETE FROM plain WHERE "Odd, Name" = '%s';
UPDATE heir SET more = 6; DELETE FROM other.tree WHERE id = 3;
INSERT INTO other.tree (parent) VALUES (1); UPDATE hen SET egg = NULL; DELETE FROM leaf;
DELETE FROM egg; INSERT INTO parted VALUES ('2026-06-06', 'new');
INSERT INTO secret VALUES (2, DEFAULT); INSERT INTO empty VALUES (1); DELETE FROM ruled;
DELETE FROM lax; DELETE FROM older; DELETE FROM words;
SELECT nextval('alone'), nextval('stepped'); SELECT setval('stepped', 500);
REFRESH MATERIALIZED VIEW counted; REFRESH MATERIALIZED VIEW unread;
INSERT INTO schema_migrations (version) VALUES ('002_second');
"""
SEEN = """
SELECT 'constraint', conrelid::regclass::text, concat_ws(' ', conname, conislocal, coninhcount,
       pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')) FROM pg_constraint
 WHERE connamespace::regnamespace::text IN ('public', 'other')
UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text || tgenabled::text
  FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'rule', ev_class::regclass::text, rulename::text || ev_enabled::text
  FROM pg_rewrite WHERE ev_type = '3'
UNION ALL SELECT 'event', evtname, evtenabled::text FROM pg_event_trigger
UNION ALL SELECT 'secured', relname, relforcerowsecurity::text FROM pg_class WHERE relkind = 'r'
   AND relnamespace::regnamespace::text IN ('public', 'other')
UNION ALL SELECT 'view', relname, relispopulated::text FROM pg_class WHERE relkind = 'm'
ORDER BY 1, 2, 3
"""
ROWS = (
    "plain", "heir", "other.tree", "hen", "egg", "leaf", "parted_1", "parted_rest", "secret",
    "empty", "audit", "ruled", "lax", "older", "younger",
    "words", "counted",
)  # fmt: skip
SEQUENCES = ("plain_id_seq", "other.tree_id_seq", "alone", "stepped")


def seen(database):
    return [
        database.execute(SEEN),
        *(database.execute(f"SELECT t.*::text FROM ONLY {name} t ORDER BY 1") for name in ROWS),
        *(database.execute(f"SELECT last_value, is_called FROM {name}") for name in SEQUENCES),
    ]


@pytest.fixture
def kept(server, alias, database):
    database.execute(MADE)
    database.execute(ONLY_A_SUPERUSER)
    if server.version >= 180000:
        database.execute(SINCE_18)
    with database.connect() as connection:
        keep_start(connection, get_settings(alias), key="k1")
        assert key_of(connection) == "k1"
    keep_flushing_to_the_start(connections[alias])
    return connections[alias]


def flush(wrapper, **options):
    wrapper.ops.execute_sql_flush(wrapper.ops.sql_flush(no_style(), [], **options))


def test_a_flush_leads_back_to_the_start(kept, database):
    before = seen(database)
    for _ in range(2):
        database.execute(DISTURBED)
        assert seen(database) != before
        flush(kept)
        assert seen(database) == before
        database.execute(DISTURBED)
        flush(kept, reset_sequences=True, allow_cascade=True)
        assert seen(database) == before
    assert database.execute("SELECT count(*) FROM schema_migrations") == [(5,)]
    assert database.execute("SELECT name FROM other.django_migrations") == [("0001_initial",)]


def test_sequences_are_reset_to_the_start_and_not_to_one(kept, database):
    database.execute("SELECT nextval('stepped'); SELECT nextval('alone')")
    for statement in kept.ops.sequence_reset_by_name_sql(no_style(), []):
        database.execute(statement)
    assert database.execute("SELECT nextval('stepped'), nextval('alone')") == [(11, 10)]


def test_a_role_that_is_no_superuser_flushes_what_it_owns(server, alias, database):
    role = f"owner_of_{database.name}"
    database.execute(f"CREATE ROLE {role}; ALTER DATABASE {database.name} OWNER TO {role}")
    try:
        with database.connect() as connection:
            connection.execute(f"SET ROLE {role}")
            connection.execute(MADE)
            keep_start(connection, get_settings(alias), key="k1")
            before = seen(database)
            connection.execute(DISTURBED)
            keep_flushing_to_the_start(connections[alias])
            with connection.transaction():
                for statement in connections[alias].ops.sql_flush(no_style(), []):
                    connection.execute(statement)
        assert seen(database) == before
    finally:
        database.execute(f"DROP OWNED BY {role} CASCADE")
        server.execute(f"DROP DATABASE {database.name} WITH (FORCE)")
        server.execute(f"DROP ROLE {role}")


def test_a_database_that_no_template_made_is_flushed_as_django_does(alias, database):
    database.execute("CREATE TABLE t (id int); INSERT INTO t VALUES (1)")
    wrapper = connections[alias]
    keep_flushing_to_the_start(wrapper)
    assert wrapper.ops.sql_flush(no_style(), ["t"]) == ['TRUNCATE "t";']
    assert wrapper.ops.sequence_reset_by_name_sql(no_style(), []) == []
    with database.connect() as connection:
        assert key_of(connection) == ""
