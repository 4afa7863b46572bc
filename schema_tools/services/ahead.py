"""The models' tables made while the SQL files are replayed: a server can work on both at once.

What files make besides tables is made first, as far as that can be done without their tables. So
tables made ahead count only where it is seen afterwards that all the rest has no part in them;
else they are made again, beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg

from schema_tools.django_models.collect import (
    ModelSql,
    alias_at,
    collect_on,
    collect_sql,
    models_for,
)
from schema_tools.errors import Unavailable
from schema_tools.history.header import listed
from schema_tools.history.migration import Statement
from schema_tools.history.reach import reaches_outside
from schema_tools.keys import Key
from schema_tools.postgres.introspect import made_schemas
from schema_tools.postgres.limit import is_limited
from schema_tools.postgres.scratch import Scratch, ScratchDatabase
from schema_tools.schema.objects import Schema
from schema_tools.services.built import statements_of
from schema_tools.services.from_files import FromFiles, Replay
from schema_tools.services.model_tables import (
    BESIDE_TABLES,
    batches,
    drafted,
    drop_relations,
    make_prerequisites,
    refused,
    run_together,
    standing_alone,
)
from schema_tools.services.wanted import Wanted

Connection = psycopg.Connection[Any]

_ROUND = 0.1
# They take part in what expressions mean without being named.
_UNNAMED = frozenset({"cast", "operator", "operator_class", "operator_family"})
_MAKES_UNNAMED = ("CREATE CAST", "CREATE OPERATOR")
# What stands alone is made, and changed, by statements of its own, and these run no code of files.
_OF_WHAT_STANDS_ALONE = re.compile(
    r"(?:CREATE|ALTER|COMMENT ON|DROP) "
    r"(?:EXTENSION|SCHEMA|COLLATION|TYPE|DOMAIN|FUNCTION|AGGREGATE|TEXT SEARCH)\b"
)
_WITH_ELEMENTS = re.compile(r"CREATE\b.*\bCREATE\b", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Ahead:
    """Models' SQL, and the database in which it was run, None where it cannot be.

    ``beside`` is what stands alone there.
    """

    collected: tuple[ModelSql, ...]
    database: ScratchDatabase | None = None
    beside: Schema = field(default_factory=Schema)

    def read(
        self,
        files: FromFiles,
        search_path: str,
        read: Callable[[Connection], Schema],
        *,
        let_go: Callable[[ScratchDatabase], None],
    ) -> Schema | None:
        """Return the schema with the models' tables, beside what files make besides tables.

        None where what was not there, or was another, may have a part in them. A database that
        nobody needs any more is let go.
        """
        there = files.files
        if self.database is None or there is None:
            return None
        keys = standing_alone(there)
        missing = [key for key in keys if key not in self.beside.objects]
        if not _agree(self.beside, there) or _have_a_part(missing, self.collected):
            return None
        if files.database is not None:
            let_go(files.database)
        with closing(self.database.connect(search_path=search_path)) as connection:
            make_prerequisites(connection, drafted(there, missing))
            found = read(connection)
        let_go(self.database)
        return found


def replayed(
    replays: Sequence[Replay], alias: str, *, with_models: bool
) -> tuple[tuple[FromFiles, ...], Ahead | None]:
    """Run the replays; where models are wanted, too, make their tables meanwhile, if that can be.

    Raises what either raises; by then both have ended.
    """
    if not with_models or not _can_go_ahead(replays):
        return tuple(each.run() for each in replays), None
    last = replays[-1]
    scratch, statements = last.scratch, statements_of(last.migrations)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="schema_tools replay") as pool:
        running = pool.submit(lambda: tuple(each.run() for each in replays))
        try:
            ahead = _make(alias, scratch, last.wanted, statements)
            return running.result(), ahead
        except BaseException:
            while not running.done():
                scratch.drop_all()  # which ends the replay's session
                wait([running], timeout=_ROUND)
            raise


def _can_go_ahead(replays: Sequence[Replay]) -> bool:
    """Return whether there is time to use, and nothing that stands against it.

    Django's own migrations, which files may require, change the models' state while they run. A
    limit in time interrupts the thread that has it, and no other.
    """
    if not replays or all(each.known is not None for each in replays) or is_limited():
        return False
    files = [file for each in replays for file in each.migrations]
    return (
        replays[0].scratch.makes_several
        and not any(listed(file.header, "Requires") for file in files)
        and not any(each.verb.startswith(_MAKES_UNNAMED) for each in statements_of(files))
    )


def _make(
    alias: str, scratch: Scratch, wanted: Wanted, statements: Iterable[Statement]
) -> Ahead | None:
    """Collect the models' SQL, and run it; None where not even that can be had now.

    ``statements`` are those of the files: what makes no table is run first.
    """
    models = models_for(alias)
    if scratch.is_beside_alias:
        collected = tuple(collect_on(alias, models))
        if refused(collected):
            return Ahead(collected)
    database = scratch.create()
    try:
        with closing(database.connect(search_path=wanted.search_path)) as connection:
            drop_relations(connection)
            _make_beside(connection, statements)
            wanted = wanted.including(made_schemas(connection))
            beside = wanted.read(connection, only=BESIDE_TABLES)
            if not scratch.is_beside_alias:
                with alias_at(alias, database.params) as wrapper:
                    collected = tuple(collect_sql(wrapper, models))
            for some in batches(collected):
                run_together(connection, some)
    except (psycopg.Error, Unavailable):
        return Ahead(collected) if scratch.is_beside_alias else None
    return Ahead(collected, None if refused(collected) else database, beside)


def _make_beside(connection: Connection, statements: Iterable[Statement]) -> None:
    """Run what makes no table, as far as it can be run without any.

    What is not there afterwards is looked for in the models' SQL.
    """
    connection.execute("SET check_function_bodies = off")
    for each in statements:
        if not _OF_WHAT_STANDS_ALONE.match(each.verb) or reaches_outside(each):
            continue
        if each.verb != "CREATE SCHEMA" or not _WITH_ELEMENTS.match(each.text):
            with suppress(psycopg.Error):
                connection.execute(each.text.encode())


def _agree(ahead: Schema, files: Schema) -> bool:
    """Return whether all that stood there ahead is what the files make in the end."""
    keys = standing_alone(ahead)
    return all(ahead.objects[key] == files.get(key) for key in keys)


def _have_a_part(keys: Collection[Key], collected: Iterable[ModelSql]) -> bool:
    """Return whether models' SQL may mean some of these objects."""
    if any(key.kind in _UNNAMED for key in keys):
        return True
    # A routine's name has the types of its arguments behind it.
    names = {key.name.partition("(")[0].casefold() for key in keys}
    if not names:
        return False
    texts = "\n".join(text for model in collected for text in model.statements).casefold()
    return not all(map(_WORD.fullmatch, names)) or not names.isdisjoint(_WORD.findall(texts))
