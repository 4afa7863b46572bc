"""A default of the database beside the ``default`` of a model, which Django keeps to itself.

Django gives a field's ``default`` to new rows in Python and leaves the table without one (Django
documentation, "Field.default"; ``db_default`` is another matter, and compared). So a default that
only the model has is no difference at all, and nothing is said of it: even where a migration adds
a column and needs a value for the rows that are there, Django drops the database's default in the
next statement (``BaseDatabaseSchemaEditor.add_field``).

A default of the database that gives the same as the model's is passed over. One that gives another
value is critical: what a row gets depends on who makes it. Where the model has none, or where one
of the two is computed in a way that cannot be held against the other, it is a note. So is a time
without a zone beside one with a zone: the session says which moment that is.

Values count, not words: ``'90 minutes'`` is ``timedelta(minutes=90)``, and a day of a duration is
24 hours, as it is in Python; but a month is no number of days.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from schema_tools.findings import Severity
from schema_tools.keys import Key
from schema_tools.schema.constants import value_of
from schema_tools.schema.diff import differing_aspects
from schema_tools.schema.expressions import normal_form
from schema_tools.schema.kinds.column import Column
from schema_tools.schema.model_facts import ModelDefault
from schema_tools.schema.tolerance import Pair, Settled, Tolerance, Weighed

_Value = tuple[object, ...] | None
_COMPUTED = {
    "now": (
        "now()",
        "statement_timestamp()",
        "transaction_timestamp()",
        "clock_timestamp()",
        "CURRENT_TIMESTAMP",
        "LOCALTIMESTAMP",
    ),
    "today": ("CURRENT_DATE", "(now())::date", "(CURRENT_TIMESTAMP)::date", "now()"),
    "uuid": ("gen_random_uuid()", "uuid_generate_v4()", "public.uuid_generate_v4()", "uuidv4()"),
}
_MEANINGS = {means: frozenset(map(normal_form, texts)) for means, texts in _COMPUTED.items()}


def settle(pair: Pair) -> Iterator[Settled]:
    """Yield each column whose database default gives what the model's does, with that default."""
    for key, found, partner in _of_database_alone(pair):
        model = pair.facts.defaults.get(key)
        if model is not None and _same(model, found, partner):
            yield Settled(key, key, replace(found, default=partner.default))


def weigh(pair: Pair) -> Iterator[Weighed]:
    """Yield the other defaults that only the database has."""
    for key, found, partner in _of_database_alone(pair):
        model = pair.facts.defaults.get(key)
        if model is None:
            hint = (
                "The table has a default for rows that others than Django make; the model states "
                "none. To let both say it: db_default in the model."
            )
            yield Weighed(key, "default", Severity.INFO, hint)
        elif None in _values(model, found, partner):
            hint = (
                f"{key.name}: the model has default={model.words}; whether that gives what the "
                "table's default gives cannot be told."
            )
            yield Weighed(key, "default", Severity.INFO, hint)
        else:
            hint = (
                f"{key.name}: rows made by Django get the model's default={model.words}, rows "
                f"made by SQL get {partner.default}. Let both say the same."
            )
            yield Weighed(key, "default", Severity.CRITICAL, hint)


def _of_database_alone(pair: Pair) -> Iterator[tuple[Key, Column, Column]]:
    for key, found in pair.models.objects.items():
        partner = pair.other.get(key)
        if not isinstance(found, Column) or not isinstance(partner, Column):
            continue
        if found.default is None and partner.default is not None and not found.identity:
            yield key, found, partner


def _same(model: ModelDefault, found: Column, partner: Column) -> bool:
    if model.means:
        return normal_form(partner.default or "") in _MEANINGS.get(model.means, ())
    if model.literal is None:
        return False
    stated = replace(partner, default=model.literal)
    if "default" not in differing_aspects(stated, partner):
        return True
    mine, theirs = _values(model, found, partner)
    return mine is not None and mine == theirs


def _values(model: ModelDefault, found: Column, partner: Column) -> tuple[_Value, ...]:
    """Return what the model's default gives and what the database's does, None where unknown."""
    texts = (model.literal, partner.default)
    return tuple(None if text is None else value_of(text, found.type) for text in texts)


TOLERANCE = Tolerance(
    name="model_default",
    reason="The database's default gives what the model's default gives in Python.",
    settle=settle,
    weigh=weigh,
)
