"""Foreign tables: their server, options and inheritance; what their columns are is told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from operator import attrgetter

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, expression
from schema_tools.schema.parts import fdw_options
from schema_tools.schema.parts.owner_and_comment import comment_on, owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       s.srvname AS server,
       {options} AS options,
       CASE WHEN NOT c.relispartition THEN
         (SELECT pg_catalog.array_agg(i.inhparent::pg_catalog.regclass::text ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) END AS inherits,
       CASE WHEN c.relispartition THEN
         (SELECT i.inhparent::pg_catalog.regclass::text
            FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) END AS partition_of,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(c.oid, 'pg_class') AS comment
  FROM pg_catalog.pg_foreign_table f
  JOIN pg_catalog.pg_class c ON c.oid = f.ftrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(c.relowner)::text AS owner) u
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
""".replace("{options}", fdw_options.options_sql("f.ftoptions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTable(SchemaObject):
    """A foreign table; ``options`` are texts ``name=value``, secrets hidden.

    ``inherits`` lists its parents, in their order; a partition has the table that it is part of.
    """

    server: str
    options: tuple[str, ...] = ()
    inherits: tuple[str, ...] = ()
    partition_of: str | None = None
    partition_bound: str | None = expression()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("options", "inherits"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: ForeignTable) -> str:
    """Return the server with the options: ``foreign table of files (filename=/x.csv)``."""
    options = f" ({', '.join(found.options)})" if found.options else ""
    return f"foreign table of {found.server}{options}"


def draft(change: Change, _before: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE FOREIGN TABLE with its columns, DROP, or what ALTER can do."""
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, ForeignTable):
        return Draft((f"DROP FOREIGN TABLE {name}",))
    trimmings = owner_and_comment(f"FOREIGN TABLE {name}", change)
    if not isinstance(before, ForeignTable):
        columns = _columns(change.key, after_schema)
        comments = (
            comment_on(f"COLUMN {name}.{quoted(found.name)}", text)
            for found in columns.values()
            if (text := getattr(found, "comment", None)) is not None
        )
        return Draft(
            (_create(name, after, columns.values()), *comments, *trimmings),
            absorbs=tuple(columns),
            caution=fdw_options.caution((), after.options),
        )
    altered = _alter(f"ALTER FOREIGN TABLE {name}", before, after, frozenset(change.aspects))
    caution = fdw_options.caution(before.options, after.options)
    return Draft((*altered, *trimmings), caution=caution)


def _columns(table: Key, schema: Schema) -> dict[Key, SchemaObject]:
    """Return the columns of a table in their order."""
    members = [(key, found) for key, found in schema.of_table(table) if key.kind == "column"]
    return dict(sorted(members, key=lambda member: attrgetter("position", "name")(member[1])))


def _create(name: str, table: ForeignTable, columns: Iterable[SchemaObject]) -> str:
    lines = ",\n    ".join(map(kinds()["column"].describe, columns))
    server = f"SERVER {quoted(table.server)}{fdw_options.created(table.options)}"
    if table.partition_of is not None:
        head = f"CREATE FOREIGN TABLE {name} PARTITION OF {table.partition_of}"
        return f"{head} {table.partition_bound} {server}"
    body = f"(\n    {lines}\n)" if lines else "()"
    inherits = f" INHERITS ({', '.join(table.inherits)})" if table.inherits else ""
    return f"CREATE FOREIGN TABLE {name} {body}{inherits} {server}"


def _alter(
    alter: str, before: ForeignTable, after: ForeignTable, aspects: frozenset[str]
) -> Iterator[str]:
    if "options" in aspects and (options := fdw_options.altered(before.options, after.options)):
        yield f"{alter}{options}"
    if "inherits" in aspects:
        # All that follows the first difference, since their order counts.
        pairs = zip(before.inherits, after.inherits, strict=False)
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
        yield from (f"{alter} NO INHERIT {parent}" for parent in before.inherits[same:])
        yield from (f"{alter} INHERIT {parent}" for parent in after.inherits[same:])


def _rebuilt(change: Change) -> bool:
    """A foreign table keeps its server, and what it is a part of, for its life."""
    return bool({"server", "partition_of", "partition_bound"} & set(change.aspects))


def _needs(found: ForeignTable, _schema: Schema) -> Iterator[Key]:
    yield Key("foreign_server", "", "", found.server)


KIND = Kind(
    name="foreign_table",
    type=ForeignTable,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_class m WHERE m.oid >= 16384 AND m.relkind = 'f'",
    draft=draft,
    describe=describe,
    after=("table", "foreign_server"),
    needs=_needs,
    rebuilt=_rebuilt,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
