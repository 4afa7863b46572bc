"""Random conditions on a table, in two spellings each: as an oracle for their normal form."""

from __future__ import annotations

import re

from hypothesis import strategies as st

TABLE = """
CREATE TABLE x (
    t varchar(20), s text, c char(5), n integer, l bigint, d numeric, f double precision, r real,
    b boolean, z timestamptz, a text[]
)
"""
ROWS = """
INSERT INTO x (t, s, c, n, l, d, f, r, b, z, a)
SELECT t, s, t, n, n, d, d, d, b, z, a
  FROM (VALUES ('a', 'b '), ('b', 'a'), ('', NULL), (NULL, ''), ('abc', 'A')) AS _1 (t, s),
       (VALUES (0, 0.1), (1, 0.0), (2, 1.50), (NULL, 1), (-1, NULL), (5, 'NaN')) AS _2 (n, d),
       (VALUES (true), (false), (NULL)) AS _3 (b),
       (VALUES (timestamptz '2020-01-01 00:00Z', ARRAY['a']), (NULL, '{}')) AS _4 (z, a)
"""

_STRINGS = ["'a'", "'b'", "''", "'abc'", "'a '", "NULL"]
_STRING_CASTS = ["", "::text", "::varchar", "::varchar(2)", "::char(2)", "::bpchar"]
_NUMBERS = ["0", "1", "-1", "2", "0.1", "0.0", "1.50", "NULL", "'1'", "'0.1'"]
_NUMBER_CASTS = ["", "::bigint", "::numeric", "::real", "::float8", "::numeric(5,1)", "::smallint"]
_OPPOSITE = {"=": "<>", "<": ">=", ">": "<="}
_OPPOSITE.update({second: first for first, second in list(_OPPOSITE.items())})

# Makes a column with a default, and returns the default's text and the value that comes of it.
TRY_DEFAULT = """
CREATE FUNCTION try_default(type text, value text, OUT printed text, OUT stored text) AS $$
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE y (i int, v %s DEFAULT %s)', type, value);
    INSERT INTO y (i) VALUES (1);
    SELECT format('[%s]', v) INTO stored FROM y;
    SELECT pg_get_expr(adbin, adrelid) INTO printed FROM pg_attrdef WHERE adrelid = 'y'::regclass;
    DROP TABLE y;
EXCEPTION WHEN cannot_coerce OR data_exception OR datatype_mismatch OR feature_not_supported THEN
    NULL;
END $$ LANGUAGE plpgsql
"""

Pair = tuple[str, str]


def as_sql(form: str) -> str:
    """Return a condition's normal form as SQL: numbers lose their type there."""
    form = re.sub(r"'(-?[0-9.]+)'::number", r"(\1)", form)
    form = re.sub(r"(CURRENT_TIMESTAMP)\('(\d)'::integer\)", r"\1(\2)", form)
    form = form.replace("::number[]", "::numeric[]")
    return re.sub(r"\b(position|substring)\(", r'"\1"(', form)


def printed_default(connection, table: str) -> str | None:
    """Return the text of the default that a table with one of them has, None without one."""
    query = "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = %s::regclass"
    row = connection.execute(query, (table,)).fetchone()
    return row[0] if row else None


def conditions(*, equivalent: bool = False) -> st.SearchStrategy[Pair]:
    """Return pairs of conditions: equivalent ones, or such as only look alike as well."""
    leaves = st.one_of(
        _same_comparison(),
        _same_list(),
        _same_text(),
        st.sampled_from([("b", "b = true"), ("NOT b", "b = false"), ("NOT b", "b <> true")]),
        st.sampled_from([("b IS NOT TRUE", "NOT (b IS TRUE)"), ("b", "b"), ("b", "NOT (NOT b)")]),
    )
    if not equivalent:
        leaves = st.one_of(leaves, _near())
    return st.recursive(leaves, lambda inner: _joined(inner, equivalent=equivalent), max_leaves=6)


@st.composite
def _joined(draw: st.DrawFn, inner: st.SearchStrategy[Pair], *, equivalent: bool) -> Pair:
    first, second, third = (draw(inner) for _ in range(3))
    word = draw(st.sampled_from(["AND", "OR"]))
    other = word if equivalent else draw(st.sampled_from([word, word, "AND", "OR"]))
    before = f"({first[0]}) {word} ({second[0]}) {word} ({third[0]})"
    after = f"({first[1]}) {other} (({second[1]}) {other} ({third[1]}))"
    if draw(st.booleans()):
        after = f"(({first[1]}) {other} ({second[1]})) {other} ({third[1]})"
    negations = draw(st.sampled_from([("", ""), ("NOT ", "NOT "), ("NOT ", "NOT NOT NOT ")]))
    if not equivalent:
        negations = draw(st.sampled_from([negations, ("", "NOT "), ("", "NOT NOT ")]))
    return f"{negations[0]}({before})", f"{negations[1]}({after})"


@st.composite
def _same_comparison(draw: st.DrawFn) -> Pair:
    column = draw(st.sampled_from(["n", "l", "d"]))
    symbol = draw(st.sampled_from(sorted(_OPPOSITE)))
    number = draw(st.sampled_from(["0", "1", "-1", "7"]))
    casts = ["", "::bigint", "::integer", "::smallint"]
    if column == "d":
        casts += ["::numeric", "::numeric(5,2)"]
    before, after = (f"({number}){draw(st.sampled_from(casts))}" for _ in range(2))
    if draw(st.booleans()):
        return f"{column} {symbol} {before}", f"NOT ({column} {_OPPOSITE[symbol]} {after})"
    return f"{column} {symbol} {before}", f"({column} {symbol} {after}) = true"


@st.composite
def _same_list(draw: st.DrawFn) -> Pair:
    column, type_name = draw(st.sampled_from([("t", "varchar"), ("s", "text"), ("l", "bigint")]))
    plain = ["1", "2", "-1", "0"] if column == "l" else ["a", "b", "abc", "", "x,y", 'q"r', "NULL"]
    values = draw(st.lists(st.sampled_from(plain), min_size=1, max_size=4))
    quoted = [value if column == "l" else f"'{value}'" for value in values]
    listed = ", ".join(quoted)
    inner = ",".join('"' + value.replace('"', '\\"') + '"' for value in values)
    if draw(st.booleans()):
        forms = (
            f"{column} IN ({listed})",
            f"{column} = ANY (ARRAY[{listed}]::{type_name}[])",
            f"{column} = ANY (ARRAY[{listed}])",
            f"{column} = ANY ('{{{inner}}}'::{type_name}[])",
            f"NOT ({column} <> ALL (ARRAY[{listed}]))",
            " OR ".join(f"{column} = {value}" for value in quoted),
        )
    else:
        forms = (
            f"{column} NOT IN ({listed})",
            f"NOT ({column} IN ({listed}))",
            f"{column} <> ALL (ARRAY[{listed}]::{type_name}[])",
            f"NOT ({column} = ANY ('{{{inner}}}'::{type_name}[]))",
            " AND ".join(f"{column} <> {value}" for value in quoted),
        )
    return draw(st.sampled_from(forms)), draw(st.sampled_from(forms))


@st.composite
def _same_text(draw: st.DrawFn) -> Pair:
    value = draw(st.sampled_from(["'a'", "'b'", "''"]))
    groups = (
        (f"trim(s) = {value}", f"btrim(s) = {value}", f"NOT (trim(both from s) <> {value})"),
        (f"substring(s, 1, 1) = {value}", f"substring(s from 1 for 1) = ANY (ARRAY[{value}])"),
        (f"position({value} in s) > 0", f'"position"(s, {value}) > 0::bigint'),
        (f"s LIKE {value}", f"NOT (s NOT LIKE {value})", f"s ~~ {value}"),
        ("length(s) > 1", "char_length(s) > 1", "NOT (character_length(s) <= 1)"),
        ("z < now()", "z < CURRENT_TIMESTAMP", "NOT (z >= transaction_timestamp())"),
        ("(z AT TIME ZONE 'utc') < '2021-01-01'", "timezone('utc', z) < '2021-01-01'"),
    )
    group = draw(st.sampled_from(groups))
    return draw(st.sampled_from(group)), draw(st.sampled_from(group))


@st.composite
def _near(draw: st.DrawFn) -> Pair:
    """Return two conditions drawn from few parts, so that they often are nearly the same."""
    return draw(_any_condition()), draw(_any_condition())


@st.composite
def _any_condition(draw: st.DrawFn) -> str:
    of_text = draw(st.booleans())
    column = draw(st.sampled_from(["t", "s", "c"] if of_text else ["n", "d", "f", "r"]))
    values = st.builds(
        lambda value, cast: f"({value}){cast}",
        st.sampled_from(_STRINGS if of_text else [n for n in _NUMBERS if n[0] != "'"]),
        st.sampled_from(_STRING_CASTS if of_text else _NUMBER_CASTS),
    )
    symbol = draw(st.sampled_from(sorted(_OPPOSITE)))
    forms = [
        f"{column} {symbol} {draw(values)}",
        f"NOT ({column} {symbol} {draw(values)})",
        f"({column} {symbol} {draw(values)}) = {draw(st.sampled_from(['true', 'false', 'NULL']))}",
        f"({column} {symbol} {draw(values)}) IS {draw(st.sampled_from(['TRUE', 'NOT FALSE']))}",
        f"{column} IN ({draw(values)}, {draw(values)})",
        f"{column} NOT IN ({draw(values)}, {draw(values)})",
        f"{column} = {draw(values)} OR {column} = {draw(values)}",
        f"{column} <> {draw(values)} AND {column} <> {draw(values)}",
        f"{column} IS DISTINCT FROM {draw(values)}",
        f"coalesce({column}, {draw(values)}) = {draw(values)}",
        f"({column} || {draw(values)}) = 'a'" if of_text else f"({column} + {draw(values)}) > 1",
    ]
    return draw(st.sampled_from(forms))
