"""Procedural languages made with CREATE LANGUAGE; most are part of an extension."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT '' AS schema,
       l.lanname AS name,
       l.lanpltrusted AS trusted,
       l.lanplcallfoid::pg_catalog.regproc::text AS handler,
       CASE WHEN l.laninline <> 0 THEN l.laninline::pg_catalog.regproc::text END AS inline,
       CASE WHEN l.lanvalidator <> 0 THEN l.lanvalidator::pg_catalog.regproc::text END
         AS validator,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_language l
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = l.lanowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_language'::pg_catalog.regclass AND d.objoid = l.oid
 WHERE l.lanispl
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_language'::pg_catalog.regclass
                      AND e.objid = l.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Language(SchemaObject):
    """A procedural language, with the functions that run and check its programs."""

    trusted: bool = flag("TRUSTED", "not TRUSTED", default=False)
    handler: str
    inline: str | None = None
    validator: str | None = None
    owner: str | None = None
    comment: str | None = None


def describe(found: Language) -> str:
    """Return the functions of the language as CREATE LANGUAGE writes them."""
    functions = {"HANDLER": found.handler, "INLINE": found.inline, "VALIDATOR": found.validator}
    return " ".join(f"{word} {function}" for word, function in functions.items() if function)


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE LANGUAGE, DROP LANGUAGE, the replacement in place, owner and comment."""
    after = change.after
    name = quoted(change.key.name)
    if not isinstance(after, Language):
        return Draft((f"DROP LANGUAGE {name}",))
    trimmings = owner_and_comment(f"LANGUAGE {name}", change)
    if change.before and {*change.aspects} <= {"owner", "comment"}:
        return Draft(trimmings)
    create = "CREATE OR REPLACE" if change.before else "CREATE"
    trusted = "TRUSTED " if after.trusted else ""
    return Draft((f"{create} {trusted}LANGUAGE {name} {describe(after)}", *trimmings))


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the language another name."""
    return f"ALTER LANGUAGE {quoted(key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="language",
    type=Language,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_language m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("schema",),
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
