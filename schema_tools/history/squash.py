"""Join files into one that stands for them: their own texts, one after the other."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from schema_tools.errors import DraftRefused
from schema_tools.history.header import listed, timeout
from schema_tools.history.migration import Migration, Statement
from schema_tools.history.rollback import rollback_stretches
from schema_tools.history.section import commented, down_section, up_section
from schema_tools.history.squashed import squashed_files
from schema_tools.history.statements import split, statements_of
from schema_tools.history.transactions import needs_no_transaction
from schema_tools.history.verbs import words_of
from schema_tools.lexer import Kind, Token, significant

_LEVELS = ("REPEATABLE READ", "SERIALIZABLE")
_CHECKED = """\
-- Rows are checked as they come, not at the end: so that the tables can be altered on the way.
SET CONSTRAINTS ALL IMMEDIATE;"""
_NO_WAY_BACK = "-- There is none: the header says why.\n"
_TRANSACTION = frozenset({"SET TRANSACTION", "SET SESSION CHARACTERISTICS"})


class Way(enum.Enum):
    """How files are joined, in the order of what is best: in one transaction, or in none.

    Where each file was committed its rows were checked. In one transaction that may have to be
    said: a table with checks to come cannot be altered.
    """

    AT_ONCE = "at once"
    CHECKED = "checked"
    SINGLY = "singly"


@dataclass(frozen=True, slots=True)
class Joined:
    """The halves of a squashed file as they stand in it, and the lines of its header.

    ``down`` is in comments; ``modes`` is what stands after BEGIN. ``sections`` are the UP parts of
    the files, in their order.
    """

    up: str
    down: str
    way: Way
    modes: str
    requires: tuple[str, ...]
    lines: tuple[str, ...]
    sections: tuple[str, ...]

    @property
    def uses_new_labels(self) -> bool:
        """Return whether a statement names a label that one before it has added to an enum.

        In one transaction only PostgreSQL 17 and later let it, and only where that makes the
        type, too (PostgreSQL documentation, ALTER TYPE).
        """
        labels: set[str] = set()
        for statement in (each for section in self.sections for each in split(section)):
            if any(label in statement.text for label in labels):
                return True
            if statement.verb == "ALTER TYPE ADD VALUE":
                labels |= {token.text for token in _strings(statement)}
        return False

    def reads_as_written(self, migration: Migration) -> bool:
        """Return whether a file read again runs what its sections say, and nothing else."""
        said = [each.text for section in self.sections for each in split(section)]
        return said == [each.text for each in migration.up.statements]


def join(
    files: Sequence[Migration],
    way: Way,
    *,
    statement_timeout: float = 0.0,
    irreversible: str = "",
) -> Joined:
    """Return the files as one.

    ``statement_timeout`` holds where a file gives none; ``irreversible`` is why there is to be no
    rollback, where that shows only when it runs. Raises DraftRefused for what cannot be joined.
    """
    is_one = way is not Way.SINGLY
    sections = tuple(up_section(file, transactional=is_one) for file in files)
    parts = [
        f"-- from {file.version}.sql{_purpose(file)}\n{section}"
        for file, section in zip(files, sections, strict=True)
    ]
    if way is Way.CHECKED:
        sections, parts = (_CHECKED, *sections), [_CHECKED, *parts]
    reason = irreversible or _irreversible(files)
    lines = (
        *_environments(files),
        *_statement_timeout(files, statement_timeout),
        *([f"Irreversible: {reason}"] if reason else []),
        *_members(files),
    )
    return Joined(
        up="\n\n".join(parts),
        down=_NO_WAY_BACK if reason else _down(files, transactional=is_one),
        way=way,
        modes=_modes(files) if is_one else "",
        requires=tuple(
            dict.fromkeys(n for file in files for n in listed(file.header, "Requires"))
        ),
        lines=lines,
        sections=sections,
    )


def _strings(statement: Statement) -> Iterator[Token]:
    return (token for token in significant(statement.text) if token.kind is Kind.STRING)


def _requires(file: Migration) -> tuple[str, ...]:
    return listed(file.header, "Requires")


def _purpose(file: Migration) -> str:
    purpose = file.header.get("Purpose", "").strip()
    return f" ({purpose})" if purpose else ""


def _down(files: Sequence[Migration], *, transactional: bool) -> str:
    """Return the DOWN parts in reverse order, in comments."""
    sections = [down_section(file, transactional=transactional) for file in reversed(files)]
    if transactional and any(map(_needs_no_transaction, sections)):
        return _down(files, transactional=False)
    lines = [
        *(["BEGIN;"] if transactional else []),
        *(
            f"\nfrom {file.version}.sql\n{section}"
            for file, section in zip(reversed(files), sections, strict=True)
        ),
        *(["\nCOMMIT;"] if transactional else []),
    ]
    return commented("\n".join(lines).strip()) + "\n"


def _needs_no_transaction(section: str) -> bool:
    statements = statements_of(section, rollback_stretches(section))
    return any(map(needs_no_transaction, statements))


def _irreversible(files: Iterable[Migration]) -> str:
    """Return why there is no way back, "" where every file has one."""
    for file in files:
        if "Irreversible" in file.header:
            return f"{file.version}: {file.header['Irreversible']}"
        if not file.down.statements:
            return f"{file.version} has no rollback"
    return ""


def _members(files: Iterable[Migration]) -> Iterator[str]:
    """Yield a line for each file, after a squashed one also for those that are in it."""
    for file in files:
        yield f"Squashes: {file.version}.sql sha256:{file.checksum}"
        for squashed in squashed_files([file]):
            for member in squashed.members:
                inside = member.inside or file.version
                yield (f"Squashes: {member.version}.sql sha256:{member.checksum} in {inside}.sql")


def _environments(files: Iterable[Migration]) -> Iterator[str]:
    named = dict.fromkeys(file.header.get("Environment", "") for file in files)
    if words := ", ".join(filter(None, named)):
        yield f"Environment: {words}"


def _statement_timeout(files: Iterable[Migration], default: float) -> Iterator[str]:
    """Yield the longest time that any file gives a statement, where it is not the default.

    How long to wait for a lock is left to the settings: in a new database nobody holds one.
    """
    given = [timeout(file.header, "Statement-Timeout") for file in files]
    seconds = [default if each is None else each for each in given]
    longest = 0.0 if 0 in seconds else max(seconds)
    if longest != default:
        yield f"Statement-Timeout: {f'{longest * 1000:.0f}ms' if longest else '0'}"


def _modes(files: Iterable[Migration]) -> str:
    """Return the strictest isolation level that a file asks for.

    Raises DraftRefused for modes that others cannot share.
    """
    levels = []
    for file in files:
        words = " ".join([file.up.modes.upper(), *map(_said, _about_transaction(file))])
        for refused in ("READ ONLY", "SNAPSHOT"):
            if refused in words:
                raise DraftRefused(
                    f"it runs its transaction with {refused}, which the other files cannot share",
                    where=file.path,
                    hint="Squash the files before it: name the last of these.",
                )
        levels += [level for level in _LEVELS if level in words]
    return f"ISOLATION LEVEL {max(levels, key=_LEVELS.index)}" if levels else ""


def _about_transaction(file: Migration) -> Iterator[Statement]:
    part = file.up
    return (each for each in (*part.preamble, *part.statements) if each.verb in _TRANSACTION)


def _said(statement: Statement) -> str:
    return " ".join(words_of(statement.text))
