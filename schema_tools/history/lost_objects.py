"""Which tables and columns a statement takes data from, as far as its text names them."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schema_tools.history.migration import Statement
from schema_tools.history.verbs import Words, words_of

_MODIFIERS = frozenset({"TABLE", "IF", "EXISTS", "ONLY", "CONCURRENTLY"})
_ENDS = frozenset({"CASCADE", "RESTRICT", "RESTART", "CONTINUE", "*"})
# How statements begin before their list of tables; of two kinds there is but one.
_OF_TABLES = {
    ("DROP", "TABLE"): None,
    ("DROP", "FOREIGN", "TABLE"): None,
    ("DROP", "MATERIALIZED", "VIEW"): None,
    ("TRUNCATE",): None,
    ("DELETE", "FROM"): 1,
    ("UPDATE",): 1,
}
# What ALTER TABLE drops that holds no data.
_NO_COLUMN = frozenset({"CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"})


class Reach(enum.Enum):
    """Which tables that refer to one lose rows with it."""

    NONE = enum.auto()
    ON_DELETE_CASCADE = enum.auto()
    ALL = enum.auto()


@dataclass(frozen=True, slots=True)
class Lost:
    """A table that loses rows, one of its columns, or a schema with all its tables.

    ``name`` is SQL, with its quotes, as ``to_regclass`` or ``to_regnamespace`` take it; ``column``
    is a plain name, "" where whole rows are lost.
    """

    name: str
    column: str = ""
    is_schema: bool = False
    reach: Reach = Reach.NONE


def lost_objects(statement: Statement) -> tuple[Lost, ...]:
    """Return what a statement that may destroy data names; nothing where its text is silent."""
    words = words_of(statement.text)
    if words[:2] == ("DROP", "SCHEMA"):
        return tuple(Lost(name, is_schema=True) for name in _names(words[2:]))
    if words[:2] == ("ALTER", "TABLE"):
        return tuple(_columns(words[2:]))
    for beginning, most in _OF_TABLES.items():
        if words[: len(beginning)] == beginning:
            names = itertools.islice(_names(words[len(beginning) :]), most)
            return tuple(Lost(name, reach=_reach(words)) for name in names)
    return ()


def _reach(words: Words) -> Reach:
    if words[0] == "DELETE":
        return Reach.ON_DELETE_CASCADE
    empties_all = words[0] == "TRUNCATE" and words[-1] == "CASCADE"
    return Reach.ALL if empties_all else Reach.NONE


def _names(words: Sequence[str]) -> Iterator[str]:
    """Yield the names of a list with commas, each with its schema, until a word that ends it."""
    rest = list(itertools.dropwhile(lambda word: word in _MODIFIERS, words))
    while rest and rest[0] not in _ENDS:
        name = [rest.pop(0)]
        while rest[:1] == ["."] and len(rest) > 1:
            name += [rest.pop(0), rest.pop(0)]
        yield "".join(name)
        if rest[:1] == ["*"]:
            rest.pop(0)
        if rest[:1] != [","]:
            return
        rest.pop(0)


def _columns(words: Words) -> Iterator[Lost]:
    """Yield the columns that the actions of an ALTER TABLE drop or give another type."""
    table = next(_names(words), "")
    for action in _actions(words):
        kind, rest = action[:1], [word for word in action[1:] if word not in {"IF", "EXISTS"}]
        if rest[:1] == ["COLUMN"]:
            rest = rest[1:]
        drops = kind == ("DROP",) and rest and rest[0] not in _NO_COLUMN
        converts = kind == ("ALTER",) and "TYPE" in rest[1:4]
        if table and (drops or converts):
            yield Lost(table, _plain(rest[0]))


def _actions(words: Words) -> Iterator[Words]:
    """Yield the actions behind the table's name."""
    start = next((at for at, word in enumerate(words) if word in {"DROP", "ALTER", "ADD"}), None)
    if start is None:
        return
    action: list[str] = []
    for word in words[start:]:
        if word == ",":
            yield tuple(action)
            action = []
        else:
            action.append(word)
    yield tuple(action)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
