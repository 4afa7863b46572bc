"""What a file asks to be there before it: other files, and Django's migrations."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from schema_tools.findings import Finding
from schema_tools.history import problems as problem
from schema_tools.history.directory import Directory
from schema_tools.history.header import listed
from schema_tools.history.migration import Migration, number_of
from schema_tools.history.squashed import counted_as_there, squashed_files

# A word of a Dependencies: line that means a file; others ("none", "users table") are prose.
_VERSION = re.compile(r"\d+(_\w+)?")


def unmet_dependencies(
    migration: Migration, ready: Collection[str], directory: Directory
) -> Iterator[Finding]:
    """Yield the files that a file depends on and that are not among the versions of ``ready``.

    The directory is the folder as it is, so that squashed files are known by all their names.
    """
    names = [word.removesuffix(".sql") for word in listed(migration.header, "Dependencies")]
    missing = [
        name for name in names if _VERSION.fullmatch(name) and not _names_one_of(name, ready)
    ]
    if not missing:  # as nearly always: then the folder need not be looked through
        return
    squashed = squashed_files(directory.migrations)
    ready = counted_as_there(ready, squashed) if squashed else ready
    for name in missing:
        if not _names_one_of(name, ready):
            versions = {other.version for other in directory.migrations}
            known = _names_one_of(name, versions.union(*(each.versions for each in squashed)))
            yield problem.unmet_dependency(migration, name, known=known)


def unmet_requirements(
    migration: Migration,
    applied: Collection[str],
    known: Collection[str] | None,
    *,
    alias: str,
) -> Iterator[Finding]:
    """Yield Django's migrations that a file requires and that are not applied."""
    for name in listed(migration.header, "Requires"):
        if name in applied:
            continue
        if known is not None and name not in known:
            yield problem.unknown_requirement(migration, name)
        else:
            yield problem.unmet_requirement(migration, name, alias=alias)


def _names_one_of(name: str, versions: Collection[str]) -> bool:
    if name.isdigit():
        return int(name) in map(number_of, versions)
    return name in versions
