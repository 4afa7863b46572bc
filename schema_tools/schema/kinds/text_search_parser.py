"""Text search parsers, made with CREATE TEXT SEARCH PARSER."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       p.prsname AS name,
       p.prsstart::text AS start,
       p.prstoken::text AS gettoken,
       p.prsend::text AS "end",
       CASE WHEN p.prsheadline::oid <> 0 THEN p.prsheadline::text END AS headline,
       p.prslextype::text AS lextypes,
       d.description AS comment
  FROM pg_catalog.pg_ts_parser p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.prsnamespace
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass AND d.objoid = p.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_ts_parser'::pg_catalog.regclass
                      AND e.objid = p.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchParser(SchemaObject):
    """A text search parser, which is its functions."""

    start: str
    gettoken: str
    end: str
    headline: str | None = None
    lextypes: str
    comment: str | None = None


def describe(found: TextSearchParser) -> str:
    """Return the functions of the parser as CREATE TEXT SEARCH PARSER writes them."""
    aspects = ("start", "gettoken", "end", "headline", "lextypes")
    functions = ((aspect.upper(), getattr(found, aspect)) for aspect in aspects)
    return f"({', '.join(f'{word} = {name}' for word, name in functions if name)})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TEXT SEARCH PARSER, DROP TEXT SEARCH PARSER, or the new comment."""
    after = change.after
    name = f"TEXT SEARCH PARSER {qualified(change.key.schema, change.key.name)}"
    if not isinstance(after, TextSearchParser):
        return Draft((f"DROP {name}",))
    made = () if change.before else (f"CREATE {name} {describe(after)}",)
    return Draft((*made, *owner_and_comment(name, change)))


def rebuilt(change: Change) -> bool:
    """Return whether something else than the comment differs: no other thing can be altered."""
    return not {*change.aspects} <= {"comment"}


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the parser another name."""
    return f"ALTER TEXT SEARCH PARSER {qualified(key.schema, key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="text_search_parser",
    type=TextSearchParser,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_ts_parser m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("schema",),
    rebuilt=rebuilt,
    rename=rename,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
