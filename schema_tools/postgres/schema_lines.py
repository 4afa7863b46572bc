"""Objects made of the lines in which the server writes a schema."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter

from schema_tools.keys import Key
from schema_tools.schema.kinds import kinds
from schema_tools.schema.objects import Kind, SchemaObject

Found = tuple[Key, SchemaObject]


@dataclass(frozen=True, slots=True)
class Seen:
    """The objects that were read so far: of each kind, by what the server says of them.

    Schemas read with the same memory share what is equal, and nothing is made twice of the same
    words.
    """

    objects: dict[str, dict[bytes, Found]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def objects_of(lines: Iterable[bytes], seen: Seen) -> Iterator[Found]:
    """Yield the objects that lines of kind and text are, with their keys.

    Of what COPY escapes, JSON has only the backslash.
    """
    parted = (line.replace(rb"\\", b"\\").partition(b"\t") for line in lines)
    for name, of_kind in groupby(parted, key=itemgetter(0)):
        yield from _of_kind(kinds()[name.decode()], [text for _name, _tab, text in of_kind], seen)


def _of_kind(kind: Kind, texts: Sequence[bytes], seen: Seen) -> Iterator[Found]:
    known = seen.objects.setdefault(kind.name, {})
    share = seen.texts.setdefault
    digests = [blake2b(text, digest_size=16).digest() for text in texts]
    new = {each: text for each, text in zip(digests, texts, strict=True) if each not in known}
    rows = json.loads(b"[%b]" % b",".join(new.values()))
    for digest, row in zip(new, rows, strict=True):
        for name, value in row.items():
            if type(value) is str:
                row[name] = share(value, value)
        found = kind.type(**row)
        known[digest] = (kind.key(found), found)
    return map(known.__getitem__, digests)


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the garbage collector from looking at all that is being made again and again.

    Nothing of it is garbage, and going through it would take a third of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
