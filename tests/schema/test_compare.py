"""Comparison of values alone: who has a say, what stands in for a side that is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.disagreement import (
    Comparison,
)
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.comparison.wording import hint, message, short_type, values
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.constraint import Constraint
from schema_tools.schema.kinds.enum import Enum
from schema_tools.schema.kinds.extension import Extension
from schema_tools.schema.kinds.index import Index
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, SchemaObject, column_key, table_key
from schema_tools.schema.tolerance import tolerances


def schema(*objects: SchemaObject) -> Schema:
    by_type = {kind.type: kind for kind in kinds().values()}
    return Schema({by_type[type(each)].key(each): each for each in objects}, 180000)


def table(name: str = "t") -> Table:
    return Table(schema="public", name=name)


def column(name: str = "a", table: str = "t", **more) -> Column:
    return Column(schema="public", table=table, name=name, **{"type": "integer", **more})


def index(name: str, keys: str = "(a)", *, table: str = "t", **more) -> Index:
    more = {"unique": False, "method": "btree", "columns": ("a",), **more}
    return Index(schema="public", table=table, name=name, keys=keys, **more)


def foreign_key(name: str, **more) -> Constraint:
    return Constraint(
        schema="public",
        table="t",
        name=name,
        type="foreign key",
        definition="FOREIGN KEY (a) REFERENCES public.u(id)",
        columns=("a",),
        **more,
    )


def judged(comparison: Comparison) -> list[tuple[str, str, str]]:
    return [(each.code, each.key.name, each.verdict) for each in comparison.disagreements]


BASE = schema(table(), column())


def test_nothing_to_say_where_all_agree() -> None:
    comparison = compare(Sources(BASE, BASE, BASE, BASE))
    assert comparison.disagreements == ()
    assert len(comparison.keys) == 2


@pytest.mark.parametrize("side", ["models", "applied", "files", "live"])
def test_a_side_left_out_agrees(side: str) -> None:
    sides = dict.fromkeys(("models", "applied", "files", "live"), BASE) | {side: None}
    assert compare(Sources(**sides)).disagreements == ()


def test_no_sources_at_all_agree() -> None:
    assert compare(Sources()).keys == ()


def test_a_missing_table_is_one_finding() -> None:
    full = schema(table(), column(), index("i"), foreign_key("f"))
    found = compare(Sources(full, full, full, schema()))
    assert judged(found) == [("table.missing", "t", "database_drifted")]


def test_a_missing_column_takes_its_indexes_along() -> None:
    full = schema(table(), column(), column("b"), index("i"))
    found = compare(Sources(full, full, full, schema(table(), column("b"))))
    assert judged(found) == [("column.missing", "a", "database_drifted")]


def test_unknown_applied_files_leave_models_against_files() -> None:
    other = schema(table(), column(type="bigint"))
    found = compare(Sources(BASE, None, other, other))
    assert judged(found) == [("column.type", "a", "model_differs")]
    assert not found.disagreements[0].sides.has_live


def test_kinds_that_models_cannot_state_are_not_asked_of_models() -> None:
    enum = Enum(schema="public", name="mood", labels=("a",))
    assert compare(Sources(schema(), *[schema(enum)] * 3)).disagreements == ()
    found = compare(Sources(schema(), schema(enum), schema(enum), schema()))
    assert judged(found) == [("enum.missing", "mood", "database_drifted")]
    assert "models" not in values(found.disagreements[0])


def test_what_is_in_no_schema_is_called_by_its_name_alone() -> None:
    files = schema(Extension(schema="", name="hstore", version="1.8"))
    found = compare(Sources(None, files, files, schema()))
    assert message(found.disagreements[0]).startswith("Schema mismatch for extension 'hstore': ")


DJANGOS = ModelFacts(django_tables=frozenset({table_key("public", "d")}))


def test_a_table_of_django_is_compared_between_models_and_database() -> None:
    models = schema(table("d"), column("a", "d"))
    live = schema(table("d"), column("a", "d", type="bigint"))
    found = compare(Sources(models, schema(), schema(), live, DJANGOS))
    assert judged(found) == [("column.type", "a", "database_drifted")]
    assert not found.disagreements[0].sides.has_files
    assert hint(found.disagreements[0]) == ""  # the head of the report says it once for all


def test_what_a_file_puts_on_a_table_of_django_is_the_files() -> None:
    models = schema(table("d"), column("a", "d"))
    files = schema(index("i", table="d"))
    live = schema(table("d"), column("a", "d"), index("i", table="d"))
    assert compare(Sources(models, files, files, live, DJANGOS)).disagreements == ()
    found = compare(Sources(models, files, files, models, DJANGOS))
    assert judged(found) == [("index.missing", "i", "database_drifted")]


@pytest.mark.parametrize(
    ("live", "words"),
    [
        (column("b"), "The database has it as a pending file makes it"),
        (column("b", type="text"), "All three say something else"),
    ],
)
def test_what_a_pending_file_makes_and_is_there_is_no_riddle(live: Column, words: str) -> None:
    """Somebody has run the file with psql, or a run has stopped in it."""
    files = schema(table(), column(), column("b"))
    found = compare(Sources(BASE, BASE, files, schema(table(), column(), live)))
    for each in found.disagreements:
        if each.code == "column.extra":
            assert (each.verdict, hint(each)[: len(words)]) == ("conflict", words)
            return
    raise AssertionError(judged(found))


def test_derived_names_are_paired_and_stated_names_are_not() -> None:
    models = schema(table(), column(), index("t_a_1234abcd"))
    files = schema(table(), column(), index("by_a"))
    assert compare(Sources(models, files, files, files)).disagreements == ()
    stated = frozenset({Key("index", "public", "t", "t_a_1234abcd")})
    found = compare(Sources(models, files, files, files, ModelFacts(stated_names=stated)))
    assert judged(found) == [("index.renamed", "by_a", "model_differs")]


def test_two_alike_are_paired_with_two_alike() -> None:
    models = schema(table(), column(), index("x1"), index("x2"))
    files = schema(table(), column(), index("one"), index("two"))
    assert compare(Sources(models, files, files, files)).disagreements == ()
    one = schema(table(), column(), index("one"))
    found = compare(Sources(models, one, one, one))
    assert [each.verdict for each in found.disagreements] == ["migration_missing"]


def test_an_index_renamed_by_hand_is_one_rename() -> None:
    models = schema(table(), column(), index("hash"))
    files = schema(table(), column(), index("by_a"))
    live = schema(table(), column(), index("renamed"))
    found = compare(Sources(models, files, files, live))
    assert judged(found) == [("index.renamed", "by_a", "database_drifted")]
    assert "index by_a is called renamed, SQL files say by_a" in message(found.disagreements[0])


def test_an_index_that_only_model_and_database_have_was_forgotten() -> None:
    models = schema(table(), column(), index("hash"))
    live = schema(table(), column(), index("by_a"))
    found = compare(Sources(models, BASE, BASE, live))
    assert judged(found) == [("index.missing", "by_a", "migration_forgotten")]
    assert "no SQL file makes it" in message(found.disagreements[0])


def test_like_index_is_tolerated_unless_stated_or_unique_or_on_two_columns() -> None:
    def found(extra: Index, stated: bool = False) -> int:
        names = frozenset({Key("index", "public", "t", extra.name)}) if stated else frozenset()
        models = schema(table(), column(), extra)
        facts = ModelFacts(stated_names=names)
        return len(compare(Sources(models, BASE, BASE, BASE, facts)).disagreements)

    like = index("t_a_like", "(a varchar_pattern_ops)")
    assert found(like) == 0
    assert found(index("t_a_like", '("A b" text_pattern_ops)')) == 0
    assert found(like, stated=True) == 1
    assert found(index("t_a_like", "(a varchar_pattern_ops)", unique=True)) == 1
    assert found(index("t_a_like", "(a varchar_pattern_ops, b)")) == 1
    assert found(index("t_a_like", "(a)")) == 1


def test_foreign_key_actions_are_the_files_unless_the_model_states_them() -> None:
    models = schema(
        table(),
        column(),
        foreign_key("hash", on_delete="no action", deferrable=True, initially_deferred=True),
    )
    files = schema(table(), column(), foreign_key("fk", on_delete="cascade"))
    assert compare(Sources(models, files, files, files)).disagreements == ()
    facts = ModelFacts(stated_actions=frozenset({column_key("public", "t", "a")}))
    found = compare(Sources(models, files, files, files, facts))
    assert judged(found) == [("constraint.on_delete", "fk", "model_differs")]
    # Between files and database nothing is tolerated.
    live = schema(table(), column(), foreign_key("fk", on_delete="set null"))
    found = compare(Sources(models, files, files, live))
    assert judged(found) == [("constraint.on_delete", "fk", "database_drifted")]


@pytest.mark.parametrize(
    ("model", "other", "number"),
    [
        ("statement_timestamp()", "now()", 0),
        ("now()", "CURRENT_TIMESTAMP", 0),
        ("statement_timestamp()", None, 1),
        ("statement_timestamp()", "(now() + '1 day'::interval)", 1),
        ("1", "2", 1),
    ],
)
def test_now_is_now(model: str, other: str | None, number: int) -> None:
    models = schema(table(), column(default=model))
    files = schema(table(), column(default=other))
    assert len(compare(Sources(models, files, files, files)).disagreements) == number


def test_automatic_ids_may_be_of_another_size() -> None:
    facts = ModelFacts(automatic_ids=frozenset({column_key("public", "t", "a")}))

    def found(model: str, other: str, facts: ModelFacts = facts) -> int:
        files = schema(table(), column(type=other))
        sources = Sources(schema(table(), column(type=model)), files, files, files, facts)
        return len(compare(sources).disagreements)

    assert found("integer", "bigint") == 0
    assert found("integer", "text") == 1
    assert found("integer", "bigint", ModelFacts()) == 1


def test_every_tolerance_gives_its_reason() -> None:
    for tolerance in tolerances().values():
        assert tolerance.reason.endswith(".")
    assert set(tolerances()) >= {"derived_names", "like_index", "foreign_key_action", "now"}


@pytest.mark.parametrize(
    ("applied", "files", "severity"),
    [
        ({}, {}, Severity.CRITICAL),
        ({"type": "bigint"}, {}, Severity.WARNING),
    ],
)
def test_severity_is_by_code_unless_the_verdict_says(applied, files, severity) -> None:
    live = schema(table(), column(type="bigint" if not applied else "integer"))
    sources = Sources(BASE, schema(table(), column(**applied)), schema(table(), column()), live)
    assert [each.severity for each in compare(sources).disagreements] == [severity]


def test_message_names_both_values_as_people_write_them() -> None:
    files = schema(table(), column("email", type="character varying(255)"))
    live = schema(table(), column("email", type="character varying(100)"))
    (found,) = compare(Sources(files, files, files, live)).disagreements
    assert message(found) == (
        "Table structure mismatch for table 't': "
        "column email is varchar(100), SQL files say varchar(255)"
    )
    assert values(found) == {
        "models": "character varying(255)",
        "migrations": "character varying(255)",
        "database": "character varying(100)",
    }


def test_message_says_no_where_a_list_is_empty() -> None:
    live = schema(replace(table(), options=("fillfactor=70",)), column())
    (found,) = compare(Sources(BASE, BASE, BASE, live)).disagreements
    assert message(found) == (
        "Table structure mismatch for table 't': "
        "the table has options fillfactor=70, SQL files say no options"
    )


@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("character varying(3)", "varchar(3)"),
        ("timestamp with time zone", "timestamptz"),
        ("numeric(3,2)", "numeric(3,2)"),
    ],
)
def test_types_are_shortened(long: str, short: str) -> None:
    assert short_type(long) == short


def test_fingerprint_tells_schemas_apart_and_nothing_else() -> None:
    assert BASE.fingerprint() == schema(column(), table()).fingerprint()
    assert BASE.fingerprint() == schema(table(), column(position=7)).fingerprint()
    assert BASE.fingerprint() != schema(table(), column(nullable=False)).fingerprint()
