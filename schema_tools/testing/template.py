"""The template of an alias's test databases: found, or built once for all runs that need it.

A template is told from other databases by its name and by its comment. Nobody can connect to it,
so that it can be copied at any time. One run builds while others wait; what no run has used for
long goes when another one is built.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from typing import LiteralString

from django.db import connections
from psycopg import sql

from schema_tools.conf import get_settings
from schema_tools.django_models.collect import alias_at
from schema_tools.errors import Unavailable
from schema_tools.findings import NotChecked
from schema_tools.history.directory import read_directory
from schema_tools.postgres.marked import drop
from schema_tools.postgres.scratch import prelude_of
from schema_tools.postgres.session import connection_params, open_connection
from schema_tools.postgres.trust import catalog_rows
from schema_tools.testing.content import content_key
from schema_tools.testing.fill import fill
from schema_tools.testing.restore import keep_start
from schema_tools.testing.server import (
    Connection,
    control,
    hold_shared,
    is_there,
    live_name,
    locked,
    new_database,
    unless_in_use,
)

MARK = "schema_tools test template "
KEPT = 3
"""How many templates of one database stay, those used last: branches have one each."""

_LIST = """
SELECT d.datname, pg_catalog.shobj_description(d.oid, 'pg_database')
  FROM pg_catalog.pg_database d
 WHERE d.datname ~ '^schema_tools_template_[0-9a-f]{16}$'
   AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
   AND pg_catalog.starts_with(pg_catalog.shobj_description(d.oid, 'pg_database'), %s)
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Note:
    """What the comment on a template says: of which database, from what, when last used."""

    database: str
    key: str
    run: str = ""
    used: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A database to copy, and how long it took to have it; ``built`` says why so long."""

    name: str
    key: str
    seconds: float
    built: bool
    left_out: tuple[NotChecked, ...] = ()


@contextmanager
def template_for(alias: str, *, anew: str = "", say: Say = lambda _: None) -> Iterator[Template]:
    """Yield the template of an alias's test databases, which nobody drops until the block ends.

    ``anew`` names a run that wants it built anew, once for all its processes. Raises what
    sqlmigrate_apply raises of files that cannot be run; then no template is left.
    """
    start, settings, live = time.perf_counter(), get_settings(alias), live_name(alias)
    base = str(connections[alias].settings_dict["TEST"].get("TEMPLATE") or "template1")
    prelude = prelude_of(settings)
    with control(alias) as connection:
        directory = read_directory(settings.migrations_dir)
        key = content_key(
            connection, settings, directory.migrations, live=live, prelude=prelude, base=base
        )
        name = f"schema_tools_template_{key[:16]}"
        wanted, left_out = Note(live, key, anew), tuple[NotChecked, ...]()
        waiting = f"Waiting for another run, which builds the template of {live} …"
        with locked(connection, f"test templates of {live}", on_wait=lambda: say(waiting)):
            found = _notes(connection).get(name)
            is_new = found is None or found.key != key or (bool(anew) and found.run != anew)
            if is_new:
                left_out = _build(connection, alias, name, wanted, base=base)
            else:
                _mark(connection, name, found or wanted)
            hold_shared(connection, name)
            if is_new:
                _prune(connection, live)
        yield Template(name, key, time.perf_counter() - start, is_new, left_out)


def _build(
    connection: Connection, alias: str, name: str, note: Note, *, base: str
) -> tuple[NotChecked, ...]:
    with new_database(connection, base=base) as building:
        params = {**connection_params(alias), "dbname": building}
        with alias_at(alias, params):
            left_out = fill(alias, live=note.database)
            with open_connection(connection_params(alias), what="the new template") as inside:
                keep_start(inside, get_settings(alias), key=note.key)
        # Others may be copying the one that this replaces.
        with locked(connection, name):
            _make_room(connection, name)
            with connection.transaction():
                _alter(connection, building, "ALTER DATABASE {} ALLOW_CONNECTIONS false")
                _alter(connection, building, "ALTER DATABASE {} RENAME TO {}", name)
                _mark(connection, name, note)
    return left_out


def _make_room(connection: Connection, name: str) -> None:
    """Drop the template of that name; raise Unavailable for a database that is none of ours."""
    if name in _notes(connection):
        drop(connection, name)
    if is_there(connection, name):
        raise Unavailable(
            f"there is a database {name} already, and nothing says that it may be dropped",
            hint="Rename or drop it; names that begin so are for templates of test databases.",
        )


def _prune(connection: Connection, live: str) -> None:
    """Drop the templates of a database that were used longest ago and that nobody uses now."""
    notes = {name: note for name, note in _notes(connection).items() if note.database == live}
    by_use = sorted(notes, key=lambda name: notes[name].used, reverse=True)
    for name in by_use[KEPT:]:
        with unless_in_use(connection, name) as is_free:
            if is_free:
                drop(connection, name)


def _notes(connection: Connection) -> dict[str, Note]:
    """Return the templates of this role, with what their comments say."""
    found = {}
    for name, comment in catalog_rows(connection, _LIST, (MARK,)):
        with suppress(ValueError, TypeError):  # somebody has edited it: not ours any more
            found[str(name)] = Note(**json.loads(comment.removeprefix(MARK)))
    return found


def _mark(connection: Connection, name: str, note: Note) -> None:
    """Write the comment that makes a database a template of ours, used now."""
    used = datetime.datetime.now(tz=datetime.UTC).isoformat()
    words = MARK + json.dumps(asdict(replace(note, used=used)))
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    connection.execute(comment.format(sql.Identifier(name), sql.Literal(words)))


def _alter(connection: Connection, name: str, statement: LiteralString, *names: str) -> None:
    identifiers = map(sql.Identifier, (name, *names))
    connection.execute(sql.SQL(statement).format(*identifiers))
