"""The difference between two schemas, for people, for psql and for programs."""

from __future__ import annotations

import difflib
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator

from schema_tools.findings import PLAIN, NotChecked, Report
from schema_tools.keys import Key
from schema_tools.reports.characters import visible
from schema_tools.reports.format import Format
from schema_tools.reports.style import Style
from schema_tools.schema.comparison.wording import value_text
from schema_tools.schema.difference import Difference
from schema_tools.schema.kinds import kinds
from schema_tools.schema.names import quoted
from schema_tools.schema.objects import (
    RELATIONS,
    Change,
    Draft,
    Schema,
    SchemaObject,
    flag_words,
)

_LONGEST_LINE = 100
_ELSEWHERE = "other objects"
# A search path that means what unqualified names mean; bodies of functions may name what a later
# statement makes.
_PREAMBLE = ("SET search_path = public;", "SET check_function_bodies = off;")
_HOW_TO_RUN = (
    "Read it, then run it on the first: psql -v ON_ERROR_STOP=1 -f FILE (with "
    "--single-transaction, unless a label of an enum type is added and used)."
)


def text(found: Difference) -> str:
    """Return the differences as lines, those of a table together."""
    groups: dict[tuple[bool, str], list[tuple[tuple[int, int, str], list[str]]]] = defaultdict(
        list
    )
    for old, new in found.renames.items():
        lines = [f"  ~ {_named(new)}: renamed from {old.name}"]
        groups[_heading(new, found)].append((_rank(new, found), lines))
    for change in found.changes:
        groups[_heading(change.key, found)].append((_rank(change.key, found), [*_lines(change)]))
    return "\n\n".join(
        "\n".join([at[1], *(line for _place, lines in sorted(groups[at]) for line in lines)])
        for at in sorted(groups)
    )


def _heading(key: Key, found: Difference) -> tuple[bool, str]:
    """Return the table or view under which a difference is shown; all others come last."""
    name = key.table or (key.name if key.kind in RELATIONS else "")
    if not name:
        return True, _ELSEWHERE
    relation = _relation(key.schema, name, found.after, found.before)
    kind = relation.kind if relation else "table"
    return False, f"{_words(kind)} {_with_schema(key.schema, name)}"


def _relation(schema: str, name: str, *places: Schema) -> Key | None:
    return next(filter(None, (place.relation(schema, name) for place in places)), None)


def _with_schema(schema: str, name: str) -> str:
    return name if schema in PLAIN else f"{schema}.{name}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _rank(key: Key, found: Difference) -> tuple[int, int, str]:
    """Sort by kind, and columns as they stand in their table."""
    position = getattr(found.after.get(key) or found.before.get(key), "position", 0)
    return (list(kinds()).index(key.kind), position, key.name)


def _named(key: Key) -> str:
    name = key.name if key.table else _with_schema(key.schema, key.name)
    return f"{_words(key.kind)} {name}"


def _lines(change: Change) -> Iterator[str]:
    """Yield what differs: a line for each aspect, more where values are long."""
    name = _named(change.key)
    if change.before is None or change.after is None:
        sign, found = ("+", change.after) if change.before is None else ("-", change.before)
        yield from _indented(f"  {sign} {_introduced(change.key, _described(change.key, found))}")
        return
    for aspect in change.aspects:
        yield from _aspect_lines(f"  ~ {name}", aspect, change.before, change.after)


def _introduced(key: Key, said: str) -> str:
    """Return what an object is, with its kind and its name, each of them once."""
    kind, name = _words(key.kind), quoted(key.name)
    if said in {kind, ""}:
        return _named(key)
    if said.startswith(name):
        return f"{kind} {said}"
    return f"{kind}: {said}" if name in said else f"{_named(key)}: {said}"


def _described(key: Key, found: SchemaObject | None) -> str:
    return "" if found is None else kinds()[key.kind].describe(found)


def _indented(said: str) -> Iterator[str]:
    first, *more = said.splitlines() or [said]
    yield first
    yield from (f"      {line}" for line in more)


def _aspect_lines(
    start: str, aspect: str, before: SchemaObject, after: SchemaObject
) -> Iterator[str]:
    old, new = (_value(aspect, found) for found in (before, after))
    if flag_words(type(before), aspect) is None:
        start = f"{start}: {aspect.replace('_', ' ')}"
    short = f"{start}: {old} → {new}"
    if not {"\n", "\r"} & {*short} and len(short) <= _LONGEST_LINE:
        yield short
        return
    yield f"{start}:"
    before_lines, after_lines = (each.replace("\r", "\\r").split("\n") for each in (old, new))
    compared = difflib.unified_diff(before_lines, after_lines, n=2, lineterm="")
    yield from (f"      {line}" for line in [*compared][2:] if not line.startswith("@@"))


def _value(aspect: str, found: SchemaObject) -> str:
    value = value_text(aspect, found)
    return "(none)" if value is None else value


def sql(drafts: Iterable[Draft], headline: str, not_checked: Iterable[NotChecked]) -> str:
    """Return drafts as a script that psql can run."""
    notes = [f"Not compared: {each.what}: {each.reason}" for each in not_checked]
    parts = ["\n".join([*_comments(headline, _HOW_TO_RUN, *notes), *_PREAMBLE])]
    afterwards: list[str] = []
    for draft in drafts:
        caution = draft.caution if draft.safe else f"CAN LOSE DATA. {draft.caution}".strip()
        lines = [*_comments(caution), *map(_ended, draft.statements)]
        parts += ["\n".join(lines)] if lines else []
        afterwards += [*_comments(draft.caution_afterwards), *map(_ended, draft.afterwards)]
    parts += ["\n".join(afterwards)] if afterwards else []
    return "\n\n".join(parts) + "\n"


def _comments(*sentences: str) -> list[str]:
    """Return sentences as comments; a line end in a name must not end the comment."""
    return [
        f"-- {part}"
        for sentence in sentences
        for line in sentence.splitlines()
        for part in textwrap.wrap(line, 96, break_long_words=False, break_on_hyphens=False)
    ]


def _ended(statement: str) -> str:
    last = statement.rpartition("\n")[2]
    return f"{statement}\n;" if "--" in last else f"{statement};"


def facts(found: Difference) -> dict[str, object]:
    """Return the differences as plain values, in the order of their keys."""
    renamed = [
        _fact("renamed", new, found.before, found.after, renamed_from=old.name)
        for old, new in found.renames.items()
    ]
    changed = [
        _fact(_verb(change), change.key, found.before, found.after, aspects=change.aspects)
        for change in found.changes
    ]
    return {
        "counts": {"differences": len(found), "objects_compared": len(found.keys)},
        "differences": [*renamed, *changed],
    }


def _verb(change: Change) -> str:
    if change.before is None:
        return "added"
    return "dropped" if change.after is None else "altered"


def _fact(
    verb: str,
    key: Key,
    before: Schema,
    after: Schema,
    *,
    renamed_from: str | None = None,
    aspects: tuple[str, ...] = (),
) -> dict[str, object]:
    old, new = before.get(key), after.get(key)
    return {
        "change": verb,
        "object": _object(key),
        "renamed_from": renamed_from,
        "from": old and _described(key, old),
        "to": new and _described(key, new),
        "aspects": [
            {"name": name, "from": value_text(name, old), "to": value_text(name, new)}
            for name in aspects
        ],
    }


def _object(key: Key) -> dict[str, str | None]:
    return {
        "kind": key.kind,
        "schema": key.schema or None,
        "table": key.table or None,
        "name": key.name,
    }


def _render_sql(report: Report, style: Style) -> str:
    """Return the script of a report; an error becomes a comment, which runs as nothing.

    On a terminal, whose lines have a width, what would act on it is written out.
    """
    if "sql" in report.facts:
        script = str(report.facts["sql"])
        return visible(script) if style.width else script
    said = [f"{each.message}\n{each.hint}".strip() for each in report.findings]
    return "".join(f"{line}\n" for line in _comments(*said))


SQL = Format(name="sql", render=_render_sql)
