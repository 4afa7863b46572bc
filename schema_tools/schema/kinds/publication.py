"""Publications: which tables, rows, columns and operations they publish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

_QUERY = """
SELECT p.pubname AS name,
       '' AS schema,
       p.puballtables AS all_tables,
       (SELECT pg_catalog.array_agg(r.prrelid::pg_catalog.regclass::text
                 || COALESCE(' (' || l.names || ')', '')
                 || COALESCE(' WHERE (' || pg_catalog.pg_get_expr(r.prqual, r.prrelid) || ')', '')
                 ORDER BY r.prrelid::pg_catalog.regclass::text)
          FROM pg_catalog.pg_publication_rel r
         CROSS JOIN LATERAL (
               SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', '
                                            ORDER BY a.attnum) AS names
                 FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) l
         WHERE r.prpubid = p.oid) AS tables,
       (SELECT pg_catalog.array_agg(n.nspname::text ORDER BY n.nspname)
          FROM pg_catalog.pg_publication_namespace m
          JOIN pg_catalog.pg_namespace n ON n.oid = m.pnnspid
         WHERE m.pnpubid = p.oid) AS schemas,
       pg_catalog.array_remove(ARRAY[
         CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END,
         CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END],
         NULL) AS publish,
       p.pubviaroot AS via_root,
       {generated} AS generated_columns,
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(p.oid, 'pg_publication') AS comment
  FROM pg_catalog.pg_publication p
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(p.pubowner)::text AS owner) u
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_publication'::pg_catalog.regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
"""
_SUBSCRIBERS = "Subscriptions to it fail while it is not there."
_NAME = r'("(?:[^"]|"")+"|[^\W\d][\w$]*)'
_QUALIFIED = re.compile(rf"{_NAME}\.{_NAME}")


def query(version: int) -> str:
    """Return the query; PostgreSQL 18 can publish generated columns."""
    generated = "CASE p.pubgencols WHEN 's' THEN 'stored' ELSE 'none' END"
    return _QUERY.replace("{generated}", generated if version >= 180000 else "'none'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(SchemaObject):
    """A publication; ``tables`` are as CREATE PUBLICATION lists them: ``public.t (a) WHERE (b)``.

    ``publish`` are the operations, ``generated_columns`` is ``none`` or ``stored``.
    """

    all_tables: bool = flag("FOR ALL TABLES", "for some tables", default=False)
    tables: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    publish: tuple[str, ...] = ()
    via_root: bool = flag("published via the root", "published as partitions", default=False)
    generated_columns: str = "none"
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("tables", "schemas", "publish"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: Publication) -> str:
    """Return what is published: ``publication of TABLE public.t (insert, update)``."""
    what = "all tables" if found.all_tables else _listed(found) or "nothing"
    return f"publication of {what} ({', '.join(found.publish)})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or ALTER PUBLICATION."""
    name = quoted(change.key.name)
    before, after = change.before, change.after
    if not isinstance(after, Publication):
        return Draft((f"DROP PUBLICATION {name}",), caution=_SUBSCRIBERS)
    trimmings = owner_and_comment(f"PUBLICATION {name}", change)
    if not isinstance(before, Publication):
        return Draft((_create(name, after), *trimmings))
    return Draft((*_alter(name, before, after, frozenset(change.aspects)), *trimmings))


def _create(name: str, found: Publication) -> str:
    what = "ALL TABLES" if found.all_tables else _listed(found)
    parameters = [f"publish = {literal(', '.join(found.publish))}"]
    if found.via_root:
        parameters.append("publish_via_partition_root = true")
    if found.generated_columns != "none":
        parameters.append(f"publish_generated_columns = {found.generated_columns}")
    of = f" FOR {what}" if what else ""
    return f"CREATE PUBLICATION {name}{of} WITH ({', '.join(parameters)})"


def _alter(
    name: str, before: Publication, after: Publication, aspects: frozenset[str]
) -> Iterator[str]:
    alter = f"ALTER PUBLICATION {name}"
    if {"tables", "schemas"} & aspects:
        # What is not asked to change stays, so that one aspect can be mended alone.
        goal = replace(
            before,
            tables=after.tables if "tables" in aspects else before.tables,
            schemas=after.schemas if "schemas" in aspects else before.schemas,
        )
        listed = _listed(goal)
        yield f"{alter} SET {listed}" if listed else f"{alter} DROP {_bare(before)}"
    changed = []
    if "publish" in aspects:
        changed.append(f"publish = {literal(', '.join(after.publish))}")
    if "via_root" in aspects:
        changed.append(f"publish_via_partition_root = {str(after.via_root).lower()}")
    if "generated_columns" in aspects:
        changed.append(f"publish_generated_columns = {after.generated_columns}")
    if changed:
        yield f"{alter} SET ({', '.join(changed)})"


def _listed(found: Publication) -> str:
    parts = [f"TABLE {', '.join(found.tables)}"] if found.tables else []
    if found.schemas:
        parts.append(f"TABLES IN SCHEMA {', '.join(map(quoted, found.schemas))}")
    return ", ".join(parts)


def _bare(found: Publication) -> str:
    """Return the list without columns and conditions, as DROP takes it."""
    names = (f"{quoted(schema)}.{quoted(name)}" for schema, name in map(_name, found.tables))
    return _listed(replace(found, tables=tuple(names)))


def _name(entry: str) -> tuple[str, str]:
    """Return schema and name of the table of an entry."""
    match = _QUALIFIED.match(entry)
    if match is None:
        raise ValueError(f"not a table of a publication: {entry}")
    first, second = (
        each[1:-1].replace('""', '"') if each.startswith('"') else each for each in match.groups()
    )
    return first, second


def _needs(found: Publication, schema: Schema) -> Iterator[Key]:
    """Yield the columns that are listed, or that a condition may name, and the schemas."""
    for entry in found.tables:
        of, table = _name(entry)
        rest = _QUALIFIED.sub("", entry, count=1)
        for key, _found in schema.of_table(Key("table", of, "", table)):
            if key.kind == "column" and quoted(key.name) in rest:
                yield key
    for name in found.schemas:
        yield Key("schema", "", "", name)


def _without(found: Publication, needed: Key) -> Publication | None:
    """Return the publication without a table, or without the schema, that is to go."""
    table = (needed.schema, needed.table or needed.name)
    return replace(
        found,
        tables=tuple(entry for entry in found.tables if _name(entry) != table),
        schemas=tuple(name for name in found.schemas if needed != Key("schema", "", "", name)),
    )


def _rebuilt(change: Change) -> bool:
    """PostgreSQL documentation, ALTER PUBLICATION: FOR ALL TABLES cannot be altered."""
    return "all_tables" in change.aspects


KIND = Kind(
    name="publication",
    type=Publication,
    query=query,
    among="SELECT FROM pg_catalog.pg_publication m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("table", "column"),
    needs=_needs,
    rebuilt=_rebuilt,
    without=_without,
    # Dropping it stops what subscribes to it.
    holds_data=True,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
