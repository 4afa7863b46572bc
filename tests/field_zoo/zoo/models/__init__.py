"""The models of the zoo, a module for each thing that a model can be about."""

from __future__ import annotations

import django

from tests.field_zoo.zoo.models import (
    checks,
    custom,
    defaults,
    exclusions,
    generated,
    indexes,
    inheritance,
    keys,
    names,
    options,
    postgres_fields,
    postgres_indexes,
    relations,
    scalars,
    uniques,
    unmanaged,
)

__all__ = [
    "checks",
    "custom",
    "defaults",
    "exclusions",
    "generated",
    "indexes",
    "inheritance",
    "keys",
    "names",
    "options",
    "postgres_fields",
    "postgres_indexes",
    "relations",
    "scalars",
    "uniques",
    "unmanaged",
]

if django.VERSION >= (6, 1):
    from tests.field_zoo.zoo.models import since_6_1

    __all__ += ["since_6_1"]
