"""The plugin of pytest: ``pytest_plugins = ["schema_tools.testing.plugin"]`` in the root conftest.

It is no entry point: one would be loaded in every run of pytest in an environment that has this
package, and what test databases are made from is for the project to say. Nothing but pytest is
imported before the first test that needs a database.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from schema_tools.errors import SchemaToolsError
    from schema_tools.testing.past import PastDatabase

_TOLD = pytest.StashKey[list[str]]()
_BEGUN = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Before pytest-django sets up its databases, whoever overrides that, prepare for it."""
    if fixturedef.argname == "django_db_setup":
        try:
            _prepare(request.config)
        except pytest.fail.Exception as error:
            # Not here: pytest remembers for the tests to come what the fixture itself raises.
            fixturedef.func = _failing_with(error)  # type: ignore[misc]
    return (yield)


def _failing_with(error: BaseException) -> Callable[..., None]:
    def fail(**_fixtures: object) -> None:
        raise error

    return fail


def _prepare(config: pytest.Config) -> None:
    if config.stash.get(_BEGUN, False):
        return
    from schema_tools.testing.creation import use_sql_files

    told = config.stash.setdefault(_TOLD, [])
    anew = _run_of(config) if config.getoption("create_db", False) else ""
    use_sql_files(anew=anew, failing=_as_failure, tell=told.append)
    config.stash[_BEGUN] = True


def _run_of(config: pytest.Config) -> str:
    """Return a name that all processes of a run share."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(8)


def _as_failure(error: SchemaToolsError) -> BaseException:
    """Return what each test that needs the database fails with, without a traceback."""
    text = f"{error}\n→ {error.hint}" if error.hint else str(error)
    return pytest.fail.Exception(text, pytrace=False)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say what the test databases cost, and what of the files was not run."""
    for line in config.stash.get(_TOLD, []):
        terminalreporter.write_line(line)


@pytest.fixture
def migrated_to(
    django_db_blocker: Any,
) -> Iterator[Callable[..., PastDatabase]]:
    """Return a function that makes a database as the SQL files have it up to a version.

    Until the test ends its alias means that database; the test database is left alone.
    """
    from schema_tools.testing.past import migrated_to

    with django_db_blocker.unblock(), ExitStack() as stack:

        def enter(version: str, **options: Any) -> PastDatabase:
            past: AbstractContextManager[PastDatabase] = migrated_to(version, **options)
            return stack.enter_context(past)

        yield enter
