"""The names that an SQL text mentions, as the server prints them or as people write them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from schema_tools.keys import Key
from schema_tools.schema.objects import Schema

_NAME = r"""(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)"""
_STRING = r"'(?:[^']|'')*'"
_OPERATOR = r"[-+*/<>=~!@#%^&|`?]+"
_QUALIFIED = re.compile(rf"{_STRING}|({_NAME})\.({_NAME}|{_OPERATOR})")
# What a string names, as in nextval('public.users_id_seq'::regclass).
_IN_STRING = re.compile(rf"'({_NAME})\.({_NAME})'")
_WORD = re.compile(_NAME)


@functools.lru_cache(maxsize=50_000)
def qualified_names(text: str) -> frozenset[tuple[str, str]]:
    """Return what a text names with a schema: pairs of schema and name."""
    if "." not in text:
        return frozenset()
    found = [*_QUALIFIED.finditer(text), *_IN_STRING.finditer(text)]
    return frozenset((_plain(each[1]), _plain(each[2])) for each in found if each[1])


def words(text: str) -> frozenset[str]:
    """Return all that may be a name in a text, as the server would read it.

    Key words and the words of strings and comments are among them.
    """
    return frozenset(
        _plain(word) if word.startswith('"') else word.lower() for word in _WORD.findall(text)
    )


def columns_read(texts: Iterable[str], schema: Schema, own: Key | None = None) -> Iterator[Key]:
    """Yield the columns that texts name, of each relation that they mention and of their own.

    A column of the same name in another of these relations may be among them.
    """
    for text in texts:
        named = words(text)
        relations = {schema.relation(*pair) for pair in qualified_names(text)} | {own}
        for relation in relations - {None}:
            for key, _found in schema.of_table(relation) if relation else ():
                if key.kind == "column" and key.name in named:
                    yield key


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
