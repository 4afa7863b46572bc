"""What was built in scratch databases before: under which key it is kept, and in which form.

A key holds all that decides what comes out; whatever is not certain to be in it has no key, and is
built each time.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import django
import psycopg

import schema_tools
from schema_tools.django_models.collect import ModelSql
from schema_tools.errors import ConfigurationError
from schema_tools.history.header import listed
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.moment import depends_on_the_moment
from schema_tools.postgres.scratch import Scratch
from schema_tools.schema.objects import Schema
from schema_tools.schema.snapshot import read_snapshot, write_snapshot
from schema_tools.services.required_code import required_code


@functools.cache
def _tool() -> str:
    """Return what this program is: another line of it may read or run the same otherwise."""
    digest = hashlib.sha256(f"{django.VERSION} {psycopg.__version__}".encode())
    folder = Path(schema_tools.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(f"\n{path.relative_to(folder)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def statements_of(migrations: Iterable[Migration]) -> tuple[Statement, ...]:
    """Return all statements that a replay of the files runs."""
    return tuple(
        statement
        for migration in migrations
        for statement in (*migration.up.preamble, *migration.up.statements)
    )


def files_key(
    alias: str,
    scratch: Scratch,
    wanted: Sequence[object],
    *,
    applied: Sequence[Migration] | None,
    pending: Sequence[Migration],
) -> str:
    """Return the key of what files make, "" where that cannot be kept.

    ``wanted`` says what is read of it.
    """
    files = (*(applied or ()), *pending)
    statements = (*scratch.prelude, *statements_of(files))
    if depends_on_the_moment(statements):
        return ""
    targets = [name for file in files for name in listed(file.header, "Requires")]
    code = required_code(targets)
    if code is None:
        return ""
    text = "\n".join(each.text for each in statements)
    return digest_of(
        "files",
        alias,
        code,
        scratch.describe(text),
        [each.text for each in scratch.prelude],
        wanted,
        None if applied is None else list(map(_file, applied)),
        list(map(_file, pending)),
    )


def models_key(
    scratch: Scratch,
    wanted: Sequence[object],
    *,
    base: Sequence[str],
    collected: Iterable[ModelSql],
) -> str:
    """Return the key of what models make on a base: the files' key, or what is run first."""
    made = [[model.label, model.statements, model.refused] for model in collected]
    text = "\n".join(text for _label, statements, _refused in made for text in statements)
    prelude = [each.text for each in scratch.prelude]
    return digest_of("models", base, scratch.describe(text), prelude, wanted, made)


def _file(migration: Migration) -> list[object]:
    """Return what a replay takes from a file; notes name it by its path."""
    return [migration.version, migration.path, migration.checksum]


def digest_of(*parts: object) -> str:
    """Return the key that values give together with this program; JSON has to know them."""
    return hashlib.sha256(json.dumps([_tool(), *parts]).encode()).hexdigest()


def packed(schemas: Iterable[Schema | None], notes: Mapping[str, object]) -> bytes:
    """Return schemas and notes as bytes; the same schema twice takes no more room."""
    given = list(schemas)
    different = list({id(each): each for each in given if each is not None}.values())
    texts = [write_snapshot(each) for each in different]
    head = {
        "kept": [
            [len(text), each.server_version, each.not_seen]
            for text, each in zip(texts, different, strict=True)
        ],
        "places": [
            next((at for at, other in enumerate(different) if other is each), None)
            for each in given
        ],
        "notes": notes,
    }
    return b"\n".join([json.dumps(head).encode(), b"".join(texts)])


def unpacked(data: bytes) -> tuple[list[Schema | None], dict[str, Any]] | None:
    """Return what was packed; None for what another version has packed.

    Objects are made once they are asked for.
    """
    first, _newline, rest = data.partition(b"\n")
    try:
        head = json.loads(first)
        kept, start = [], 0
        for size, version, hidden in head["kept"]:
            text = rest[start : start + size]
            kept.append(
                Schema.deferred(
                    partial(_schema_of, text),
                    hashlib.sha256(text).hexdigest(),
                    server_version=version,
                    not_seen=tuple((what, reason) for what, reason in hidden),
                )
            )
            start += size
        return [None if at is None else kept[at] for at in head["places"]], head["notes"]
    except (ConfigurationError, LookupError, TypeError, ValueError):
        return None


def _schema_of(text: bytes) -> Schema:
    return read_snapshot(text, "cache").schema
