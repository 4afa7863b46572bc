"""Text search templates, made with CREATE TEXT SEARCH TEMPLATE."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       t.tmplname AS name,
       CASE WHEN t.tmplinit::oid <> 0 THEN t.tmplinit::text END AS init,
       t.tmpllexize::text AS lexize,
       d.description AS comment
  FROM pg_catalog.pg_ts_template t
  JOIN pg_catalog.pg_namespace n ON n.oid = t.tmplnamespace
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass AND d.objoid = t.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_ts_template'::pg_catalog.regclass
                      AND e.objid = t.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchTemplate(SchemaObject):
    """A template of text search dictionaries, which is its functions."""

    init: str | None = None
    lexize: str
    comment: str | None = None


def describe(found: TextSearchTemplate) -> str:
    """Return the functions of the template as CREATE TEXT SEARCH TEMPLATE writes them."""
    init = f"INIT = {found.init}, " if found.init else ""
    return f"({init}LEXIZE = {found.lexize})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TEXT SEARCH TEMPLATE, DROP TEXT SEARCH TEMPLATE, or the new comment."""
    after = change.after
    name = f"TEXT SEARCH TEMPLATE {qualified(change.key.schema, change.key.name)}"
    if not isinstance(after, TextSearchTemplate):
        return Draft((f"DROP {name}",))
    made = () if change.before else (f"CREATE {name} {describe(after)}",)
    return Draft((*made, *owner_and_comment(name, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something else than the comment differs: no other thing can be altered."""
    return not {*change.aspects} <= {"comment"}


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the template another name."""
    template = qualified(key.schema, key.name)
    return f"ALTER TEXT SEARCH TEMPLATE {template} RENAME TO {quoted(name)}"


KIND = Kind(
    name="text_search_template",
    type=TextSearchTemplate,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_ts_template m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("schema",),
    rebuilt=rebuilt,
    rename=rename,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
