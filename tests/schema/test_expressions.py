"""The normal form of expressions: what it folds, and what it must leave apart.

The cases are in `equal_expressions.toml` and `different_expressions.toml`.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_tools.schema.expressions import normal_form, same_expression
from tests.schema.spellings import ROWS, TABLE, TRY_DEFAULT, as_sql, conditions, printed_default

HERE = Path(__file__).parent


def cases(name: str, words: str) -> list[Any]:
    found = tomllib.loads((HERE / name).read_text(encoding="utf-8"))["case"]
    return [pytest.param(case, id=case["title"]) for case in found if words in case]


EQUAL, DIFFERENT = "equal_expressions.toml", "different_expressions.toml"


@pytest.mark.parametrize("case", cases(EQUAL, "printed"))
def test_same_meaning_is_equal(case: dict[str, Any]) -> None:
    assert len({normal_form(text) for text in case["printed"]}) == 1


@pytest.mark.parametrize("case", cases(DIFFERENT, "printed"))
def test_other_meaning_is_different(case: dict[str, Any]) -> None:
    for before, after in itertools.combinations(case["printed"], 2):
        assert not same_expression(before, after), (before, after)


@pytest.mark.db
@pytest.mark.parametrize("case", cases(EQUAL, "written"))
def test_what_the_server_prints_of_equal_spellings_folds_to_one(printer, case) -> None:
    of_type = printer.type_name(case.get("default_of", ""))
    texts = [text for spelling in case["written"] for text in printer(case, spelling)]
    forms = {normal_form(text, of_type): text for text in texts}
    assert len(forms) == 1, forms


@pytest.mark.db
@pytest.mark.parametrize("case", cases(DIFFERENT, "written"))
def test_what_the_server_prints_of_other_expressions_stays_apart(printer, case) -> None:
    of_type = printer.type_name(case.get("default_of", ""))
    for pair in itertools.combinations(case["written"], 2):
        before, after = (next(printer(case, spelling)) for spelling in pair)
        assert not same_expression(before, after, assigned_to=of_type), (before, after)


class Printer:
    """Asks a server for the texts of expressions."""

    def __init__(self, connection) -> None:
        self.connection = connection

    def __call__(self, case: dict[str, Any], spelling: str) -> Iterator[str]:
        """Yield what the server prints, and what it prints of that again."""
        of_type = case.get("default_of")
        printed = self.default(of_type, spelling) if of_type else self.check(spelling)
        yield printed
        yield self.default(of_type, printed) if of_type else self.check(printed)

    def check(self, condition: str) -> str:
        """Return the text of a condition on the table."""
        with self.connection.transaction(force_rollback=True):
            add = f"ALTER TABLE x ADD CONSTRAINT k CHECK ({condition}) NOT VALID"
            self.connection.execute(add)
            query = "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'"
            return self.connection.execute(query).fetchone()[0]

    def default(self, of_type: str, value: str) -> str:
        """Return the text of a column's default; NULL::text where the server keeps none."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(f"CREATE TABLE y (v {of_type} DEFAULT {value})")
            return printed_default(self.connection, "y") or "NULL::text"

    def type_name(self, of_type: str) -> str:
        """Return a type as the server calls it."""
        if not of_type:
            return ""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute(f"CREATE TABLE y (v {of_type})")
            query = (
                "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
                "WHERE attrelid = 'y'::regclass AND attnum = 1"
            )
            return self.connection.execute(query).fetchone()[0]


@pytest.fixture(scope="module")
def table(server) -> Iterator[Any]:
    """A connection to a database with the table and its rows."""
    server.execute("CREATE DATABASE expressions")
    with psycopg.connect(**server.params, dbname="expressions", autocommit=True) as connection:
        connection.execute("SET timezone = 'UTC'")
        connection.execute(TABLE)
        connection.execute(ROWS)
        connection.execute(TRY_DEFAULT)
        yield connection
    server.execute("DROP DATABASE expressions WITH (FORCE)")


@pytest.fixture
def printer(table) -> Printer:
    return Printer(table)


@pytest.mark.db
@given(pair=conditions())
def test_a_form_is_true_for_the_same_rows(table, pair: tuple[str, str]) -> None:
    """Two expressions with one form are then true for the same rows, too."""
    for condition in pair:
        assert_same_rows(table, Printer(table).check(condition))


@pytest.mark.db
@pytest.mark.parametrize("case", [*cases(EQUAL, "written"), *cases(DIFFERENT, "written")])
def test_the_form_of_a_case_is_true_for_the_same_rows(table, case: dict[str, Any]) -> None:
    if "default_of" not in case:
        for spelling in case["written"]:
            assert_same_rows(table, Printer(table).check(spelling))


_UNTYPED = re.compile(r"ARRAY\[\(?NULL\)?(?:, \(?NULL\)?)*\]", re.IGNORECASE)


def assert_same_rows(table, printed: str) -> None:
    form = as_sql(normal_form(printed))
    if _UNTYPED.search(form):  # only the server knows the type, and the form leaves it out
        return
    query = f"SELECT x FROM x WHERE ({printed}) IS DISTINCT FROM ({form})"
    assert table.execute(query).fetchall() == [], (printed, form)


@pytest.mark.db
@given(pair=conditions(equivalent=True))
def test_equivalent_spellings_have_one_form(table, pair: tuple[str, str]) -> None:
    before, after = map(Printer(table).check, pair)
    assert normal_form(before) == normal_form(after), pair


@pytest.mark.db
@given(pair=conditions(equivalent=True))
def test_text_fed_back_has_the_same_form(table, pair: tuple[str, str]) -> None:
    printer = Printer(table)
    printed = printer.check(pair[1])
    assert normal_form(printer.check(printed)) == normal_form(printed)


TYPES = [
    "numeric", "numeric(10,2)", "numeric(3,0)", "bigint", "integer", "smallint", "real",
    "double precision", "text", "varchar", "varchar(4)", "char(3)", '"char"', "money",
]  # fmt: skip
LITERALS = [
    "0", "0.0", "0.00", "1", "1.5", "-1", "-1.0", "0.1", "16777217", "3000000000", "0.5", "100",
    "-0.0", "1e3", "'0'", "'1.50'", "' '", "''", "'x'", "'x '", "'NaN'", "'wxyz'",
]  # fmt: skip
CASTS = [
    "", "::numeric", "::numeric(10,2)", "::bigint", "::integer", "::smallint", "::real",
    "::float8",
    "::text", "::varchar", "::varchar(2)", "::char(3)", "::bpchar", "::varchar::text",
    "::real::float8", "::numeric::float8", "::float8::numeric", "::char(3)::text",
]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize("of_type", TYPES)
def test_equal_defaults_give_the_same_value(table, of_type: str) -> None:
    defaults = [f"({value}){cast}" for value, cast in itertools.product(LITERALS, CASTS)]
    query = "SELECT d, t.* FROM unnest(%s::text[]) d, try_default(%s, d) t"
    made = table.execute(query, (defaults, of_type)).fetchall()
    found = [row for row in made if row[1] is not None]
    assert len(found) > 15
    name = Printer(table).type_name(of_type)
    values: dict[str, tuple[str, str]] = {}
    for default, printed, value in found:
        first = values.setdefault(normal_form(printed, name), (value, default))
        assert value == first[0], (default, first[1])
    assert len(values) < len(found)


@given(st.text(alphabet="ab1'\"()[],.:= $-<>ANY ORNTULCSE{}", max_size=40))
def test_any_text_has_a_form(text: str) -> None:
    assert isinstance(normal_form(text), str)


@pytest.mark.parametrize("depth", [10, 5000])
def test_deep_nesting_is_read(depth: int) -> None:
    doubled, plain = "(" * depth + "a IS NULL" + ")" * depth, "a IS NULL"
    assert normal_form(doubled) == normal_form(plain)


def test_time_grows_with_the_length_only() -> None:
    short, long = (" AND ".join(f"(NOT (a{i} = b{i}))" for i in range(n)) for n in (50, 2000))
    assert normal_form(f"({long})").startswith(normal_form(f"({short})")[:-1])
