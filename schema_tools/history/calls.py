"""Find the functions that a query calls, and say which of them nobody can see through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from schema_tools.lexer import Kind, Token

# What stands before a parenthesis without being a function's name.
_KEY_WORDS = frozenset(
    """
    ALL AND ANY ARRAY AS BETWEEN BY CASE CAST COALESCE CONFLICT CUBE DISTINCT ELSE EXCEPT EXISTS
    EXTRACT FILTER FROM GREATEST GROUP GROUPING HAVING ILIKE IN INTERSECT INTO IS JOIN LATERAL
    LEAST LIKE LIMIT MATERIALIZED NOT NULLIF OFFSET ON OR OVER OVERLAY POSITION RETURNING ROLLUP
    ROW SELECT SETS SIMILAR SOME SUBSTRING THEN TRIM UNION USING VALUES WHEN WHERE WITHIN
    """.split()
)
# After these a name with parentheses is a table or an alias with its columns, or a type.
_NAMES_NO_FUNCTION = frozenset({"INTO", "AS", "WITH", "RECURSIVE", "COPY", "::"})
# Functions of PostgreSQL that leave rows as they are: those that a rollback may well call.
_TAME = frozenset(
    """
    abs array_agg avg ceil clock_timestamp concat concat_ws count currval current_setting
    date_trunc floor format gen_random_uuid generate_series json_agg json_build_object
    jsonb_agg jsonb_build_object left length lower lpad make_interval max md5 min nextval now
    pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_get_serial_sequence pg_notify
    pg_sleep random rank replace right round row_number rpad set_config split_part
    statement_timestamp string_agg substr sum to_char to_date to_json to_jsonb to_number
    to_regclass to_timestamp transaction_timestamp unnest upper
    """.split()
)
_LOSSES = {
    "lo_unlink": "deletes a large object",
    "lo_put": "overwrites a large object",
    "lo_truncate": "cuts a large object",
    "setval": "sets a sequence's position",
}


def lossy_call(tokens: Sequence[Token]) -> str:
    """Return what a function that is called may destroy; "" where none may.

    A function that is not known here cannot be seen through, and so may do anything.
    """
    for name in called(tokens):
        own = name.lower().removeprefix("pg_catalog.")
        if own in _LOSSES:
            return _LOSSES[own]
        if own not in _TAME:
            return f"runs {name}(), which may do anything"
    return ""


def called(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the names, as they are written, that stand before a parenthesis to be called."""
    for at, (token, following) in enumerate(itertools.pairwise(tokens)):
        is_name = token.kind is Kind.NAME or (
            token.kind is Kind.WORD and token.text.upper() not in _KEY_WORDS
        )
        if not is_name or following.text != "(":
            continue
        start = at
        while start > 1 and tokens[start - 1].text == ".":
            start -= 2
        if start and tokens[start - 1].text.upper() in _NAMES_NO_FUNCTION:
            continue
        yield "".join(part.text for part in tokens[start : at + 1])
