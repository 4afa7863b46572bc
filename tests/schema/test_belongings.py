"""What goes with a column, as its own sequence does, is no finding and no remedy by itself."""

from __future__ import annotations

from schema_tools.keys import Key
from schema_tools.schema.comparison.compare import compare
from schema_tools.schema.comparison.disagreement import (
    MISSING,
)
from schema_tools.schema.comparison.remedies import draft_for
from schema_tools.schema.comparison.sides import Sources
from schema_tools.schema.kinds import kinds
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.kinds.sequence import Sequence
from schema_tools.schema.kinds.table import Table
from schema_tools.schema.model_facts import ModelFacts
from schema_tools.schema.objects import Schema, SchemaObject, column_key, table_key

TABLE = table_key("public", "t")
OBJECTS: tuple[SchemaObject, ...] = (
    Table(schema="public", name="t"),
    Column(
        schema="public",
        table="t",
        name="id",
        type="integer",
        nullable=False,
        default="nextval('public.t_id_seq'::regclass)",
    ),
    Sequence(
        schema="public",
        name="t_id_seq",
        type="integer",
        maximum=2**31 - 1,
        owned_by="public.t.id",
        owning_column=("public", "t", "id"),
    ),
)
MADE = [
    "CREATE SEQUENCE t_id_seq AS integer",
    "ALTER SEQUENCE t_id_seq OWNED BY t.id",
]


def schema(*objects: SchemaObject) -> Schema:
    by_type = {kind.type: kind for kind in kinds().values()}
    return Schema({by_type[type(each)].key(each): each for each in objects}, 180000)


SERIAL, EMPTY, BARE = schema(*OBJECTS), schema(), schema(OBJECTS[0])


def codes(sources: Sources) -> list[str]:
    return [each.code for each in compare(sources).disagreements]


def test_a_missing_table_is_one_finding_and_its_remedy_makes_the_sequence() -> None:
    assert codes(Sources(applied=SERIAL, files=SERIAL, live=EMPTY)) == ["table.missing"]
    made = draft_for(EMPTY, SERIAL, TABLE, MISSING).statements
    assert [made[0], made[-1]] == MADE
    assert made[1].startswith("CREATE TABLE t (")


def test_a_missing_column_is_one_finding_and_its_remedy_makes_the_sequence() -> None:
    assert codes(Sources(applied=SERIAL, files=SERIAL, live=BARE)) == ["column.missing"]
    made = draft_for(BARE, SERIAL, column_key("public", "t", "id"), MISSING).statements
    assert [made[0], made[-1]] == MADE


def test_what_is_left_of_a_column_goes_with_it() -> None:
    dropped = draft_for(SERIAL, EMPTY, TABLE, MISSING).statements
    assert dropped == ("DROP TABLE t",)


def test_a_sequence_missing_by_itself_is_a_finding() -> None:
    files, live = SERIAL, schema(*OBJECTS[:2])
    assert codes(Sources(applied=files, files=files, live=live)) == ["sequence.missing"]


def test_sequences_of_django_s_tables_are_not_the_files_affair() -> None:
    facts = ModelFacts(django_tables=frozenset({TABLE}))
    without_sequence = schema(*OBJECTS[:2])
    sources = Sources(without_sequence, EMPTY, EMPTY, SERIAL, facts)
    assert codes(sources) == []
    loose = Sequence(schema="public", name="loose")
    sources = Sources(without_sequence, EMPTY, EMPTY, schema(*OBJECTS, loose), facts)
    assert [str(each.key) for each in compare(sources).disagreements] == ["sequence public.loose"]


def test_a_sequence_that_files_make_on_django_s_table_is_the_files_affair() -> None:
    facts = ModelFacts(django_tables=frozenset({TABLE}))
    made = schema(OBJECTS[2])
    sources = Sources(schema(*OBJECTS[:2]), made, made, schema(*OBJECTS[:2]), facts)
    assert codes(sources) == ["sequence.missing"]
    assert Key("sequence", "public", "", "t_id_seq") in made
