"""Composite types that stand by themselves; that of a table is the table's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.drafting.dependencies import mentions
from schema_tools.schema.drafting.exchange import Exchange
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import comment_on, owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS name,
       a.names AS attribute_names,
       a.definitions AS attributes,
       a.comments AS attribute_comments,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type t ON t.oid = c.reltype
  LEFT JOIN (
       SELECT a.attrelid,
              pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS names,
              pg_catalog.array_agg(
                pg_catalog.quote_ident(a.attname) || ' '
                || pg_catalog.format_type(a.atttypid, a.atttypmod)
                || CASE WHEN a.attcollation <> b.typcollation
                        THEN ' COLLATE ' || pg_catalog.quote_ident(ln.nspname) || '.'
                             || pg_catalog.quote_ident(l.collname)
                        ELSE '' END
                ORDER BY a.attnum) AS definitions,
              pg_catalog.array_agg(pg_catalog.quote_ident(a.attname) || ': ' || x.description
                ORDER BY a.attnum) FILTER (WHERE x.description IS NOT NULL) AS comments
         FROM pg_catalog.pg_class o
         JOIN pg_catalog.pg_attribute a ON a.attrelid = o.oid
         JOIN pg_catalog.pg_type b ON b.oid = a.atttypid
         LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
         LEFT JOIN pg_catalog.pg_namespace ln ON ln.oid = l.collnamespace
         LEFT JOIN pg_catalog.pg_description x
           ON x.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
          AND x.objoid = a.attrelid AND x.objsubid = a.attnum
        WHERE o.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped
        GROUP BY a.attrelid) a ON a.attrelid = c.oid
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.typowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE c.relkind = 'c'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite(SchemaObject):
    """A type made with CREATE TYPE … AS (…); ``attributes`` are as written there, in order.

    ``attribute_comments`` have the form ``name: comment``.
    """

    attributes: tuple[str, ...] = ()
    # The attributes begin with them.
    attribute_names: tuple[str, ...] = field(default=(), compare=False)
    attribute_comments: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("attributes", "attribute_names", "attribute_comments"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))

    @property
    def by_name(self) -> dict[str, str]:
        """Return the definition of each attribute."""
        return dict(zip(self.attribute_names, self.attributes, strict=True))

    def comment_of(self, attribute: str) -> str | None:
        """Return the comment of an attribute."""
        start = f"{quoted(attribute)}: "
        found = (text for text in self.attribute_comments if text.startswith(start))
        return next((text.removeprefix(start) for text in found), None)


def describe(found: Composite) -> str:
    """Return the attributes as CREATE TYPE writes them."""
    return f"({', '.join(found.attributes)})"


def draft(change: Change, before_schema: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TYPE, DROP TYPE, or the ALTER TYPE for each attribute.

    An attribute's type cannot change while a column has the composite type (PostgreSQL
    documentation, ALTER TYPE), and a new attribute comes last: what is left is another type.
    """
    before, after = change.before, change.after
    name = qualified(change.key.schema, change.key.name)
    if not isinstance(after, Composite):
        return Draft((f"DROP TYPE {name}",))
    if not isinstance(before, Composite):
        return Draft(_create(name, change.key, after))
    exchange = Exchange(
        change.key, "TYPE", _create(name, change.key, after), before_schema, after_schema
    )
    held = exchange.uses() or exchange.obstacles()
    if not _is_appended(before, after) or (held and _retyped(before, after)):
        return exchange.draft(None, "")
    return _alter(name, change, _cascade(change.key, before_schema))


def _create(name: str, key: Key, found: Composite) -> tuple[str, ...]:
    return (
        f"CREATE TYPE {name} AS {describe(found)}",
        *_comments(name, None, found),
        *owner_and_comment(f"TYPE {name}", Change(key, None, found)),
    )


def _is_appended(before: Composite, after: Composite) -> bool:
    """Return whether what is new comes after all that is kept, in its old order."""
    kept = [name for name in before.attribute_names if name in after.attribute_names]
    return [*after.attribute_names][: len(kept)] == kept


def _retyped(before: Composite, after: Composite) -> list[str]:
    old = before.by_name
    return [name for name, text in after.by_name.items() if old.get(name, text) != text]


def _cascade(key: Key, before: Schema) -> str:
    """Return the word that alters tables of the type with it, which is needed where some are.

    It would drop views that read a dropped attribute, and so it is said only there.
    """
    tables = (found for each, found in before.objects.items() if each.kind == "table")
    return " CASCADE" if any((key.schema, key.name) in mentions(each) for each in tables) else ""


def _alter(name: str, change: Change, cascade: str) -> Draft:
    before, after = change.before, change.after
    if not isinstance(before, Composite) or not isinstance(after, Composite):
        return Draft(())
    statements: list[str] = []
    gone = [each for each in before.attribute_names if each not in after.attribute_names]
    retyped = _retyped(before, after)
    statements += (f"ALTER TYPE {name} DROP ATTRIBUTE {quoted(each)}{cascade}" for each in gone)
    for each, text in after.by_name.items():
        if each not in before.attribute_names:
            statements.append(f"ALTER TYPE {name} ADD ATTRIBUTE {text}{cascade}")
        elif each in retyped:
            typed = text.removeprefix(f"{quoted(each)} ")
            alter = f"ALTER TYPE {name} ALTER ATTRIBUTE {quoted(each)} TYPE {typed}"
            statements.append(f"{alter}{cascade}")
    statements += _comments(name, before, after)
    statements += owner_and_comment(f"TYPE {name}", change)
    caution = f"The values of {', '.join(gone)} are lost." if gone else ""
    return Draft(tuple(statements), safe=not gone, caution=caution)


def _comments(name: str, before: Composite | None, after: Composite) -> Iterator[str]:
    """Yield a statement for each attribute that has another comment."""
    for each in after.attribute_names:
        comment = after.comment_of(each)
        if comment != (before.comment_of(each) if before else None):
            yield comment_on(f"COLUMN {name}.{quoted(each)}", comment)


def in_the_way(change: Change) -> bool:
    """Return whether what uses the type must make way: its attributes do not only grow."""
    before, after = change.before, change.after
    if not isinstance(before, Composite) or not isinstance(after, Composite):
        return False
    return before.attributes != after.attributes[: len(before.attributes)]


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the type another name."""
    return f"ALTER TYPE {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="composite",
    type=Composite,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_class m WHERE m.oid >= 16384 AND m.relkind = 'c'",
    draft=draft,
    describe=describe,
    after=("enum", "collation"),
    in_the_way=in_the_way,
    holds_data=True,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "attribute_comments": Severity.INFO,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
