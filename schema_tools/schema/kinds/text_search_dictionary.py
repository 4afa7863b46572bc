"""Text search dictionaries: a template and its options."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.dictname AS name,
       pg_catalog.quote_ident(tn.nspname) || '.' || pg_catalog.quote_ident(t.tmplname)
         AS template,
       c.dictinitoption AS options,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_ts_dict c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.dictnamespace
  JOIN pg_catalog.pg_ts_template t ON t.oid = c.dicttemplate
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.dictowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass AND d.objoid = c.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
"""
# Before PostgreSQL 18 also numbers could stand without quotes.
_OPTION = re.compile(r"""("(?:[^"]|"")+"|\w+) = (E?'(?:[^'\\]|''|\\.)*'|[^,]+)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchDictionary(SchemaObject):
    """A dictionary; ``options`` are as its template takes them: ``language = 'english'``."""

    template: str
    options: str | None = None
    owner: str | None = None
    comment: str | None = None


def describe(found: TextSearchDictionary) -> str:
    """Return the dictionary as CREATE TEXT SEARCH DICTIONARY writes it."""
    parts = [f"TEMPLATE = {found.template}", *([found.options] if found.options else [])]
    return f"({', '.join(parts)})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TEXT SEARCH DICTIONARY, DROP, new options, owner and comment."""
    before, after = change.before, change.after
    name = f"TEXT SEARCH DICTIONARY {qualified(change.key.schema, change.key.name)}"
    if not isinstance(after, TextSearchDictionary):
        return Draft((f"DROP {name}",))
    trimmings = owner_and_comment(name, change)
    if not isinstance(before, TextSearchDictionary):
        return Draft((f"CREATE {name} {describe(after)}", *trimmings))
    if "options" not in change.aspects:
        return Draft(trimmings)
    return Draft((f"ALTER {name} ({_changed(before, after)})", *trimmings))


def _changed(before: TextSearchDictionary, after: TextSearchDictionary) -> str:
    """Return the options to set, and the bare names of those to take away."""
    old, new = (dict(_OPTION.findall(found.options or "")) for found in (before, after))
    gone = [option for option in old if option not in new]
    # All of them: a dictionary keeps its options in the order in which they were set.
    return ", ".join([*gone, *(f"{option} = {value}" for option, value in new.items())])


def rebuilt(change: Change) -> bool:
    """Return whether the template differs, which cannot be altered."""
    return "template" in change.aspects


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the dictionary another name."""
    dictionary = qualified(key.schema, key.name)
    return f"ALTER TEXT SEARCH DICTIONARY {dictionary} RENAME TO {quoted(name)}"


KIND = Kind(
    name="text_search_dictionary",
    type=TextSearchDictionary,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_ts_dict m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("text_search_template", "extension"),
    rebuilt=rebuilt,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
