"""Aggregates, told apart by the types of their arguments: the functions that they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, qualified
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment
from schema_tools.schema.parts.routines import bare_name, renamed

QUERY = """
SELECT n.nspname AS schema,
       p.proname || '(' || COALESCE(pg_catalog.array_to_string(t.types, ', '), '') || ')' AS name,
       t.types AS argument_types,
       pg_catalog.pg_get_function_arguments(p.oid) AS arguments,
       pg_catalog.pg_get_function_identity_arguments(p.oid) AS identity_arguments,
       pg_catalog.pg_get_function_result(p.oid) AS result,
       CASE a.aggkind WHEN 'o' THEN 'ordered-set' WHEN 'h' THEN 'hypothetical-set' ELSE 'normal'
            END AS type,
       a.aggnumdirectargs AS direct_arguments,
       a.aggtransfn::pg_catalog.regproc::text AS sfunc,
       pg_catalog.format_type(a.aggtranstype, NULL) AS stype,
       a.aggtransspace AS sspace,
       CASE WHEN a.aggfinalfn <> 0 THEN a.aggfinalfn::pg_catalog.regproc::text END AS finalfunc,
       a.aggfinalextra AS finalfunc_extra,
       CASE a.aggfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable'
                             ELSE 'read_write' END AS finalfunc_modify,
       CASE WHEN a.aggcombinefn <> 0 THEN a.aggcombinefn::pg_catalog.regproc::text END
         AS combinefunc,
       CASE WHEN a.aggserialfn <> 0 THEN a.aggserialfn::pg_catalog.regproc::text END AS serialfunc,
       CASE WHEN a.aggdeserialfn <> 0 THEN a.aggdeserialfn::pg_catalog.regproc::text END
         AS deserialfunc,
       a.agginitval AS initcond,
       CASE WHEN a.aggmtransfn <> 0 THEN a.aggmtransfn::pg_catalog.regproc::text END AS msfunc,
       CASE WHEN a.aggminvtransfn <> 0 THEN a.aggminvtransfn::pg_catalog.regproc::text END
         AS minvfunc,
       CASE WHEN a.aggmtranstype <> 0 THEN pg_catalog.format_type(a.aggmtranstype, NULL) END
         AS mstype,
       a.aggmtransspace AS msspace,
       CASE WHEN a.aggmfinalfn <> 0 THEN a.aggmfinalfn::pg_catalog.regproc::text END AS mfinalfunc,
       a.aggmfinalextra AS mfinalfunc_extra,
       CASE a.aggmfinalmodify WHEN 'r' THEN 'read_only' WHEN 's' THEN 'shareable'
                              ELSE 'read_write' END AS mfinalfunc_modify,
       a.aggminitval AS minitcond,
       CASE WHEN o.oid IS NOT NULL
            THEN pg_catalog.quote_ident(s.nspname) || '.' || o.oprname END AS sortop,
       CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END
         AS parallel,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       pg_catalog.obj_description(p.oid, 'pg_proc') AS comment
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  LEFT JOIN pg_catalog.pg_operator o ON o.oid = a.aggsortop
  LEFT JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = p.proowner
 CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position)
                AS types
         FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS u (type, position)) t
 WHERE p.prokind = 'a'
   AND n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                      AND d.objid = p.oid AND d.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate(SchemaObject):
    """An aggregate; the fields have the names of the options of CREATE AGGREGATE.

    ``type`` is ``normal``, ``ordered-set`` or ``hypothetical-set``.
    """

    # Told by the name: "f" of "f(integer)".
    bare_name: str = field(default="", compare=False)
    argument_types: tuple[str, ...] = field(default=(), compare=False)
    # Told by the arguments: the same in the form that DROP takes.
    identity_arguments: str = field(default="", compare=False)
    arguments: str = ""
    result: str
    type: str = "normal"
    direct_arguments: int = 0
    sfunc: str
    stype: str
    sspace: int = 0
    finalfunc: str | None = None
    finalfunc_extra: bool = flag("FINALFUNC_EXTRA", "no FINALFUNC_EXTRA", default=False)
    finalfunc_modify: str = "read_only"
    combinefunc: str | None = None
    serialfunc: str | None = None
    deserialfunc: str | None = None
    initcond: str | None = None
    msfunc: str | None = None
    minvfunc: str | None = None
    mstype: str | None = None
    msspace: int = 0
    mfinalfunc: str | None = None
    mfinalfunc_extra: bool = flag("MFINALFUNC_EXTRA", "no MFINALFUNC_EXTRA", default=False)
    mfinalfunc_modify: str = "read_only"
    minitcond: str | None = None
    sortop: str | None = None
    parallel: str = "unsafe"
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "argument_types", tuple(self.argument_types or ()))
        object.__setattr__(self, "bare_name", bare_name(self.name, self.argument_types))


def definition(found: Aggregate, verb: str = "CREATE AGGREGATE") -> str:
    """Return the CREATE AGGREGATE statement."""
    name = qualified(found.schema, found.bare_name)
    options = ",\n    ".join(_options(found))
    return f"{verb} {name}({found.arguments or '*'}) (\n    {options}\n)"


def _options(found: Aggregate) -> Iterator[str]:
    """Yield the options that are not what goes without saying."""
    usual_modify = "read_only" if found.type == "normal" else "read_write"
    for name in ("sfunc", "stype", "sspace", *_final("")):
        yield from _option(found, name, usual_modify)
    for name in ("combinefunc", "serialfunc", "deserialfunc", "initcond"):
        yield from _option(found, name)
    if found.msfunc is not None:
        for name in ("msfunc", "minvfunc", "mstype", "msspace", *_final("m"), "minitcond"):
            yield from _option(found, name, usual_modify)
    if found.sortop is not None:
        yield f"SORTOP = OPERATOR({found.sortop})"
    if found.parallel != "unsafe":
        yield f"PARALLEL = {found.parallel.upper()}"
    if found.type == "hypothetical-set":
        yield "HYPOTHETICAL"


def _final(moving: str) -> tuple[str, ...]:
    return tuple(f"{moving}finalfunc{rest}" for rest in ("", "_extra", "_modify"))


def _option(found: Aggregate, name: str, usual: str = "") -> Iterator[str]:
    value = getattr(found, name)
    if value is True:
        yield name.upper()
    elif name.endswith("initcond") and value is not None:
        yield f"{name.upper()} = {literal(value)}"
    elif value and value != usual:
        yield f"{name.upper()} = {value.upper() if name.endswith('_modify') else value}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE AGGREGATE, CREATE OR REPLACE AGGREGATE, DROP AGGREGATE."""
    before, after = change.before, change.after
    if not isinstance(after, Aggregate):
        return Draft((f"DROP {_what(before)}",) if isinstance(before, Aggregate) else ())
    statements = []
    if before is None:
        statements.append(definition(after))
    elif {*change.aspects} - {"owner", "comment"}:
        statements.append(definition(after, "CREATE OR REPLACE AGGREGATE"))
    return Draft((*statements, *owner_and_comment(_what(after), change)))


def _what(found: Aggregate) -> str:
    name = qualified(found.schema, found.bare_name)
    return f"AGGREGATE {name}({found.identity_arguments or '*'})"


def _rebuilt(change: Change) -> bool:
    """PostgreSQL documentation, CREATE AGGREGATE: these must stay in CREATE OR REPLACE."""
    return bool({"arguments", "result", "type", "direct_arguments"} & {*change.aspects})


def _rename(key: Key, name: str) -> str:
    return renamed("ROUTINE", key, name)


KIND = Kind(
    name="aggregate",
    type=Aggregate,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_proc m WHERE m.oid >= 16384 AND m.prokind = 'a'",
    draft=draft,
    describe=definition,
    after=("function",),
    rebuilt=_rebuilt,
    rename=_rename,
    severities={
        "extra": Severity.WARNING,
        "parallel": Severity.WARNING,
        "sspace": Severity.WARNING,
        "msspace": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
