"""Extensions: their versions, and the schemas that hold their objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import comment_on

# An extension belongs to the database; which schemas are read makes no difference.
QUERY = """
WITH member AS (
  SELECT d.refobjid AS extension, d.classid, d.objid
    FROM pg_catalog.pg_depend d
   WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
), named AS (
  SELECT m.extension, o.typnamespace AS namespace, o.typname AS name
    FROM member m JOIN pg_catalog.pg_type o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass
  UNION SELECT m.extension, o.relnamespace, o.relname
    FROM member m JOIN pg_catalog.pg_class o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  UNION SELECT m.extension, o.pronamespace, o.proname
    FROM member m JOIN pg_catalog.pg_proc o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  UNION SELECT m.extension, o.oprnamespace, o.oprname
    FROM member m JOIN pg_catalog.pg_operator o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass
  UNION SELECT m.extension, o.opcnamespace, o.opcname
    FROM member m JOIN pg_catalog.pg_opclass o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_opclass'::pg_catalog.regclass
  UNION SELECT m.extension, o.opfnamespace, o.opfname
    FROM member m JOIN pg_catalog.pg_opfamily o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass
  UNION SELECT m.extension, o.dictnamespace, o.dictname
    FROM member m JOIN pg_catalog.pg_ts_dict o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
  UNION SELECT m.extension, o.tmplnamespace, o.tmplname
    FROM member m JOIN pg_catalog.pg_ts_template o ON o.oid = m.objid
   WHERE m.classid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass
), provided AS (
  SELECT o.extension,
         pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(s.nspname, o.name)
                              ORDER BY s.nspname, o.name) AS provides
    FROM named o JOIN pg_catalog.pg_namespace s ON s.oid = o.namespace
   WHERE s.nspname <> 'pg_catalog'
   GROUP BY o.extension
)
SELECT '' AS schema,
       e.extname AS name,
       n.nspname AS installed_in,
       e.extversion AS version,
       e.extrelocatable AS relocatable,
       a.default_version,
       a.comment AS default_comment,
       d.description AS comment,
       p.provides
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  LEFT JOIN provided p ON p.extension = e.oid
  LEFT JOIN pg_catalog.pg_available_extensions() a ON a.name = e.extname
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objoid = e.oid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(SchemaObject):
    """An extension; ``installed_in`` is the schema that holds its objects.

    ``provides`` are those that others can name: pairs of schema and name.
    """

    version: str
    installed_in: str = ""
    comment: str | None = None
    # These four are told by the extension's files on the server.
    relocatable: bool = field(default=False, compare=False)
    default_version: str | None = field(default=None, compare=False)
    default_comment: str | None = field(default=None, compare=False)
    provides: tuple[tuple[str, str], ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        pairs = tuple((schema, name) for schema, name in self.provides or ())
        object.__setattr__(self, "provides", pairs)


def describe(found: Extension) -> str:
    """Return the extension with its version."""
    return f"{found.name} {found.version}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE EXTENSION, DROP EXTENSION, a move to a schema, the update to a version."""
    before, after = change.before, change.after
    name = quoted(change.key.name)
    if not isinstance(after, Extension):
        return Draft(
            (f"DROP EXTENSION {name}",),
            safe=False,
            caution=f"Columns of the types of {name} would have to go with it.",
        )
    if not isinstance(before, Extension):
        return Draft(tuple(_create(name, after)))
    return _alter(name, before, after, change.aspects)


def _create(name: str, found: Extension) -> Iterator[str]:
    version = ""
    if found.default_version is not None and found.version != found.default_version:
        version = f" VERSION {literal(found.version)}"
    schema = quoted(found.installed_in)
    yield f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA {schema}{version}"
    if found.comment != found.default_comment:
        yield comment_on(f"EXTENSION {name}", found.comment)


def _alter(name: str, before: Extension, after: Extension, aspects: tuple[str, ...]) -> Draft:
    statements, cautions, safe = [], [], True
    if "installed_in" in aspects and before.relocatable:
        statements.append(f"ALTER EXTENSION {name} SET SCHEMA {quoted(after.installed_in)}")
    elif "installed_in" in aspects:
        safe = False
        cautions.append(
            f"{name} cannot be moved to schema {quoted(after.installed_in)}: save what columns "
            "have of its types, drop it and create it there."
        )
    if "version" in aspects:
        statements.append(f"ALTER EXTENSION {name} UPDATE TO {literal(after.version)}")
        cautions.append(f"Few extensions can go back to an older version; {name} may refuse.")
    if "comment" in aspects:
        statements.append(comment_on(f"EXTENSION {name}", after.comment))
    return Draft(tuple(statements), safe=safe, caution=" ".join(cautions))


def needs(found: Extension, _schema: Schema) -> Iterator[Key]:
    """Yield the schema that it is installed in."""
    yield Key("schema", "", "", found.installed_in)


KIND = Kind(
    name="extension",
    type=Extension,
    query=QUERY,
    draft=draft,
    describe=describe,
    after=("schema",),
    needs=needs,
    severities={
        "extra": Severity.WARNING,
        "version": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
