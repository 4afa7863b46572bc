"""Operators, told apart by the types of their operands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# One without a function is only a promise, made by an operator that names it as its commutator.
QUERY = """
SELECT n.nspname AS schema,
       o.oprname || '(' || CASE WHEN o.oprleft = 0 THEN 'NONE'
                                ELSE pg_catalog.format_type(o.oprleft, NULL) END
         || ', ' || pg_catalog.format_type(o.oprright, NULL) || ')' AS name,
       o.oprname AS bare_name,
       CASE WHEN o.oprleft <> 0 THEN pg_catalog.format_type(o.oprleft, NULL) END AS left,
       pg_catalog.format_type(o.oprright, NULL) AS right,
       o.oprcode::text AS function,
       pg_catalog.quote_ident(cn.nspname) || '.' || c.oprname AS commutator,
       pg_catalog.quote_ident(gn.nspname) || '.' || g.oprname AS negator,
       CASE WHEN o.oprrest::oid <> 0 THEN o.oprrest::text END AS restrict,
       CASE WHEN o.oprjoin::oid <> 0 THEN o.oprjoin::text END AS join,
       o.oprcanhash AS hashes,
       o.oprcanmerge AS merges,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
  LEFT JOIN pg_catalog.pg_operator c ON c.oid = o.oprcom
  LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.oprnamespace
  LEFT JOIN pg_catalog.pg_operator g ON g.oid = o.oprnegate
  LEFT JOIN pg_catalog.pg_namespace gn ON gn.oid = g.oprnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = o.oprowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND d.objoid = o.oid
 WHERE o.oprcode::oid <> 0
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
                      AND e.objid = o.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(SchemaObject):
    """An operator, named ``+(integer, app.mood)``; a prefix one ``!(NONE, integer)``."""

    # Told by the name.
    bare_name: str = field(compare=False)
    left: str | None = field(default=None, compare=False)
    right: str = field(compare=False)
    function: str
    commutator: str | None = None
    negator: str | None = None
    restrict: str | None = None
    join: str | None = None
    hashes: bool = flag("HASHES", "not HASHES", default=False)
    merges: bool = flag("MERGES", "not MERGES", default=False)
    owner: str | None = None
    comment: str | None = None


def describe(found: Operator) -> str:
    """Return the operator as CREATE OPERATOR writes it."""
    operators = {"COMMUTATOR": found.commutator, "NEGATOR": found.negator}
    values = {
        "FUNCTION": found.function,
        "LEFTARG": found.left,
        "RIGHTARG": found.right,
        **{word: name and f"OPERATOR({name})" for word, name in operators.items()},
        "RESTRICT": found.restrict,
        "JOIN": found.join,
    }
    parts = [f"{word} = {value}" for word, value in values.items() if value]
    parts += [word for word, is_set in _flags(found) if is_set]
    return f"({', '.join(parts)})"


def _flags(found: Operator) -> Iterator[tuple[str, bool]]:
    yield "HASHES", found.hashes
    yield "MERGES", found.merges


def _name(found: Operator) -> str:
    return (
        found.bare_name
        if found.schema == "public"
        else f"{quoted(found.schema)}.{found.bare_name}"
    )


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE OPERATOR, DROP OPERATOR, new estimators, owner and comment."""
    there = change.after or change.before
    if not isinstance(there, Operator):
        return Draft(())
    name = _name(there)
    operator = f"OPERATOR {name} ({there.left or 'NONE'}, {there.right})"
    if change.after is None:
        return Draft((f"DROP {operator}",))
    trimmings = owner_and_comment(operator, change)
    if change.before is None:
        return Draft((f"CREATE OPERATOR {name} {describe(there)}", *trimmings))
    estimators = {"RESTRICT": there.restrict, "JOIN": there.join}
    settings = ", ".join(
        f"{word} = {value or 'NONE'}"
        for word, value in estimators.items()
        if word.lower() in change.aspects
    )
    altered = (f"ALTER {operator} SET ({settings})",) if settings else ()
    return Draft((*altered, *trimmings))


def rebuilt(change: Change) -> bool:
    """Return whether something differs that ALTER OPERATOR cannot change on every server."""
    return not {*change.aspects} <= {"restrict", "join", "owner", "comment"}


KIND = Kind(
    name="operator",
    type=Operator,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_operator m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("domain",),
    rebuilt=rebuilt,
    severities={
        "extra": Severity.WARNING,
        **dict.fromkeys(
            ("commutator", "negator", "restrict", "join", "hashes", "merges"), Severity.WARNING
        ),
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
