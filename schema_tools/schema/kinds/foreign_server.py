"""Foreign servers: their wrapper and options, without what may be a secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts import fdw_options
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT s.srvname AS name,
       '' AS schema,
       w.fdwname AS wrapper,
       s.srvtype AS type,
       s.srvversion AS version,
       {options} AS options,
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(s.oid, 'pg_foreign_server') AS comment,
       (SELECT e.extname
          FROM pg_catalog.pg_depend d
          JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass
           AND d.objid = w.oid AND d.deptype = 'e') AS extension
  FROM pg_catalog.pg_foreign_server s
  JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(s.srvowner)::text AS owner) u
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass
                      AND d.objid = s.oid AND d.deptype = 'e')
""".replace("{options}", fdw_options.options_sql("s.srvoptions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignServer(SchemaObject):
    """A foreign server; ``options`` are texts ``name=value``, secrets hidden."""

    wrapper: str
    type: str | None = None
    version: str | None = None
    options: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None
    # Where the wrapper comes from is the wrapper's business.
    extension: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.options or ()))


def describe(found: ForeignServer) -> str:
    """Return the server with its options: ``server of postgres_fdw (host=db)``."""
    options = f" ({', '.join(found.options)})" if found.options else ""
    return f"server of {found.wrapper}{options}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE, DROP or ALTER SERVER."""
    name = quoted(change.key.name)
    before, after = change.before, change.after
    if not isinstance(after, ForeignServer):
        return Draft((f"DROP SERVER {name}",))
    trimmings = owner_and_comment(f"SERVER {name}", change)
    if not isinstance(before, ForeignServer):
        caution = fdw_options.caution((), after.options)
        return Draft((_create(name, after), *trimmings), caution=caution)
    altered = ""
    if "version" in change.aspects:
        altered += f" VERSION {'NULL' if after.version is None else literal(after.version)}"
    if "options" in change.aspects:
        altered += fdw_options.altered(before.options, after.options)
    return Draft(
        (*((f"ALTER SERVER {name}{altered}",) if altered else ()), *trimmings),
        caution=fdw_options.caution(before.options, after.options),
    )


def _create(name: str, found: ForeignServer) -> str:
    words = [f"CREATE SERVER {name}"]
    if found.type is not None:
        words.append(f"TYPE {literal(found.type)}")
    if found.version is not None:
        words.append(f"VERSION {literal(found.version)}")
    words.append(f"FOREIGN DATA WRAPPER {quoted(found.wrapper)}")
    return " ".join(words) + fdw_options.created(found.options)


def _needs(found: ForeignServer, schema: Schema) -> Iterator[Key]:
    yield Key("foreign_data_wrapper", "", "", found.wrapper)
    if found.extension is not None:
        extensions = (key for key in schema.objects if key.kind == "extension")
        yield from (key for key in extensions if key.name == found.extension)


def _rebuilt(change: Change) -> bool:
    """PostgreSQL documentation, ALTER SERVER: neither wrapper nor type can be altered."""
    return bool({"wrapper", "type"} & set(change.aspects))


KIND = Kind(
    name="foreign_server",
    type=ForeignServer,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_foreign_server m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("foreign_data_wrapper", "extension"),
    needs=_needs,
    rebuilt=_rebuilt,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
