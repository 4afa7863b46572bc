"""SQL files as they are run in a test database: without what reaches beyond it.

The server may hold a developer's own database, too: an old ``ALTER DATABASE live SET`` would act
on it with every template that is built. Roles that files create are created where they are
missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from schema_tools.findings import NotChecked
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.reach import reaches_outside
from schema_tools.history.replay_form import Names, form_of

_MAKES_A_ROLE = re.compile(r"\bCREATE\s+(?:ROLE|GROUP|USER(?!\s+MAPPING))\b", re.IGNORECASE)
_ROLE_VERBS = frozenset({"CREATE ROLE", "CREATE USER", "CREATE GROUP"})
# Roles belong to the server: an earlier template, or the live database, has had it made.
_UNLESS_THERE = """DO $schema_tools$ BEGIN
{text};
EXCEPTION WHEN duplicate_object THEN NULL; END $schema_tools$"""


@dataclass(frozen=True, slots=True)
class Inside:
    """Migrations as a test database runs them, and what of them it does not."""

    migrations: tuple[Migration, ...]
    left_out: tuple[NotChecked, ...] = ()


def inside(migrations: Iterable[Migration], *, live: str, database: str) -> Inside:
    """Return the files without what reaches beyond the database.

    A statement about the database ``live`` by its name is one about ``database``.
    """
    names, left_out = Names(live=live, scratch=database), list[NotChecked]()
    found = tuple(_kept(each, names, left_out) for each in migrations)
    return Inside(found, tuple(left_out))


def _kept(migration: Migration, names: Names, left_out: list[NotChecked]) -> Migration:
    part = migration.up
    statements = tuple(_statements(migration, part.statements, names, left_out))
    if statements == part.statements:
        return migration
    return replace(migration, up=replace(part, statements=statements))


def _statements(
    migration: Migration,
    statements: Iterable[Statement],
    names: Names,
    left_out: list[NotChecked],
) -> Iterator[Statement]:
    for each in statements:
        if each.verb in _ROLE_VERBS:
            yield replace(each, text=_UNLESS_THERE.format(text=each.text), verb="DO")
            continue
        form = form_of(each, names, keep_owners=False)
        if form.left_out and not _makes_roles_only(each):
            place = f"{migration.path}:{each.line}: {each.verb}"
            left_out.append(NotChecked(place, form.left_out))
            continue
        text = form.later or form.now
        yield replace(each, text=text) if text and text != each.text else each


def _makes_roles_only(statement: Statement) -> bool:
    """Return whether a block reaches beyond the database in nothing but creating roles."""
    if statement.verb != "DO":
        return False
    rest = _MAKES_A_ROLE.sub(" ", statement.text)
    return not reaches_outside(replace(statement, text=rest))
