"""What models say that their tables, once made, do not show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schema_tools.keys import Key


@dataclass(frozen=True, slots=True)
class ModelDefault:
    """The ``default`` of a model's field, which Django gives to new rows by itself.

    ``words`` are those of its author, nearly. ``literal`` is a constant as SQL, None where the
    value is computed; ``means`` says what is computed where that is known: ``now``, ``uuid``.
    """

    words: str
    literal: str | None = None
    means: str = ""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts about models that tolerances and verdicts need.

    ``stated_names`` are the keys of constraints and indexes whose names Meta states: all other
    names Django or PostgreSQL derives. ``on_delete`` maps the key of a foreign key's column to the
    name of the model's action (``CASCADE``, ``PROTECT``, ``SET_NULL`` …), ``stated_actions`` holds
    those columns whose action is the database's own (Django 6.1 and newer). ``django_tables`` are
    the keys of tables that Django's own migrations make, ``automatic_ids`` the columns that number
    the rows of an automatic many-to-many table. Of ``unknown_tables`` it is not known what their
    models would make. ``defaults`` and ``choices`` are those of fields, by their columns.
    """

    stated_names: frozenset[Key] = frozenset()
    on_delete: Mapping[Key, str] = field(default_factory=dict)
    stated_actions: frozenset[Key] = frozenset()
    django_tables: frozenset[Key] = frozenset()
    automatic_ids: frozenset[Key] = frozenset()
    unknown_tables: frozenset[Key] = frozenset()
    defaults: Mapping[Key, ModelDefault] = field(default_factory=dict)
    choices: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)

    def relabelled(self, new_key: Callable[[Key], Key]) -> ModelFacts:
        """Return the facts about the same objects under other keys."""
        return ModelFacts(
            stated_names=frozenset(map(new_key, self.stated_names)),
            on_delete={new_key(key): action for key, action in self.on_delete.items()},
            stated_actions=frozenset(map(new_key, self.stated_actions)),
            django_tables=frozenset(map(new_key, self.django_tables)),
            automatic_ids=frozenset(map(new_key, self.automatic_ids)),
            unknown_tables=frozenset(map(new_key, self.unknown_tables)),
            defaults={new_key(key): found for key, found in self.defaults.items()},
            choices={new_key(key): found for key, found in self.choices.items()},
        )
