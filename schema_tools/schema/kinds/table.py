"""Tables: that they are there, their persistence, partitioning and comment."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.schema.kinds import column, constraint
from schema_tools.schema.names import literal, qualified
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, expression

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END AS persistence,
       pg_catalog.pg_get_partkeydef(c.oid) AS partition_key,
       (SELECT p.oid::pg_catalog.regclass::text
          FROM pg_catalog.pg_inherits i
          JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
         WHERE i.inhrelid = c.oid AND c.relispartition) AS partition_of,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p')
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(SchemaObject):
    """An ordinary or a partitioned table; ``persistence`` is ``permanent`` or ``unlogged``."""

    persistence: str = "permanent"
    partition_key: str | None = expression()
    partition_of: str | None = None
    partition_bound: str | None = expression()
    comment: str | None = None


def draft(change: Change, _before: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TABLE with its columns and constraints, DROP TABLE, or the alterations."""
    after = change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Table):
        return Draft((f"DROP TABLE {name}",), safe=False, caution=f"All rows of {name} are lost.")
    if change.before is None:
        return _create(name, after, change, after_schema)
    statements = []
    if "persistence" in change.aspects:
        logged = "LOGGED" if after.persistence == "permanent" else "UNLOGGED"
        statements.append(f"ALTER TABLE {name} SET {logged}")
    if "comment" in change.aspects:
        statements.append(_comment(name, after.comment))
    partitioning = {"partition_key", "partition_of", "partition_bound"} & set(change.aspects)
    if partitioning:
        return Draft(
            tuple(statements),
            safe=False,
            caution=f"The partitioning of {name} differs; make a new table and move the rows.",
        )
    return Draft(tuple(statements))


def _create(name: str, table: Table, change: Change, schema: Schema) -> Draft:
    members = list(schema.of_table(change.key))
    columns = sorted(
        (found for _key, found in members if isinstance(found, column.Column)),
        key=lambda found: (found.position, found.name),
    )
    inline = [
        (key, found)
        for key, found in members
        if isinstance(found, constraint.Constraint) and found.type != "foreign key"
    ]
    # Foreign keys stay out: the table they point to may be made later.
    lines = [column.definition(found) for found in columns]
    lines += [constraint.definition(found) for _key, found in inline]
    unlogged = "UNLOGGED " if table.persistence == "unlogged" else ""
    if table.partition_of is not None:
        head = f"CREATE {unlogged}TABLE {name} PARTITION OF {table.partition_of}"
        create = f"{head} {table.partition_bound}"
    else:
        body = ",\n    ".join(lines)
        create = (
            f"CREATE {unlogged}TABLE {name} (\n    {body}\n)"
            if lines
            else (f"CREATE {unlogged}TABLE {name} ()")
        )
    if table.partition_key is not None:
        create += f" PARTITION BY {table.partition_key}"
    comments = [
        statement
        for found in columns
        if found.comment is not None
        for statement in column.comment(found)
    ]
    if table.comment is not None:
        comments.insert(0, _comment(name, table.comment))
    absorbs = tuple(key for key, found in members if isinstance(found, column.Column)) + tuple(
        key for key, _found in inline
    )
    return Draft((create, *comments), absorbs=absorbs)


def _comment(name: str, comment: str | None) -> str:
    return f"COMMENT ON TABLE {name} IS {'NULL' if comment is None else literal(comment)}"


def describe(found: Table) -> str:
    """Return what the table is apart from its columns."""
    return "table" if found.persistence == "permanent" else f"{found.persistence} table"


KIND = Kind(
    name="table",
    type=Table,
    query=QUERY,
    draft=draft,
    describe=describe,
    in_models=True,
    after=("enum",),
    holds_data=True,
    beyond_models=frozenset({"persistence", "partition_key", "partition_of", "partition_bound"}),
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
