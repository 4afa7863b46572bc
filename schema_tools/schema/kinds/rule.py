"""Rules of tables and views, but for the one that makes a view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, expression
from schema_tools.schema.parts.enabling import ENABLED, VERBS
from schema_tools.schema.parts.mentions import columns_read
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# What comes after CREATE RULE name AS, without the semicolon; white space as it is printed.
QUERY = r"""
SELECT n.nspname AS schema,
       c.relname AS table,
       w.rulename AS name,
       pg_catalog.btrim(pg_catalog.substr(
         pg_catalog.pg_get_ruledef(w.oid),
         pg_catalog.length('CREATE RULE ' || pg_catalog.quote_ident(w.rulename) || ' AS') + 1),
         E' \n;') AS definition,
       CASE w.ev_enabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
                         WHEN 'R' THEN 'on replicas only' ELSE 'always' END AS enabled,
       pg_catalog.obj_description(w.oid, 'pg_rewrite') AS comment
  FROM pg_catalog.pg_rewrite w
  JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE w.rulename <> '_RETURN'
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.deptype = 'e'
                      AND ((d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                            AND d.objid = c.oid)
                        OR (d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                            AND d.objid = w.oid)))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(SchemaObject):
    """A rule; ``definition`` is what follows CREATE RULE … AS: ``ON INSERT TO public.t …``."""

    definition: str | None = expression()
    enabled: str = ENABLED
    comment: str | None = None


def definition(found: Rule, verb: str = "CREATE RULE") -> str:
    """Return the CREATE RULE statement."""
    return f"{verb} {quoted(found.name)} AS {found.definition}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE RULE, CREATE OR REPLACE RULE, DROP RULE, or whether it is enabled."""
    key, before, after = change.key, change.before, change.after
    table = qualified(key.schema, key.table)
    what = f"RULE {quoted(key.name)} ON {table}"
    if not isinstance(after, Rule):
        return Draft((f"DROP {what}",))
    statements = []
    if before is None:
        statements.append(definition(after))
    elif "definition" in change.aspects:
        statements.append(definition(after, "CREATE OR REPLACE RULE"))
    if "enabled" in change.aspects or (before is None and after.enabled != ENABLED):
        statements.append(f"ALTER TABLE {table} {VERBS[after.enabled]} RULE {quoted(key.name)}")
    return Draft((*statements, *owner_and_comment(what, change)))


def _needs(found: Rule, schema: Schema) -> Iterable[Key]:
    own = schema.relation(found.schema, found.table)
    return columns_read((found.definition or "",), schema, own)


def _rename(key: Key, name: str) -> str:
    table = qualified(key.schema, key.table)
    return f"ALTER RULE {quoted(key.name)} ON {table} RENAME TO {quoted(name)}"


KIND = Kind(
    name="rule",
    type=Rule,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_rewrite m WHERE m.oid >= 16384",
    draft=draft,
    describe=definition,
    after=("table", "column", "view"),
    needs=_needs,
    rename=_rename,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
