"""Factories of factory-boy that make rows of models as a database has them at a version."""

from __future__ import annotations

import copy
import types
from dataclasses import dataclass
from typing import Any

from django.apps.registry import Apps
from factory.base import Factory
from factory.declarations import SKIP, RelatedFactory, SubFactory

from schema_tools.errors import ConfigurationError


def factory_then(now: type[Factory[Any]], apps: Apps, using: str) -> type[Factory[Any]]:
    """Return a factory like one of today's for the same model of ``apps``, in an alias's database.

    What it declares for fields that those lack is left out. Its factories of other models become
    such factories, too; sequences go on where today's are. Raises ConfigurationError for a model
    without table.
    """
    options: Any = now._meta
    model = _model_then(now, apps)
    names = {field.name for field in model._meta.get_fields()}
    names |= {field.attname for field in model._meta.concrete_fields}
    before = options.pre_declarations.as_dict()
    after = options.post_declarations.as_dict()
    kept = {*names, *options.parameters, *options.exclude}
    changed: dict[str, object] = dict.fromkeys(before.keys() - kept, SKIP)
    for name, declaration in {**before, **after}.items():
        if name not in changed and isinstance(declaration, SubFactory | RelatedFactory):
            other = _FactoryThen(declaration.factory_wrapper, apps, using)
            changed[name] = copy.copy(declaration)
            vars(changed[name])["factory_wrapper"] = other
    meta = type("Meta", (), {"model": model, "database": using})
    made: type[Factory[Any]] = types.new_class(
        now.__name__, (now,), exec_body=lambda space: space.update(changed, Meta=meta)
    )
    # A second one must not count from the beginning again.
    vars(made._meta)["counter_reference"] = options.counter_reference
    return made


@dataclass(slots=True)
class _FactoryThen:
    """Makes the factory behind a declaration when it is asked for: it may be the same again."""

    now: Any
    apps: Apps
    using: str
    made: type[Factory[Any]] | None = None

    def get(self) -> type[Factory[Any]]:
        """Return the factory."""
        if self.made is None:
            self.made = factory_then(self.now.get(), self.apps, self.using)
        return self.made


def _model_then(now: type[Factory[Any]], apps: Apps) -> Any:
    label = now._meta.model._meta.label
    try:
        return apps.get_model(label)
    except LookupError as error:
        raise ConfigurationError(
            f"{now.__name__} makes rows of {label}, which has no table at this version",
            hint="Write them with execute(), or take the factory at a later version.",
        ) from error
