"""Subscriptions, but for their connection strings, which may hold passwords.

A replay of SQL files makes none, since that would reach another server: one that only the database
has may well come from a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schema_tools.findings import Severity
from schema_tools.schema.names import literal, quoted
from schema_tools.schema.objects import Change, Draft, Kind, Schema, SchemaObject, flag
from schema_tools.schema.parts.owner_and_comment import owner_and_comment

_QUERY = """
SELECT s.subname AS name,
       '' AS schema,
       (SELECT pg_catalog.array_agg(p.name ORDER BY p.name)
          FROM pg_catalog.unnest(s.subpublications) p (name)) AS publications,
       s.subenabled AS enabled,
       s.subbinary AS binary,
       CASE s.substream::text WHEN 't' THEN 'on' WHEN 'true' THEN 'on' WHEN 'p' THEN 'parallel'
            ELSE 'off' END AS streaming,
       s.subtwophasestate <> 'd' AS two_phase,
       s.subdisableonerr AS disable_on_error,
       s.subslotname::text AS slot_name,
       s.subsynccommit AS synchronous_commit,
       {newer}
       CASE WHEN NOT u.owner = ANY (%(runners)s) THEN u.owner END AS owner,
       pg_catalog.obj_description(s.oid, 'pg_subscription') AS comment
  FROM pg_catalog.pg_subscription s
 CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_userbyid(s.subowner)::text AS owner) u
 WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d
                     WHERE d.datname = pg_catalog.current_database())
"""
_SINCE_16 = (
    "s.subpasswordrequired AS password_required, s.subrunasowner AS run_as_owner, "
    "s.suborigin AS origin, "
)
_SINCE_17 = "s.subfailover AS failover, "


def query(version: int) -> str:
    """Return the query with the columns that a server has."""
    newer = (_SINCE_16 if version >= 160000 else "") + (_SINCE_17 if version >= 170000 else "")
    return _QUERY.replace("{newer}", newer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(SchemaObject):
    """A subscription of this database; what it connects to is not read."""

    publications: tuple[str, ...] = ()
    enabled: bool = flag("enabled", "disabled", default=True)
    binary: bool = flag("in binary form", "in text form", default=False)
    streaming: str = "off"
    two_phase: bool = flag("with two-phase commit", "without two-phase commit", default=False)
    disable_on_error: bool = flag("disabled on error", "retried on error", default=False)
    slot_name: str | None = None
    synchronous_commit: str = "off"
    password_required: bool = flag("with a password", "also without a password", default=True)
    run_as_owner: bool = flag("run as its owner", "run as the tables' owners", default=False)
    origin: str = "any"
    failover: bool = flag("with failover", "without failover", default=False)
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "publications", tuple(self.publications or ()))


_PARAMETERS = (
    "binary",
    "streaming",
    "disable_on_error",
    "slot_name",
    "synchronous_commit",
    "password_required",
    "run_as_owner",
    "origin",
)


def describe(found: Subscription) -> str:
    """Return what it subscribes to."""
    return f"subscription to {', '.join(found.publications)}"


def draft(change: Change, _before: Schema, _after: Schema) -> Draft:
    """Draft ALTER or DROP SUBSCRIPTION; one cannot be made without its connection string."""
    name = quoted(change.key.name)
    after = change.after
    if not isinstance(after, Subscription):
        return Draft(
            (f"DROP SUBSCRIPTION {name}",),
            safe=False,
            caution=f"With {name} goes its replication slot on the other server, and with that "
            "the position of the replication; it cannot run inside a transaction.",
        )
    if change.before is None:
        return Draft((), safe=False, caution=_by_hand(name, after))
    aspects = frozenset(change.aspects)
    fixed = sorted(aspects & {"two_phase", "failover"})
    by_hand = f"Change {' and '.join(fixed)} of {name} by hand: it must be disabled for that."
    return Draft(
        (*_alter(name, after, aspects), *owner_and_comment(f"SUBSCRIPTION {name}", change)),
        safe=not fixed,
        caution=by_hand if fixed else "",
    )


def _by_hand(name: str, found: Subscription) -> str:
    publications = ", ".join(map(quoted, found.publications))
    return (
        "The connection string is not read, since it may hold a password. Make it by hand: "
        f"CREATE SUBSCRIPTION {name} CONNECTION '...' PUBLICATION {publications};"
    )


def _alter(name: str, after: Subscription, aspects: frozenset[str]) -> Iterator[str]:
    alter = f"ALTER SUBSCRIPTION {name}"
    if "publications" in aspects:
        listed = ", ".join(map(quoted, after.publications))
        yield f"{alter} SET PUBLICATION {listed} WITH (refresh = false)"
    if "enabled" in aspects and not after.enabled:
        yield f"{alter} DISABLE"
    changed = [f"{each} = {_value(after, each)}" for each in _PARAMETERS if each in aspects]
    if changed:
        yield f"{alter} SET ({', '.join(changed)})"
    if "enabled" in aspects and after.enabled:
        yield f"{alter} ENABLE"


def _value(found: Subscription, parameter: str) -> str:
    value = getattr(found, parameter)
    if value is None:
        return "NONE"
    return str(value).lower() if isinstance(value, bool) else literal(value)


KIND = Kind(
    name="subscription",
    type=Subscription,
    query=query,
    draft=draft,
    describe=describe,
    holds_data=True,
    severities={
        # Nothing tells whether a file makes it.
        "extra": Severity.INFO,
        "owner": Severity.WARNING,
        "comment": Severity.INFO,
    },
)
