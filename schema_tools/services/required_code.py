"""The code of Django's migrations that files require, as far as it decides what they make."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.db.migrations.exceptions import NodeNotFoundError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations import RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

_DECIDE = (
    "AUTH_USER_MODEL",
    "DEFAULT_AUTO_FIELD",
    "DEFAULT_INDEX_TABLESPACE",
    "DEFAULT_TABLESPACE",
    "INSTALLED_APPS",
    "MIGRATION_MODULES",
)
_KNOWN = sys.stdlib_module_names | {"django"}


def required_code(targets: Sequence[str]) -> str | None:
    """Return a digest of the migrations up to these, such as ``auth.0001_initial``.

    None where code other than Django's has a part in them: nobody knows what it does and reads.
    """
    if not targets:
        return ""
    if settings.DATABASE_ROUTERS:
        return None
    digest = hashlib.sha256(repr([getattr(settings, name) for name in _DECIDE]).encode())
    try:
        migrations = list(_plan(targets))
    except (KeyError, NodeNotFoundError):
        return None
    for module in dict.fromkeys(sys.modules[type(each).__module__] for each in migrations):
        if module.__file__ is None or not _knows_only_django(module):
            return None
        digest.update(f"\n{module.__name__}\n".encode() + Path(module.__file__).read_bytes())
    plain = (_is_plain(each) for found in migrations for each in _operations(found.operations))
    return digest.hexdigest() if all(plain) else None


def _plan(targets: Iterable[str]) -> Iterator[Migration]:
    loader = MigrationLoader(None)
    for target in targets:
        app, _dot, name = target.partition(".")
        for node in loader.graph.forwards_plan((app, name)):
            yield loader.graph.nodes[node]


def _operations(operations: Iterable[Operation]) -> Iterator[Operation]:
    for each in operations:
        yield each
        if isinstance(each, SeparateDatabaseAndState):
            yield from _operations(each.database_operations)


def _is_plain(operation: Operation) -> bool:
    """Return whether an operation runs no code but Django's."""
    if not _is_djangos(type(operation)):
        return False
    return not isinstance(operation, RunPython) or _is_djangos(operation.code)


def _knows_only_django(module: ModuleType) -> bool:
    """Return whether a migration uses nothing but Django and Python: no field of others."""
    for value in vars(module).values():
        where = value.__name__ if isinstance(value, ModuleType) else _module_of(value)
        if where not in {module.__name__, ""} and _root(where) not in _KNOWN:
            return False
    return True


def _is_djangos(what: object) -> bool:
    return _root(_module_of(what)) == "django"


def _module_of(value: object) -> str:
    """Return where a class, a function or the class of another value was defined."""
    return str(getattr(value, "__module__", None) or type(value).__module__)


def _root(name: str) -> str:
    return name.partition(".")[0]
