"""Triggers of tables and views: what fires them, what they call, whether they are enabled.

Those by which PostgreSQL keeps foreign keys and deferred constraints are no objects of their own,
as long as they are enabled. ``ALTER TABLE … DISABLE TRIGGER ALL`` disables them too, and then the
constraint says one thing and the rows another: so each constraint whose triggers are in another
state than enabled is listed, for each table where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

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
    table_key,
)
from schema_tools.schema.parts import internal_triggers
from schema_tools.schema.parts.enabling import ENABLED, VERBS
from schema_tools.schema.parts.extension_ties import extension_keys, ties
from schema_tools.schema.parts.mentions import columns_read
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

# A trigger that a partition has from its parent (tgparentid) is the parent's, which says where
# its state is another one.
QUERY = """
WITH RECURSIVE states (code, state) AS (
  VALUES ('O'::"char", 'enabled'), ('D', 'disabled'), ('R', 'on replicas only'), ('A', 'always')
), family (root, trigger) AS (
  SELECT t.tgparentid, t.oid
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_trigger r ON r.oid = t.tgparentid
   WHERE NOT t.tgisinternal AND r.tgparentid = 0
   UNION ALL
  SELECT f.root, t.oid
    FROM family f
    JOIN pg_catalog.pg_trigger t ON t.tgparentid = f.trigger
), otherwise AS (
  SELECT f.root,
         pg_catalog.array_agg(t.tgrelid::pg_catalog.regclass::text || ' ' || s.state
           ORDER BY t.tgrelid::pg_catalog.regclass::text COLLATE "C") AS partitions
    FROM family f
    JOIN pg_catalog.pg_trigger r ON r.oid = f.root
    JOIN pg_catalog.pg_trigger t ON t.oid = f.trigger AND t.tgenabled <> r.tgenabled
    JOIN states s ON s.code = t.tgenabled
   GROUP BY f.root
), members AS (
  SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend d
   WHERE d.deptype = 'e'
     AND d.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass,
                       'pg_catalog.pg_trigger'::pg_catalog.regclass)
), tied AS (
  SELECT d.objid, pg_catalog.array_agg(e.extname::text ORDER BY e.extname) AS extensions
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
   WHERE d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
     AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'x'
   GROUP BY d.objid
)
SELECT n.nspname AS schema,
       c.relname AS table,
       t.tgname::text AS name,
       pg_catalog.substr(
         pg_catalog.pg_get_triggerdef(t.oid),
         pg_catalog.length(CASE WHEN t.tgconstraint <> 0 THEN 'CREATE CONSTRAINT TRIGGER '
                                ELSE 'CREATE TRIGGER ' END)
           + pg_catalog.length(pg_catalog.quote_ident(t.tgname)) + 2)
         AS definition,
       t.tgconstraint <> 0 AS constraint,
       s.state AS enabled,
       o.partitions AS partition_states,
       x.extensions AS depends_on_extensions,
       NULL::text[] AS of_constraint,
       pg_catalog.obj_description(t.oid, 'pg_trigger') AS comment
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN states s ON s.code = t.tgenabled
  LEFT JOIN otherwise o ON o.root = t.oid
  LEFT JOIN tied x ON x.objid = t.oid
 WHERE NOT t.tgisinternal
   AND t.tgparentid = 0
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM members m
                    WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND m.objid = c.oid)
   AND NOT EXISTS (SELECT FROM members m
                    WHERE m.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
                      AND m.objid = t.oid)
 UNION ALL
SELECT n.nspname,
       c.relname,
       'internal triggers of constraint ' || k.conname
         || CASE WHEN k.conrelid <> c.oid THEN ' of ' || k.conrelid::pg_catalog.regclass::text
                 ELSE '' END,
       NULL,
       false,
       pg_catalog.string_agg(DISTINCT s.state, ', '),
       NULL,
       NULL,
       ARRAY[kn.nspname, kc.relname, k.conname]::text[],
       NULL
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
  JOIN pg_catalog.pg_class kc ON kc.oid = k.conrelid
  JOIN pg_catalog.pg_namespace kn ON kn.oid = kc.relnamespace
  JOIN states s ON s.code = t.tgenabled
 WHERE t.tgisinternal
   AND (t.tgrelid, t.tgconstraint) IN (SELECT o.tgrelid, o.tgconstraint
                                         FROM pg_catalog.pg_trigger o
                                        WHERE o.tgisinternal AND o.tgenabled <> 'O')
   AND c.relpersistence <> 't'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM members m
                    WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND m.objid = c.oid)
 GROUP BY n.nspname, c.oid, c.relname, k.conname, k.conrelid, kn.nspname, kc.relname
"""

_TUPLES = ("partition_states", "depends_on_extensions", "of_constraint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(SchemaObject):
    """A trigger; ``definition`` is what follows its name: ``BEFORE INSERT ON public.t …``.

    ``partition_states`` are the partitions where it is not as ``enabled`` says, each with its
    state: ``public.t_2025 disabled``. ``of_constraint`` is the place and name of the constraint
    that internal triggers keep; they have no definition.
    """

    definition: str | None = expression()
    constraint: bool = flag("constraint trigger", "no constraint trigger", default=False)
    enabled: str = ENABLED
    partition_states: tuple[str, ...] = ()
    depends_on_extensions: tuple[str, ...] = ()
    comment: str | None = None
    # Told by the name.
    of_constraint: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in _TUPLES:
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))


def describe(found: Trigger) -> str:
    """Return the CREATE TRIGGER statement, or the state of internal triggers."""
    return found.enabled if found.of_constraint else definition(found)


def definition(found: Trigger, verb: str = "CREATE") -> str:
    """Return the CREATE TRIGGER statement."""
    constraint = "CONSTRAINT " if found.constraint else ""
    return f"{verb} {constraint}TRIGGER {quoted(found.name)} {found.definition}"


def draft(change: Change, _before: Schema, after_schema: Schema) -> Draft:
    """Draft CREATE TRIGGER, CREATE OR REPLACE TRIGGER, DROP TRIGGER, or its state."""
    key, before, after = change.key, change.before, change.after
    found = after or before
    if isinstance(found, Trigger) and found.of_constraint:
        return _internal(key, found, after, after_schema)
    table = qualified(key.schema, key.table)
    what = f"TRIGGER {quoted(key.name)} ON {table}"
    if not isinstance(after, Trigger):
        return Draft((f"DROP {what}",))
    old = before if isinstance(before, Trigger) else None
    statements = []
    if old is None:
        statements.append(definition(after))
    elif "definition" in change.aspects:
        statements.append(definition(after, "CREATE OR REPLACE"))
    statements += _states(key, old, after, change.aspects)
    statements += owner_and_comment(what, change)
    if old is None or "depends_on_extensions" in change.aspects:
        statements += ties(what, old, after)
    return Draft(tuple(statements))


def _states(
    key: Key, before: Trigger | None, after: Trigger, aspects: tuple[str, ...]
) -> Iterator[str]:
    """Yield what brings the trigger, and those that partitions have from it, into their states.

    A trigger that is made or replaced is enabled, on all partitions; and ALTER TABLE without ONLY
    reaches them all.
    """
    anew = before is None or "definition" in aspects
    if (anew and after.enabled != ENABLED) or "enabled" in aspects:
        table = qualified(key.schema, key.table)
        yield f"ALTER TABLE {table} {VERBS[after.enabled]} TRIGGER {quoted(key.name)}"
        anew = True
    old = {} if anew or before is None else dict(map(_state, before.partition_states))
    new = dict(map(_state, after.partition_states))
    for partition in sorted(old.keys() | new.keys()):
        state = new.get(partition, after.enabled)
        if state != old.get(partition):
            yield f"ALTER TABLE ONLY {partition} {VERBS[state]} TRIGGER {quoted(key.name)}"


def _state(entry: str) -> tuple[str, str]:
    state = next(each for each in VERBS if entry.endswith(f" {each}"))
    return entry.removesuffix(f" {state}"), state


def _internal(key: Key, found: Trigger, after: SchemaObject | None, schema: Schema) -> Draft:
    state = after.enabled if isinstance(after, Trigger) else ENABLED
    if state not in VERBS:
        return Draft(
            (),
            safe=False,
            caution=f"On {key.table} some of the {key.name} are enabled and some are not "
            f"({state}): disable or enable them one by one.",
        )
    table = table_key(key.schema, key.table)
    statement = internal_triggers.set_state(
        table, _constraint(found), state, alone=_all_enabled(table, schema)
    )
    if state == ENABLED:
        caution = "Rows that came in meanwhile are not checked: look for those that do not fit."
    else:
        caution = f"The constraint {found.of_constraint[-1]} is not kept any more."
    return Draft((statement,), safe=state == ENABLED, caution=f"Needs a superuser. {caution}")


def _all_enabled(table: Key, schema: Schema) -> bool:
    """Return whether each trigger of a table is enabled; a partition's are told by its parent."""
    if getattr(schema.get(table), "partition_of", None) is not None:
        return False
    triggers = (found for _key, found in schema.of_table(table) if isinstance(found, Trigger))
    return all(found.enabled == ENABLED for found in triggers)


def _constraint(found: Trigger) -> Key:
    schema, table, name = found.of_constraint
    return Key("constraint", schema, table, name)


def _rebuilt(change: Change) -> bool:
    """CREATE OR REPLACE TRIGGER neither makes nor changes a constraint trigger."""
    constraint = getattr(change.after, "constraint", False)
    return "constraint" in change.aspects or (constraint and "definition" in change.aspects)


def _needs(found: Trigger, schema: Schema) -> Iterable[Key]:
    if found.of_constraint:
        yield _constraint(found)
        return
    own = schema.relation(found.schema, found.table)
    yield from columns_read((found.definition or "",), schema, own)
    yield from extension_keys(found)


def _belongs(found: Trigger) -> Key | None:
    return _constraint(found) if found.of_constraint else None


def _rename(key: Key, name: str) -> str:
    table = qualified(key.schema, key.table)
    return f"ALTER TRIGGER {quoted(key.name)} ON {table} RENAME TO {quoted(name)}"


def _severity(found: Trigger, aspect: str) -> Severity:
    """Triggers of a constraint are only listed where they do not keep it."""
    if aspect == "comment":
        return Severity.INFO
    if aspect == "depends_on_extensions" or (aspect == "extra" and not found.of_constraint):
        return Severity.WARNING
    return Severity.CRITICAL


KIND = Kind(
    name="trigger",
    type=Trigger,
    query=QUERY,
    draft=draft,
    describe=describe,
    after=("table", "column", "constraint", "view", "function"),
    needs=_needs,
    belongs=_belongs,
    rebuilt=_rebuilt,
    rename=_rename,
    severity_of=_severity,
)
