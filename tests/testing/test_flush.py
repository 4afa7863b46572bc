"""The order in which a flush brings rows back, and what it switches off meanwhile."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schema_tools.testing.flush import FLUSH, SEQUENCES, flush_statements, in_order
from schema_tools.testing.start import (
    ForeignKey,
    Rule,
    Sequence,
    Start,
    Table,
    Trigger,
    Unproven,
    View,
)


def table(oid, *, seed="yes", **more):
    values = {"is_partitioned": False, "is_forced": False, "columns": ["a", "b"], **more}
    return Table(oid, "public", f"t{oid}", f"public.t{oid}", seed=seed and f"s.t{oid}", **values)


def texts(start, part=FLUSH):
    return [text for found, text in flush_statements(start) if found == part]


EMPTIED = """DO $schema_tools$ DECLARE names text; BEGIN
    SELECT pg_catalog.string_agg(t.name, ', ') INTO names FROM (
    {}
    ) AS t(name);
    IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' CASCADE'; END IF;
END $schema_tools$"""
OIDS = st.integers(0, 6)


@given(st.lists(st.tuples(OIDS, OIDS).filter(lambda pair: pair[0] != pair[1])))
def test_each_table_comes_after_those_it_refers_to_unless_in_a_circle(pairs):
    keys = tuple(ForeignKey(*pair, f"k{number}") for number, pair in enumerate(pairs))
    ordered, circular = in_order(Start(tuple(map(table, range(7))), keys=keys))
    places = {each.oid: place for place, each in enumerate(ordered)}
    assert sorted(places) == list(range(7))
    for key in keys:
        assert key in circular or places[key.target] < places[key.source]
    for key in circular:  # there is a way back
        reached, waiting = set(), [key.target]
        while waiting:
            here = waiting.pop()
            reached.add(here)
            waiting += [k.target for k in keys if k.source == here and k.target not in reached]
        assert key.source in reached


def test_keys_of_tables_without_rows_count_for_nothing():
    start = Start((table(1), table(2, seed="")), keys=(ForeignKey(1, 2, "k"),))
    assert [each.oid for each in in_order(start)[0]] == [1]


def test_triggers_are_off_only_where_rows_come_back_or_emptying_fires_them():
    start = Start(
        (table(1), table(2, seed="")),
        triggers=(
            Trigger("public.t1", 1, "on_insert", "A", on_truncate=False),
            Trigger("public.t2", 2, "quiet", "O", on_truncate=False),
            Trigger("public.t2", 2, "on_truncate", "O", on_truncate=True),
            Trigger("public.history", 9, "of_another", "O", on_truncate=True),
        ),
    )
    assert texts(start) == [
        "ALTER TABLE public.t1 DISABLE TRIGGER on_insert",
        "ALTER TABLE public.t2 DISABLE TRIGGER on_truncate",
        EMPTIED.format(
            "SELECT 'public.t1' WHERE EXISTS (TABLE public.t1)\n"
            "    UNION ALL SELECT 'public.t2' WHERE EXISTS (TABLE public.t2)"
        ),
        "SET CONSTRAINTS ALL DEFERRED",
        "INSERT INTO public.t1 (a, b) OVERRIDING SYSTEM VALUE SELECT a, b FROM s.t1",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE public.t1 ENABLE ALWAYS TRIGGER on_insert",
        "ALTER TABLE public.t2 ENABLE TRIGGER on_truncate",
    ]


def test_rules_are_off_only_where_rows_come_back():
    start = Start(
        (table(1), table(2, seed="")),
        rules=(Rule(1, "r", "R"), Rule(2, "s", "O"), Rule(9, "t", "O")),
    )
    assert [text for text in texts(start) if "RULE" in text] == [
        "ALTER TABLE public.t1 DISABLE RULE r",
        "ALTER TABLE public.t1 ENABLE REPLICA RULE r",
    ]


def test_constraints_that_rows_violate_are_gone_meanwhile_and_make_no_circle():
    keys = (ForeignKey(1, 2, "k"), ForeignKey(2, 1, "l"))
    unproven = (
        Unproven(1, 1, "public.t1", "k", "FOREIGN KEY (b) REFERENCES t2(a) NOT VALID", "it's", []),
        Unproven(2, 2, "public.t2", "c", "CHECK ((a > 0)) NOT VALID", "", ["public.t3"]),
    )
    start = Start((table(1), table(2)), keys=keys, unproven=unproven)
    assert texts(start)[1:] == [
        "ALTER TABLE public.t1 DROP CONSTRAINT k",
        "ALTER TABLE public.t2 DROP CONSTRAINT c",
        "SET CONSTRAINTS ALL DEFERRED",
        "INSERT INTO public.t1 (a, b) OVERRIDING SYSTEM VALUE SELECT a, b FROM s.t1",
        "INSERT INTO public.t2 (a, b) OVERRIDING SYSTEM VALUE SELECT a, b FROM s.t2",
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE public.t2 ADD CONSTRAINT c CHECK ((a > 0)) NOT VALID",
        "ALTER TABLE public.t3 VALIDATE CONSTRAINT c",
        "ALTER TABLE public.t1 ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES t2(a) NOT VALID",
        "COMMENT ON CONSTRAINT k ON public.t1 IS 'it''s'",
    ]


def test_without_rows_at_the_start_tables_are_emptied_and_no_more():
    [text] = texts(Start((table(1, seed=""),)))
    assert text == EMPTIED.format("SELECT 'public.t1' WHERE EXISTS (TABLE public.t1)")


def test_a_database_without_tables_has_nothing_to_flush():
    assert list(flush_statements(Start())) == []


def test_views_are_made_anew_as_they_were():
    start = Start((table(1, seed=""),), views=(View("v", True), View("w", False)))
    assert texts(start)[1:] == [
        "REFRESH MATERIALIZED VIEW v",
        "REFRESH MATERIALIZED VIEW w WITH NO DATA",
    ]


def test_sequences_go_back_to_where_they_stood():
    start = Start(sequences=(Sequence('"o\'x"', 7, True), Sequence("b", 1, False)))
    [text] = texts(start, SEQUENCES)
    assert "(VALUES ('\"o''x\"', 7::int8, True), ('b', 1::int8, False))" in text
