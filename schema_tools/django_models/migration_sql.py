"""The SQL that the operations of a migration run: as text, or as Python that executes it."""

from __future__ import annotations

import functools
import inspect
from collections import deque
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any

from django.contrib.postgres.operations import CreateCollation, CreateExtension
from django.db.migrations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation


def sql_of(operations: Iterable[Operation]) -> Iterator[str]:
    """Yield the texts of what operations run forwards; of Python only what executes SQL itself."""
    for operation in operations:
        match operation:
            case SeparateDatabaseAndState():
                yield from sql_of(operation.database_operations)
            case RunSQL():
                yield _text(operation.sql)
            case CreateExtension():
                yield f'CREATE EXTENSION "{operation.name}"'
            case CreateCollation():
                yield f'CREATE COLLATION "{operation.name}"'
            case RunPython():
                texts = list(dict.fromkeys(_reached(operation.code)))
                if any(".execute(" in text for text in texts):
                    yield "\n".join(texts)


def _text(sql: Any) -> str:
    """Return the SQL of a RunSQL: a text, or statements, each perhaps with its parameters."""
    if isinstance(sql, str):
        return sql
    return ";\n".join(each if isinstance(each, str) else str(each[0]) for each in sql)


def _reached(code: Any) -> Iterator[str]:
    """Yield the source of a function, of those of its module that it names, and their texts.

    Many migrations hand their SQL to a job: what runs it stands beside what is called, in
    constants of the module or, where another function has made this one, in what that kept for it.
    Nothing is called, and nobody is asked for more than a type: such a value may be lazy.
    """
    waiting = deque([code])
    seen: set[int] = set()
    while waiting:
        found = waiting.popleft()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if type(found) is str:
            yield found
        elif type(found) is FunctionType:
            yield _source(found)
        waiting += _parts(found)


def _parts(found: Any) -> Iterator[Any]:
    """Yield what a function names, and what a value is made of."""
    kind = type(found)
    if kind is FunctionType:
        yield from _named_by(found)
    elif kind is MethodType:
        yield found.__func__
    elif kind is functools.partial:
        yield from (found.func, *found.args, *found.keywords.values())
    elif kind in (list, tuple, set, frozenset):
        yield from found
    elif kind is dict:
        yield from (*found, *found.values())


def _named_by(function: FunctionType) -> Iterator[Any]:
    """Yield what a function keeps from the one that made it, and what it names in its module."""
    yield from function.__defaults__ or ()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue
    own = function.__globals__
    for name in _names(function.__code__):
        found = own.get(name)
        if type(found) is not FunctionType or found.__globals__ is own:
            yield found


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


def _source(code: FunctionType) -> str:
    try:
        return inspect.getsource(code)
    except (OSError, TypeError):  # made at run time
        return ""
