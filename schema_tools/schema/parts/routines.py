"""What functions and procedures have in common: arguments, language, body, settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from schema_tools.keys import Key
from schema_tools.schema.names import literal, qualified, quoted
from schema_tools.schema.objects import Change, Schema, SchemaObject, expression, flag, source
from schema_tools.schema.parts.extension_ties import extension_keys
from schema_tools.schema.parts.mentions import columns_read

# PostgreSQL keeps the value of these as a list of names, each in quotes where it needs them
# (source: variable_is_guc_list_quote in src/bin/pg_dump/dumputils.c).
_LISTS = frozenset(
    """local_preload_libraries search_path session_preload_libraries shared_preload_libraries
    temp_tablespaces unix_socket_directories""".split()
)
_LIST_ITEM = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|([^,"]*?))\s*(?:,|\Z)""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routine(SchemaObject):
    """A function or procedure; ``name`` carries the types of its input arguments.

    ``arguments`` and ``result`` are what the server prints with names, modes and defaults.
    ``body`` is the source of a program in whatever language, or the name of a C function;
    ``sql_body`` is a body of standard SQL, which the server keeps parsed. One of them is None.
    """

    # Told by the name: "f" of "f(integer)".
    bare_name: str = field(default="", compare=False)
    argument_types: tuple[str, ...] = field(default=(), compare=False)
    # Told by the arguments: the same without the defaults, and how many there are of these.
    identity_arguments: str = field(default="", compare=False)
    default_count: int = field(default=0, compare=False)
    arguments: str = ""
    language: str
    body: str | None = source()
    sql_body: str | None = expression()
    library: str | None = None
    security_definer: bool = flag("SECURITY DEFINER", "SECURITY INVOKER", default=False)
    settings: tuple[str, ...] = ()
    transforms: tuple[str, ...] = ()
    depends_on_extensions: tuple[str, ...] = ()
    owner: str | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name in ("argument_types", "settings", "transforms", "depends_on_extensions"):
            object.__setattr__(self, name, tuple(getattr(self, name) or ()))
        object.__setattr__(self, "bare_name", bare_name(self.name, self.argument_types))


def bare_name(name: str, argument_types: Iterable[str]) -> str:
    """Return the name without the types of the arguments.

    >>> bare_name("f(integer, text)", ("integer", "text"))
    'f'
    """
    types = f"({', '.join(argument_types)})"
    return name.removesuffix(types) if name.endswith(types) else name.partition("(")[0]


def signature(found: Routine, *, mode: str = "") -> str:
    """Return the name by which statements call a routine, in quotes where it needs them."""
    types = ", ".join(f"{mode}{each}" for each in found.argument_types)
    return f"{qualified(found.schema, found.bare_name)}({types})"


def renamed(word: str, key: Key, name: str) -> str:
    """Return ALTER FUNCTION or ALTER PROCEDURE … RENAME TO; both names carry types."""
    bare, parenthesis, types = key.name.partition("(")
    old = f"{qualified(key.schema, bare)}{parenthesis}{types}"
    return f"ALTER {word} {old} RENAME TO {quoted(name.partition('(')[0])}"


def definition(found: Routine, head: str, *, words: Iterable[str]) -> str:
    """Return CREATE FUNCTION or PROCEDURE; ``words`` are the attributes that only one can have."""
    lines = [head, f"LANGUAGE {quoted(found.language)}"]
    if found.transforms:
        types = ", ".join(f"FOR TYPE {each}" for each in found.transforms)
        lines.append(f"TRANSFORM {types}")
    attributes = [*words, *(["SECURITY DEFINER"] if found.security_definer else [])]
    if attributes:
        lines.append(" ".join(attributes))
    lines += map(set_to, found.settings)
    lines.append(_body(found))
    return "\n".join(lines)


def head(verb: str, found: Routine) -> str:
    """Return ``CREATE FUNCTION f(a integer)`` with the verb given."""
    return f"{verb} {qualified(found.schema, found.bare_name)}({found.arguments})"


def _body(found: Routine) -> str:
    if found.sql_body is not None:
        return found.sql_body
    if found.library is not None:
        return f"AS {literal(found.library)}, {literal(found.body or '')}"
    return f"AS {in_dollars(found.body or '')}"


def in_dollars(text: str) -> str:
    r"""Return a text between dollar quotes; with escapes where a file could not hold it.

    >>> in_dollars("SELECT '$$'")
    "$body$SELECT '$$'$body$"
    """
    if "\r" in text:  # a file's line ends become plain newlines when it is read
        escaped = text.replace("\\", r"\\").replace("'", "''").replace("\r", r"\r")
        return f"E'{escaped}'"
    tag, number = "$$", 0
    while (text + tag).index(tag) != len(text):
        number += 1
        tag = f"$body{number if number > 1 else ''}$"
    return f"{tag}{text}{tag}"


def set_to(setting: str) -> str:
    """Return the SET clause of a setting as the server keeps it: ``search_path=app, pg_temp``."""
    name, _equals, value = setting.partition("=")
    if name not in _LISTS:
        return f"SET {quoted_setting(name)} TO {literal(value)}"
    items = [
        literal(match[2] if match[1] is None else match[1].replace('""', '"'))
        for match in _LIST_ITEM.finditer(value)
        if match[0]
    ]
    return f"SET {name} TO {', '.join(items) or literal('')}"


def quoted_setting(name: str) -> str:
    """Return a setting's name, which may have a prefix: ``app.user``."""
    return ".".join(map(quoted, name.split(".")))


def changed_settings(before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    """Yield the clauses of ALTER FUNCTION that turn one list of settings into another."""
    old = set(before)
    gone = {each.partition("=")[0] for each in old} - {each.partition("=")[0] for each in after}
    for name in sorted(gone):
        yield f"RESET {quoted_setting(name)}"
    for setting in after:
        if setting not in old:
            yield set_to(setting)


def cannot_be_replaced(change: Change) -> bool:
    """Return whether CREATE OR REPLACE would refuse the change of a routine's arguments.

    PostgreSQL documentation, CREATE FUNCTION: names, once given, and defaults have to stay.
    """
    before, after = change.before, change.after
    if not isinstance(before, Routine) or not isinstance(after, Routine):
        return False
    return "arguments" in change.aspects and (
        before.identity_arguments != after.identity_arguments
        or before.default_count > after.default_count
    )


def needs(found: Routine, schema: Schema) -> Iterator[Key]:
    """Yield what a routine needs beside what its texts name: language, columns, extensions."""
    yield Key("language", "", "", found.language)
    yield from columns_read((found.sql_body or "",), schema)
    yield from extension_keys(found)
