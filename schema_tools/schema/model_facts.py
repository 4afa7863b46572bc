"""What models say that their tables, once made, do not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schema_tools.keys import Key


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts about models that tolerances and verdicts need.

    ``stated_names`` are the keys of constraints and indexes whose names Meta states: all other
    names Django or PostgreSQL derives. ``on_delete`` maps the key of a foreign key's column to the
    name of the model's action (``CASCADE``, ``PROTECT``, ``SET_NULL`` …), ``stated_actions`` holds
    those columns whose action is the database's own (Django 6.1 and newer). ``django_tables`` are
    the keys of tables that Django's own migrations make, ``automatic_ids`` the columns that number
    the rows of an automatic many-to-many table. Of ``unknown_tables`` it is not known what their
    models would make.
    """

    stated_names: frozenset[Key] = frozenset()
    on_delete: Mapping[Key, str] = field(default_factory=dict)
    stated_actions: frozenset[Key] = frozenset()
    django_tables: frozenset[Key] = frozenset()
    automatic_ids: frozenset[Key] = frozenset()
    unknown_tables: frozenset[Key] = frozenset()
