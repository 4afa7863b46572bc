"""The SCHEMA_TOOLS setting as a frozen value, one for each database alias."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.signals import setting_changed

from schema_tools.errors import ConfigurationError
from schema_tools.findings import Severity
from schema_tools.known.ignore import Ignore, read_ignores
from schema_tools.known.severities import Rule, read_rules


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says, defaults filled in. Times are in seconds; 0 means no limit.

    ``apps`` are the labels whose tables the SQL files own; ``scratch`` a libpq URL or "";
    ``scratch_sql`` statements for every new scratch database, or a file of them; ``fail_on`` is
    None for ``never``; ``direct_database`` an alias that leads past a pooler, or "".
    """

    migrations_dir: Path = Path("migrations_sql")
    apps: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ("public",)
    history_table: str = "schema_migrations"
    environment: str = ""
    scratch: str = ""
    scratch_sql: tuple[str, ...] | Path = ()
    lock_timeout: float = 5.0
    statement_timeout: float = 0.0
    lock_wait: float = 60.0
    retries: int = 5
    direct_database: str = ""
    ignore: tuple[Ignore, ...] = ()
    rules: tuple[Rule, ...] = ()
    baseline: Path = Path("schema_baseline.json")
    fail_on: Severity | None = Severity.WARNING
    check_seconds: float = 10.0

    @property
    def history_schema(self) -> str:
        """Return the schema that holds the history tables: the first of ``schemas``."""
        return self.schemas[0]


def get_settings(alias: str = "default") -> Settings:
    """Return the settings for a database alias.

    Raises ConfigurationError for an unknown key or a value of the wrong type.
    """
    return _load(alias)


def history_table_name() -> str:
    """Return schema and table of the history, quoted for a model's ``db_table``.

    It can be asked for before the models are loaded, and takes the default for what is no name:
    ``get_settings`` complains of that.
    """
    given = getattr(django_settings, "SCHEMA_TOOLS", {})
    given = given if isinstance(given, Mapping) else {}
    schemas, table = given.get("SCHEMAS"), given.get("HISTORY_TABLE")
    schema = schemas[0] if isinstance(schemas, list | tuple) and schemas else "public"
    parts = (str(schema), table if isinstance(table, str) else "schema_migrations")
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


@functools.cache
def _load(alias: str) -> Settings:
    given = getattr(django_settings, "SCHEMA_TOOLS", {})
    if not isinstance(given, Mapping):
        raise ConfigurationError(
            f"SCHEMA_TOOLS is a {type(given).__name__}, not a dict",
            hint="Write SCHEMA_TOOLS = {...} in the settings.",
        )
    for_aliases = given.get("DATABASES", {})
    if not isinstance(for_aliases, Mapping):
        raise ConfigurationError("SCHEMA_TOOLS['DATABASES'] is not a dict of {alias: {...}}")
    for name in for_aliases:
        if name not in django_settings.DATABASES:
            raise ConfigurationError(
                f"SCHEMA_TOOLS['DATABASES'] names {name!r}, which is no alias of DATABASES",
                hint=nearest(str(name), django_settings.DATABASES),
            )
    common = {key: value for key, value in given.items() if key != "DATABASES"}
    where = "SCHEMA_TOOLS"
    result = _with_values(_defaults(), common, where)
    own = for_aliases.get(alias, {})
    result = _with_values(result, own, f"{where}['DATABASES'][{alias!r}]")
    _check_labels(result.apps)
    _check_direct(result.direct_database, alias)
    return result


def _check_direct(direct: str, alias: str) -> None:
    """Raise ConfigurationError for a DIRECT_DATABASE that is no alias; what it leads to is asked.

    Only the servers know whether two aliases lead to one database: a pooler may rename it.
    """
    if direct and direct not in django_settings.DATABASES:
        raise ConfigurationError(
            f"DIRECT_DATABASE of {alias!r} is {direct!r}, which is no alias of DATABASES",
            hint=nearest(direct, django_settings.DATABASES),
        )


def _check_labels(labels: tuple[str, ...]) -> None:
    """Raise ConfigurationError for a label in APPS that no installed app has."""
    known = {config.label: config for config in apps.get_app_configs()}
    for label in labels:
        if label not in known:
            raise ConfigurationError(
                f"SCHEMA_TOOLS['APPS'] names {label!r}, which is the label of no installed app",
                hint=nearest(label.rpartition(".")[2], known),
            )


def _defaults() -> Settings:
    base = getattr(django_settings, "BASE_DIR", None)
    folder = Path(base) if base else Path()
    return Settings(
        migrations_dir=folder / "migrations_sql",
        baseline=folder / "schema_baseline.json",
        apps=_apps_without_migrations(),
    )


def _apps_without_migrations() -> tuple[str, ...]:
    """Return the labels of apps that have models and no Django migrations module."""
    from django.db.migrations.loader import MigrationLoader  # heavy, and only needed here

    own = apps.get_app_config("schema_tools").label if apps.is_installed("schema_tools") else None
    return tuple(
        config.label
        for config in apps.get_app_configs()
        if config.label != own
        and any(True for _ in config.get_models())
        and not _has_migrations(MigrationLoader, config.label)
    )


def _has_migrations(loader: Any, label: str) -> bool:
    import importlib.util

    name, _explicit = loader.migrations_module(label)
    if name is None:
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _with_values(base: Settings, given: object, where: str) -> Settings:
    if not isinstance(given, Mapping):
        raise ConfigurationError(f"{where} is a {type(given).__name__}, not a dict")
    known = {field.name.upper(): field.name for field in fields(Settings)}
    changes: dict[str, Any] = {}
    for key, value in given.items():
        name = known.get(key)
        if name is None:
            raise ConfigurationError(f"{where} has no key {key!r}", hint=nearest(str(key), known))
        place = f"{where}[{key!r}]"
        reader = _READERS.get(name)
        changes[name] = (
            reader(value, place) if reader else _convert(getattr(base, name), value, place)
        )
    return replace(base, **changes)


def _read_threshold(value: object, where: str) -> Severity | None:
    labels = [severity.label for severity in sorted(Severity, reverse=True)]
    if value in labels:
        return Severity.from_label(str(value))
    if value != "never":
        raise ConfigurationError(
            f"{where} is {value!r}, which is no severity",
            hint=nearest(
                value.lower() if isinstance(value, str) else "", dict.fromkeys([*labels, "never"])
            ),
        )
    return None


# The values that are read by more than their type.
_READERS: Mapping[str, Callable[[object, str], object]] = {
    "ignore": read_ignores,
    "fail_on": _read_threshold,
    "rules": read_rules,
}


def _convert(default: object, value: object, where: str) -> object:
    match default, value:
        case Path(), str() | Path():
            return Path(value)
        case tuple(), (list() | tuple()) if all(isinstance(item, str) for item in value):
            if not value and where.endswith("['SCHEMAS']"):
                raise ConfigurationError(f"{where} is empty", hint="Name at least one schema.")
            return tuple(value)
        case tuple(), str() | Path() if where.endswith("['SCRATCH_SQL']"):
            return Path(value)
        case str(), str():
            return value
        case int(), int() if not isinstance(value, bool) and value >= 0:
            return value
        case float(), (int() | float()) if not isinstance(value, bool) and value >= 0:
            return float(value)
    expected, hint = {
        "PosixPath": ("a path", ""),
        "tuple": ("a list of strings", f"Write [{value!r}]." if isinstance(value, str) else ""),
        "str": ("a string", ""),
        "int": ("a whole number, 0 or more", ""),
        "float": ("a number of seconds, 0 or more", "Write 5 for five seconds, without a unit."),
    }[type(default).__name__]
    raise ConfigurationError(f"{where} is {value!r}, not {expected}", hint=hint)


def nearest(name: str, known: Mapping[str, object]) -> str:
    """Return a hint that names what is closest to a word, or all there is."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."


def reset(*, setting: str, **_kwargs: object) -> None:
    """Forget what was read when a test or a reload changes the setting."""
    if setting in {"SCHEMA_TOOLS", "DATABASES", "INSTALLED_APPS", "MIGRATION_MODULES", "BASE_DIR"}:
        _load.cache_clear()


setting_changed.connect(reset, dispatch_uid="schema_tools.conf.reset")
