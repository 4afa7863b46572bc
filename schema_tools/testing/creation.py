"""Django's creation of test databases, told to copy templates; and its flush, told what to keep.

What Django does stays Django's: it names, copies, clones, keeps and destroys. Only the objects of
this process's connections are changed, at the moment when its tests set databases up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from schema_tools.conf import get_settings
from schema_tools.errors import ConfigurationError, SchemaToolsError
from schema_tools.postgres.session import connection_params, open_connection
from schema_tools.services.folder import has_no_folder
from schema_tools.testing.fill import only_other_apps
from schema_tools.testing.flush import SEQUENCES, one_script
from schema_tools.testing.restore import key_of, steps_back
from schema_tools.testing.server import (
    LIVE,
    Connection,
    control,
    drop_test_database,
    give_settings,
    is_there,
)
from schema_tools.testing.template import Template, template_for

Failing = Callable[[SchemaToolsError], BaseException]


def use_sql_files(
    *,
    anew: str = "",
    failing: Failing = lambda error: error,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Let all test databases that this process makes from now on come from SQL files.

    ``anew`` names a run whose templates are to be built anew; ``failing`` makes of an error what
    is to be raised; ``tell`` is told what became of each template. Databases of other kinds, and
    those of projects without a folder of SQL files, are left to Django.
    """
    try:
        wrappers = [connections[alias] for alias in connections if _has_files(alias)]
    except SchemaToolsError as error:
        raise failing(error) from None
    for wrapper in wrappers:
        keep_flushing_to_the_start(wrapper)
        _Creation(wrapper, anew, failing, tell).install()


def _has_files(alias: str) -> bool:
    if connections[alias].vendor != "postgresql":
        return False
    return not has_no_folder(get_settings(alias), alias)


def keep_flushing_to_the_start(wrapper: BaseDatabaseWrapper) -> None:
    """Let Django's flush, and its reset of sequences, lead back to what SQL files made."""
    ops, flush, reset = wrapper.ops, wrapper.ops.sql_flush, wrapper.ops.sequence_reset_by_name_sql
    if "sql_flush" in vars(ops):  # it does already
        return

    def sql_flush(style: Any, tables: Any, **options: Any) -> list[str]:
        steps = _steps(wrapper)
        return flush(style, tables, **options) if steps is None else [one_script(steps)]

    def sequence_reset_by_name_sql(style: Any, sequences: Any) -> list[str]:
        steps = _steps(wrapper, SEQUENCES)
        return reset(style, sequences) if steps is None else steps

    vars(ops).update(sql_flush=sql_flush, sequence_reset_by_name_sql=sequence_reset_by_name_sql)


def _steps(wrapper: BaseDatabaseWrapper, *parts: str) -> list[str] | None:
    with wrapper.cursor() as cursor:
        return steps_back(cursor, parts=parts) if parts else steps_back(cursor)


@dataclass(slots=True)
class _Creation:
    """What one alias's creation does besides Django's own."""

    wrapper: BaseDatabaseWrapper
    anew: str
    failing: Failing
    tell: Callable[[str], None]
    template: Template | None = None
    _create: Callable[..., str] = field(init=False)
    _clone: Callable[..., None] = field(init=False)

    def install(self) -> None:
        """Stand before Django's methods, in place of what an earlier call has put there."""
        creation = self.wrapper.creation
        self._create, self._clone = creation.create_test_db, creation.clone_test_db
        before = getattr(self._create, "__self__", None)
        if isinstance(before, _Creation):
            self._create, self._clone = before._create, before._clone
        vars(creation).update(create_test_db=self.create_test_db, clone_test_db=self.clone_test_db)

    def create_test_db(
        self, verbosity: int = 1, autoclobber: bool = False, keepdb: bool = False, **more: Any
    ) -> str:
        """Create the test database, or keep one that was made from the same."""
        try:
            return self._create_from_template(verbosity, autoclobber, keepdb=keepdb, **more)
        except SchemaToolsError as error:
            raise self.failing(error) from None

    def _create_from_template(
        self, verbosity: int, autoclobber: bool, *, keepdb: bool, **more: Any
    ) -> str:
        alias, test = self.wrapper.alias, self.wrapper.settings_dict["TEST"]
        say = self._sayer(verbosity)
        self.wrapper.settings_dict.setdefault(LIVE, self.wrapper.settings_dict["NAME"])
        with template_for(alias, anew=self.anew, say=say) as template, control(alias) as beside:
            self._report(template, say)
            creation: Any = self.wrapper.creation
            name = str(creation._get_test_db_name())
            if keepdb:
                _drop_outdated(beside, alias, name, template.key)
            base = test.get("TEMPLATE")
            test["TEMPLATE"] = template.name
            try:
                with only_other_apps(alias):
                    self._create(
                        verbosity=verbosity, autoclobber=autoclobber, keepdb=keepdb, **more
                    )
            finally:
                test["TEMPLATE"] = base
            give_settings(beside, source=template.name, target=name)
        self.template = template
        self.wrapper.close()  # what is set for a database holds in sessions to come
        return name

    def clone_test_db(
        self, suffix: str, verbosity: int = 1, autoclobber: bool = False, keepdb: bool = False
    ) -> None:
        """Clone the test database for a process, or keep a clone that was made from the same."""
        name = self.wrapper.creation.get_test_db_clone_settings(suffix)["NAME"]
        template, alias = self.template, self.wrapper.alias
        try:
            with control(alias) as beside:
                if keepdb and template is not None:
                    _drop_outdated(beside, alias, name, template.key)
                self._clone(suffix, verbosity=verbosity, autoclobber=autoclobber, keepdb=keepdb)
                if template is not None:
                    give_settings(beside, source=template.name, target=name)
        except SchemaToolsError as error:
            raise self.failing(error) from None

    def _sayer(self, verbosity: int) -> Callable[[str], None]:
        return self.wrapper.creation.log if verbosity >= 1 else lambda _: None

    def _report(self, template: Template, say: Callable[[str], None]) -> None:
        done = "built" if template.built else "found"
        line = (
            f"Template {template.name} of the test database of {self.wrapper.alias!r} "
            f"{done} in {template.seconds:.2f} s"
        )
        for text in (
            line,
            *(f"  not run: {each.what}: {each.reason}" for each in template.left_out),
        ):
            say(text)
            self.tell(text)


def _drop_outdated(beside: Connection, alias: str, name: str, key: str) -> None:
    """Drop a test database that other SQL files made; refuse one that none of ours has made."""
    if not is_there(beside, name):
        return
    params = {**connection_params(alias), "dbname": name}
    with open_connection(params, what=f"the test database {name}") as connection:
        made_from = key_of(connection)
    if not made_from:
        raise ConfigurationError(
            f"the test database {name}, which is to be kept, was not made from SQL files",
            hint="Run the tests once with --create-db (pytest) or without --keepdb (manage.py "
            "test): then it is made anew.",
        )
    if made_from != key:
        drop_test_database(beside, name)
