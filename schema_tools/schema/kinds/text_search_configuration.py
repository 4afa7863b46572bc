"""Text search configurations: which dictionaries look up which kinds of token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.names import qualified, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

QUERY = """
SELECT n.nspname AS schema,
       c.cfgname AS name,
       pg_catalog.quote_ident(pn.nspname) || '.' || pg_catalog.quote_ident(p.prsname) AS parser,
       l.mappings,
       CASE WHEN NOT r.rolname = ANY (%(runners)s) THEN r.rolname END AS owner,
       d.description AS comment
  FROM pg_catalog.pg_ts_config c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.cfgnamespace
  JOIN pg_catalog.pg_ts_parser p ON p.oid = c.cfgparser
  JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace
  LEFT JOIN LATERAL (
       SELECT pg_catalog.array_agg(m.token || ': ' || m.dictionaries ORDER BY m.token) AS mappings
         FROM (SELECT pg_catalog.quote_ident(t.alias) AS token,
                      pg_catalog.string_agg(a.mapdict::pg_catalog.regdictionary::text, ', '
                                            ORDER BY a.mapseqno) AS dictionaries
                 FROM pg_catalog.pg_ts_config_map a
                 JOIN pg_catalog.ts_token_type(c.cfgparser) t ON t.tokid = a.maptokentype
                WHERE a.mapcfg = c.oid
                GROUP BY t.alias) m) l ON true
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = c.cfgowner
  LEFT JOIN pg_catalog.pg_description d
    ON d.classoid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND d.objoid = c.oid
 WHERE n.nspname = ANY (%(schemas)s)
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                    WHERE e.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass
                      AND e.objid = c.oid AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSearchConfiguration(SchemaObject):
    """A configuration; ``mappings`` have the form ``asciiword: app.names, english_stem``."""

    parser: str
    mappings: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "mappings", tuple(self.mappings or ()))

    @property
    def dictionaries(self) -> dict[str, str]:
        """Return the dictionaries of each kind of token, as SQL."""
        parts = (text.partition(": ") for text in self.mappings)
        return {token: dictionaries for token, _colon, dictionaries in parts}


def describe(found: TextSearchConfiguration) -> str:
    """Return the parser and the mappings."""
    return "; ".join((f"PARSER = {found.parser}", *found.mappings))


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft CREATE TEXT SEARCH CONFIGURATION, DROP, mappings, owner and comment."""
    before, after = change.before, change.after
    name = f"TEXT SEARCH CONFIGURATION {qualified(change.key.schema, change.key.name)}"
    if not isinstance(after, TextSearchConfiguration):
        return Draft((f"DROP {name}",))
    made = () if before else (f"CREATE {name} (PARSER = {after.parser})",)
    old = before.dictionaries if isinstance(before, TextSearchConfiguration) else {}
    mapped = _mapped(f"ALTER {name}", old, after.dictionaries)
    return Draft((*made, *mapped, *owner_and_comment(name, change)))


def _mapped(alter: str, before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for token in before:
        if token not in after:
            yield f"{alter} DROP MAPPING FOR {token}"
    for token, dictionaries in after.items():
        if before.get(token) != dictionaries:
            verb = "ALTER" if token in before else "ADD"
            yield f"{alter} {verb} MAPPING FOR {token} WITH {dictionaries}"


def rebuilt(change: Change) -> bool:
    """Return whether the parser differs, which cannot be altered."""
    return "parser" in change.aspects


def rename(key: Key, name: str) -> str:
    """Return the statement that gives the configuration another name."""
    configuration = qualified(key.schema, key.name)
    return f"ALTER TEXT SEARCH CONFIGURATION {configuration} RENAME TO {quoted(name)}"


KIND = Kind(
    name="text_search_configuration",
    type=TextSearchConfiguration,
    query=QUERY,
    among="SELECT FROM pg_catalog.pg_ts_config m WHERE m.oid >= 16384",
    draft=draft,
    describe=describe,
    after=("text_search_dictionary", "text_search_parser"),
    rebuilt=rebuilt,
    rename=rename,
    severities={
        "extra": Severity.WARNING,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
