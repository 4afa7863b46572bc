"""User mappings: whom a role is on a foreign server, without what may be a secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.diff import UNSEEN
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts import fdw_options

# The view shows no options to most roles, and then does not tell them from none (PostgreSQL
# documentation, pg_user_mappings).
_COLUMNS = """
SELECT u.name || ' on ' || m.srvname AS name,
       '' AS schema,
       CASE WHEN v.is_visible THEN {options} ELSE ARRAY['{unseen}'] END AS options,
       u.name AS user,
       m.srvname AS server
"""
_WORDS = """
SELECT 'options of the user mapping for ' || u.name || ' on ' || m.srvname AS what,
       'only a superuser, the role itself or the owner of the server can see them' AS reason
"""
_FROM = """
  FROM pg_catalog.pg_user_mappings m
  JOIN pg_catalog.pg_foreign_server s ON s.oid = m.srvid
 CROSS JOIN LATERAL (
       SELECT CASE WHEN m.umuser = 0 THEN 'PUBLIC'
                   WHEN m.usename = ANY (%(runners)s) THEN 'CURRENT_USER'
                   ELSE pg_catalog.quote_ident(m.usename) END AS name) u
 CROSS JOIN LATERAL (
       SELECT r.rolsuper
              OR (m.umuser <> 0 AND m.usename = CURRENT_USER
                  OR m.umuser = 0 AND pg_catalog.pg_has_role(s.srvowner, 'USAGE'))
             AND (pg_catalog.pg_has_role(s.srvowner, 'USAGE')
                  OR pg_catalog.has_server_privilege(s.oid, 'USAGE')) AS is_visible
         FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER) v
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_user_mapping'::pg_catalog.regclass
                      AND d.objid = m.umid AND d.deptype = 'e')
"""
QUERY = (
    _COLUMNS.replace("{options}", fdw_options.options_sql("m.umoptions")).replace(
        "{unseen}", UNSEEN[0]
    )
    + _FROM
)
HIDDEN = _WORDS + _FROM + "   AND NOT v.is_visible\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMapping(SchemaObject):
    """A user mapping; ``options`` are texts ``name=value``, secrets hidden.

    The role that runs the migrations is called ``CURRENT_USER``.
    """

    options: tuple[str, ...] = ()
    # Told by the name.
    user: str = field(default="", compare=False)
    server: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options or ()))


def describe(found: UserMapping) -> str:
    """Return the options: ``user=app, password=(hidden)``."""
    return f"user mapping ({', '.join(found.options) or 'without options'})"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or ALTER USER MAPPING."""
    before, after = change.before, change.after
    found = after or before
    if not isinstance(found, UserMapping):
        return Draft(())
    mapping = f"USER MAPPING FOR {found.user} SERVER {quoted(found.server)}"
    if not isinstance(after, UserMapping):
        caution = f"If there is a password in the mapping for {change.key.name}, it is lost."
        return Draft((f"DROP {mapping}",), safe=False, caution=caution)
    if after.options == UNSEEN:
        caution = f"The options of the mapping for {change.key.name} cannot be seen."
        return Draft((), safe=False, caution=caution)
    if not isinstance(before, UserMapping):
        options = fdw_options.created(after.options)
        caution = fdw_options.caution((), after.options)
        return Draft((f"CREATE {mapping}{options}",), caution=caution)
    options = fdw_options.altered(before.options, after.options)
    return Draft(
        (f"ALTER {mapping}{options}",) if options else (),
        caution=fdw_options.caution(before.options, after.options),
    )


def _needs(found: UserMapping, _schema: Schema) -> Iterator[Key]:
    yield Key("foreign_server", "", "", found.server)


KIND = Kind(
    name="user_mapping",
    type=UserMapping,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_foreign_server m WHERE m.oid >= 16384",
    hidden=HIDDEN,
    draft=draft,
    describe=describe,
    after=("foreign_server",),
    needs=_needs,
    severities={"extra": Severity.WARNING},
)
