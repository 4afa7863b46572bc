"""Collations made with CREATE COLLATION; never the version of the library behind them."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.drafting.exchange import Exchange, Use
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# As of PostgreSQL 17.
QUERY = """
SELECT n.nspname AS schema,
       l.collname AS name,
       CASE l.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin'
                           ELSE 'default' END AS provider,
       l.colllocale AS locale,
       l.collcollate AS collate,
       l.collctype AS character_type,
       l.collisdeterministic AS deterministic,
       l.collicurules AS rules,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_collation l
  JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = l.collowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.objoid = l.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass
                      AND e.objid = l.oid AND e.deptype = 'e')
"""


def query(version: int) -> str:
    """Return the query for a server's version: a column was renamed, another one added."""
    text = QUERY
    if version < 170000:
        text = text.replace("l.colllocale", "l.colliculocale")
    return text if version >= 160000 else text.replace("l.collicurules", "NULL::text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collation(SchemaObject):
    """A collation; ``locale`` is that of ICU or built in, the two after it are those of libc."""

    provider: str
    locale: str | None = None
    collate: str | None = None
    character_type: str | None = None
    deterministic: bool = flag("deterministic", "not deterministic", default=True)
    rules: str | None = None
    owner: str | None = None
    comment: str | None = None


_CLAUSES = {
    "locale": "LOCALE",
    "collate": "LC_COLLATE",
    "character_type": "LC_CTYPE",
    "rules": "RULES",
}
_ASPECTS = frozenset({"provider", "deterministic", *_CLAUSES})


def describe(found: Collation) -> str:
    """Return the collation as CREATE COLLATION writes it."""
    parts = [f"PROVIDER = {found.provider}"]
    parts += [] if found.deterministic else ["DETERMINISTIC = false"]
    values = {clause: getattr(found, aspect) for aspect, clause in _CLAUSES.items()}
    parts += [f"{clause} = {literal(value)}" for clause, value in values.items() if value]
    return f"({', '.join(parts)})"


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE COLLATION, DROP COLLATION, the new owner and comment, or an exchange."""
    key, after = change.key, change.after
    name = qualified(key.schema, key.name)
    if not isinstance(after, Collation):
        return Draft((f"DROP COLLATION {name}",))
    if change.before is None:
        return Draft(_create(name, key, after))
    if not in_the_way(change):
        return Draft(owner_and_comment(f"COLLATION {name}", change))
    create = _create(name, key, after)
    exchange = Exchange(key, "COLLATION", create, before_schema, after_schema)

    def converted(use: Use) -> str | None:
        has_it = use.value("collation") == f"{quoted(key.schema)}.{quoted(key.name)}"
        return f"TYPE {use.value('type')} COLLATE {name}" if has_it else None

    return exchange.draft(converted, "")


def _create(name: str, key: Key, found: Collation) -> tuple[str, ...]:
    trimmings = owner_and_comment(f"COLLATION {name}", Change(key, None, found))
    return (f"CREATE COLLATION {name} {describe(found)}", *trimmings)


def in_the_way(change: Change) -> bool:
    """Return whether another collation takes the place of this one."""
    return not _ASPECTS.isdisjoint(change.aspects)


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the collation another name."""
    return f"ALTER COLLATION {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="collation",
    type=Collation,
    query=query,
    among="SELECT FROM pg_catalog.pg_collation m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("extension",),
    in_the_way=in_the_way,
    holds_data=True,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
