"""Event triggers of the database: what they wait for, what they call, whether they are enabled."""

from __future__ import annotations

from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.enabling import ENABLED, VERBS
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT '' AS schema,
       t.evtname AS name,
       t.evtevent AS event,
       t.evttags AS tags,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) AS function,
       CASE t.evtenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
                         WHEN 'R' THEN 'on replicas only' ELSE 'always' END AS enabled,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       pg_catalog.obj_description(t.oid, 'pg_event_trigger') AS comment
  FROM pg_catalog.pg_event_trigger t
  JOIN pg_catalog.pg_proc p ON p.oid = t.evtfoid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = t.evtowner
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass
                      AND d.objid = t.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTrigger(SchemaObject):
    """An event trigger; ``tags`` are the commands that it waits for, all of them if empty."""

    event: str
    tags: tuple[str, ...] = ()
    function: str
    enabled: str = ENABLED
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tags", tuple(sorted(self.tags or ())))


def definition(found: EventTrigger) -> str:
    """Return the CREATE EVENT TRIGGER statement."""
    tags = ", ".join(map(literal, found.tags))
    when = f" WHEN TAG IN ({tags})" if tags else ""
    return (
        f"CREATE EVENT TRIGGER {quoted(found.name)} ON {found.event}{when} "
        f"EXECUTE FUNCTION {found.function}()"
    )


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE EVENT TRIGGER, DROP EVENT TRIGGER, or whether it is enabled."""
    after = change.after
    what = f"EVENT TRIGGER {quoted(change.key.name)}"
    if not isinstance(after, EventTrigger):
        return Draft((f"DROP {what}",))
    # It would watch the other statements of the script: they come first.
    statements = [definition(after)] if change.before is None else []
    if "enabled" in change.aspects or (change.before is None and after.enabled != ENABLED):
        statements.append(f"ALTER {what} {VERBS[after.enabled]}")
    return Draft((), afterwards=(*statements, *owner_and_comment(what, change)))


def _rebuilt(change: Change) -> bool:
    return bool({"event", "tags", "function"} & {*change.aspects})


def _rename(key: Key, name: str) -> str:
    return f"ALTER EVENT TRIGGER {quoted(key.name)} RENAME TO {quoted(name)}"


KIND = Kind(
    name="event_trigger",
    type=EventTrigger,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_event_trigger m WHERE m.oid >= 16384",
    draft=draft,
    describe=definition,
    after=("function",),
    rebuilt=_rebuilt,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
