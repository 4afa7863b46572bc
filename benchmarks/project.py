"""A Django project of as many tables as asked for, the same at every call.

Tables have what tables of services have: a dozen columns of all usual fields, foreign keys to
earlier tables of any app, indexes, checks, unique constraints, now and then a relation of many to
many. Nothing is drawn from a clock or from the machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TABLES_OF_AN_APP = 50
COLUMNS = 8
# Of so many tables, one is that of a relation of many to many.
MANY_TO_MANY_EVERY = 20

_NOUNS = "order item account invoice address shipment ticket message device session".split()
_FIELDS = {
    "name": "models.CharField(max_length=100, db_index=True)",
    "code": "models.CharField(max_length=40, unique=True)",
    "email": "models.EmailField(blank=True)",
    "notes": 'models.TextField(blank=True, default="")',
    "amount": "models.DecimalField(max_digits=12, decimal_places=2)",
    "quantity": "models.IntegerField(default=0)",
    "weight": "models.FloatField(null=True)",
    "is_active": "models.BooleanField(default=True)",
    "status": 'models.CharField(max_length=20, db_default="new")',
    "created_at": "models.DateTimeField(db_default=Now())",
    "updated_at": "models.DateTimeField(auto_now=True)",
    "due": "models.DateField(null=True, db_index=True)",
    "details": "models.JSONField(default=dict)",
    "token": "models.UUIDField(unique=True)",
    "slug": "models.SlugField()",
    "position": "models.PositiveIntegerField(default=0)",
    "duration": "models.DurationField(null=True)",
    "source": "models.GenericIPAddressField(null=True)",
}
_CHECKS = {
    "amount": "models.Q(amount__gte=0)",
    "quantity": "models.Q(quantity__gte=0) & models.Q(quantity__lt=1000000)",
    "status": 'models.Q(status__in=["new", "open", "closed"])',
    "weight": "models.Q(weight__isnull=True) | models.Q(weight__gt=0)",
}
_UNIQUE_WHERE = {"is_active": "models.Q(is_active=True)", "due": "models.Q(due__isnull=False)"}

_HEAD = '''"""Generated for a benchmark."""

from django.db import models
from django.db.models.functions import Now

'''
_SETTINGS = '''"""Generated for a benchmark; libpq's environment variables name the database."""

import importlib.util
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for a benchmark"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PGDATABASE"],
        "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"],
        "USER": os.environ["PGUSER"],
    }}
}}
# The programs compared are in environments of their own.
TOOLS = ["schema_tools", "django_extensions"]
INSTALLED_APPS = [
    *filter(importlib.util.find_spec, TOOLS),
    {apps}
]
SCHEMA_TOOLS = {{"MIGRATIONS_DIR": BASE_DIR / "migrations_sql"}}
'''
_MANAGE = '''"""Generated for a benchmark."""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
'''


@dataclass(frozen=True, slots=True)
class _Model:
    """A model of the project: in which app it is, and its name."""

    app: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.app}.{self.name}"


def write_project(folder: Path, tables: int) -> None:
    """Write manage.py, settings and apps whose models make so many tables."""
    models = [_named(number) for number in range(tables - tables // MANY_TO_MANY_EVERY)]
    texts: dict[str, list[str]] = {}
    for number, model in enumerate(models):
        texts.setdefault(model.app, []).append(_model_text(number, models, tables))
    for app, parts in texts.items():
        _write(folder / app / "__init__.py", "")
        _write(folder / app / "models.py", _HEAD + "\n".join(parts))
    apps = "\n    ".join(f'"{app}",' for app in texts)
    _write(folder / "bench" / "__init__.py", "")
    _write(folder / "bench" / "settings.py", _SETTINGS.format(apps=apps))
    _write(folder / "manage.py", _MANAGE)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _named(number: int) -> _Model:
    noun = _NOUNS[number % len(_NOUNS)].capitalize()
    return _Model(f"app_{number // TABLES_OF_AN_APP:03}", f"{noun}{number:04}")


def _model_text(number: int, models: list[_Model], tables: int) -> str:
    draw = random.Random(number)
    names = sorted(draw.sample(sorted(_FIELDS), COLUMNS))
    lines = [f"    {name} = {_FIELDS[name]}" for name in names]
    targets = [draw.choice(models[:number]) for _ in range(draw.randint(0, 3))] if number else []
    for position, target in enumerate(targets):
        lines.append(f"    {_foreign_key(position, target)}")
    related, last = divmod(number, MANY_TO_MANY_EVERY - 1)
    if last == MANY_TO_MANY_EVERY - 2 and related < tables // MANY_TO_MANY_EVERY:
        target = draw.choice(models[:number])
        lines.append(f'    several = models.ManyToManyField("{target.path}", related_name="+")')
    meta = [*_options(number, names, draw)]
    if meta:
        lines += ["", "    class Meta:", *(f"        {line}" for line in meta)]
    return "\n".join([f"class {models[number].name}(models.Model):", *lines, "", ""])


def _foreign_key(position: int, target: _Model) -> str:
    action = ("CASCADE", "PROTECT", "SET_NULL")[position]
    null = ", null=True" if action == "SET_NULL" else ""
    return (
        f'parent_{position} = models.ForeignKey("{target.path}", models.{action}'
        f'{null}, related_name="+")'
    )


def _options(number: int, names: list[str], draw: random.Random) -> Iterator[str]:
    """Yield the lines of Meta: an index of two columns, checks, a unique constraint."""
    plain = [name for name in names if name != "details"]
    first, second = draw.sample(plain, 2)
    yield f'indexes = [models.Index(fields=["{first}", "{second}"], name="t{number}_idx")]'
    constraints = [
        f'models.CheckConstraint(condition={_CHECKS[name]}, name="t{number}_{name}_valid")'
        for name in names
        if name in _CHECKS
    ]
    constraints += [
        f'models.UniqueConstraint(fields=["{first}", "{second}"], condition={_UNIQUE_WHERE[name]},'
        f' name="t{number}_{name}_once")'
        for name in names
        if name in _UNIQUE_WHERE
    ]
    if constraints:
        yield f"constraints = [{', '.join(constraints)}]"
