"""Foreign-data wrappers that no extension brings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts import fdw_options
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT w.fdwname AS name,
       '' AS schema,
       pg_catalog.quote_ident(hn.nspname) || '.' || pg_catalog.quote_ident(h.proname) AS handler,
       pg_catalog.quote_ident(vn.nspname) || '.' || pg_catalog.quote_ident(v.proname)
         AS validator,
       {options} AS options,
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(w.oid, 'pg_foreign_data_wrapper') AS comment
  FROM pg_catalog.pg_foreign_data_wrapper w
  LEFT JOIN pg_catalog.pg_proc h ON h.oid = w.fdwhandler
  LEFT JOIN pg_catalog.pg_namespace hn ON hn.oid = h.pronamespace
  LEFT JOIN pg_catalog.pg_proc v ON v.oid = w.fdwvalidator
  LEFT JOIN pg_catalog.pg_namespace vn ON vn.oid = v.pronamespace
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(w.fdwowner)::text AS owner) u
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
                      AND d.objid = w.oid AND d.deptype = 'e')
""".replace("{options}", fdw_options.options_sql("w.fdwoptions"))
_FUNCTIONS = ("handler", "validator")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignDataWrapper(SchemaObject):
    """A foreign-data wrapper; ``options`` are texts ``name=value``, secrets hidden."""

    handler: str | None = None
    validator: str | None = None
    options: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options or ()))


def describe(found: ForeignDataWrapper) -> str:
    """Return the functions that it is made of."""
    return " ".join(["foreign-data wrapper", *_functions(found, _FUNCTIONS)])


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or ALTER FOREIGN DATA WRAPPER."""
    name = quoted(change.key.name)
    before, after = change.before, change.after
    if not isinstance(after, ForeignDataWrapper):
        return Draft((f"DROP FOREIGN DATA WRAPPER {name}",))
    trimmings = owner_and_comment(f"FOREIGN DATA WRAPPER {name}", change)
    if not isinstance(before, ForeignDataWrapper):
        create = " ".join([f"CREATE FOREIGN DATA WRAPPER {name}", *_functions(after, _FUNCTIONS)])
        return Draft(
            (create + fdw_options.created(after.options), *trimmings),
            caution=fdw_options.caution((), after.options),
        )
    altered = " ".join(_functions(after, change.aspects))
    if "options" in change.aspects:
        altered += fdw_options.altered(before.options, after.options)
    alter = f"ALTER FOREIGN DATA WRAPPER {name} {altered.strip()}"
    return Draft(
        (*((alter,) if altered else ()), *trimmings),
        caution=fdw_options.caution(before.options, after.options),
    )


def _functions(found: ForeignDataWrapper, aspects: tuple[str, ...]) -> Iterator[str]:
    for aspect in _FUNCTIONS:
        if aspect in aspects:
            value = getattr(found, aspect)
            yield f"{aspect.upper()} {value}" if value else f"NO {aspect.upper()}"


KIND = Kind(
    name="foreign_data_wrapper",
    type=ForeignDataWrapper,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_foreign_data_wrapper m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("extension",),
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
