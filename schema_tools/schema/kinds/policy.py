"""Row security policies: for which command and roles, which rows are seen and may be written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import (
    Change,
    Draft,
    Kind,
    Schema,
    SchemaObject,
    expression,
    flag,
)
from schema_tools.schema.parts.mentions import columns_read
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

PUBLIC = "public"  # no role can have this name

QUERY = """
SELECT n.nspname AS schema,
       c.relname AS table,
       p.polname AS name,
       CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                     WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
       p.polpermissive AS permissive,
       (SELECT pg_catalog.array_agg(x.name ORDER BY x.name)
          FROM (SELECT CASE WHEN u.role = 0 THEN 'public'
                            ELSE pg_catalog.pg_get_userbyid(u.role)::text END COLLATE "C" AS name
                  FROM pg_catalog.unnest(p.polroles) AS u (role)) x) AS roles,
       pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using,
       pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
       pg_catalog.obj_description(p.oid, 'pg_policy') AS comment
  FROM pg_catalog.pg_policy p
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(SchemaObject):
    """A policy; ``command`` is ALL, SELECT, INSERT, UPDATE or DELETE.

    ``roles`` are names, in their order; ``public`` stands for all roles.
    """

    command: str = "ALL"
    permissive: bool = flag("PERMISSIVE", "RESTRICTIVE", default=True)
    roles: tuple[str, ...] = (PUBLIC,)
    using: str | None = expression()
    with_check: str | None = expression()
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", tuple(self.roles or (PUBLIC,)))


def definition(found: Policy) -> str:
    """Return the CREATE POLICY statement."""
    words = [f"CREATE POLICY {quoted(found.name)} ON {qualified(found.schema, found.table)}"]
    if not found.permissive:
        words.append("AS RESTRICTIVE")
    if found.command != "ALL":
        words.append(f"FOR {found.command}")
    if found.roles != (PUBLIC,):
        words.append(_to(found))
    return " ".join([*words, *_conditions(found, ("using", "with_check"))])


def _to(found: Policy) -> str:
    return f"TO {', '.join('PUBLIC' if each == PUBLIC else quoted(each) for each in found.roles)}"


def _conditions(found: Policy, aspects: Iterable[str]) -> list[str]:
    texts = {"using": ("USING", found.using), "with_check": ("WITH CHECK", found.with_check)}
    return [
        f"{words} ({text})"
        for aspect, (words, text) in texts.items()
        if aspect in aspects and text is not None
    ]


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE POLICY, DROP POLICY or ALTER POLICY."""
    key, after = change.key, change.after
    what = f"POLICY {quoted(key.name)} ON {qualified(key.schema, key.table)}"
    if not isinstance(after, Policy):
        return Draft((f"DROP {what}",))
    statements = []
    if change.before is None:
        statements.append(definition(after))
    elif {"roles", "using", "with_check"} & {*change.aspects}:
        words = [_to(after)] if "roles" in change.aspects else []
        words += _conditions(after, change.aspects)
        statements.append(f"ALTER {what} {' '.join(words)}")
    return Draft((*statements, *owner_and_comment(what, change)))


def _rebuilt(change: Change) -> bool:
    """ALTER POLICY changes neither command nor permissiveness, and takes no condition away."""
    if {"command", "permissive"} & {*change.aspects}:
        return True
    return change.after is not None and any(
        aspect in change.aspects and getattr(change.after, aspect) is None
        for aspect in ("using", "with_check")
    )


def _needs(found: Policy, schema: Schema) -> Iterable[Key]:
    own = schema.relation(found.schema, found.table)
    return columns_read((found.using or "", found.with_check or ""), schema, own)


def _rename(key: Key, name: str) -> str:
    table = qualified(key.schema, key.table)
    return f"ALTER POLICY {quoted(key.name)} ON {table} RENAME TO {quoted(name)}"


KIND = Kind(
    name="policy",
    type=Policy,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_policy m WHERE m.oid >= 16384",
    draft=draft,
    describe=definition,
    after=("table", "column", "function"),
    needs=_needs,
    rebuilt=_rebuilt,
    rename=_rename,
    severities={"extra": Severity.WARNING, "comment": Severity.INFO},
)
