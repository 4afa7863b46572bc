"""Find the modules of a plug-in folder, each of which declares one constant."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def load_plugins(
    package: ModuleType, constant: str, of_type: type[T], *, key: Callable[[T], str]
) -> dict[str, T]:
    """Return the constants of that name in the modules of a package, by their key.

    Raises TypeError where a module lacks the constant or two have the same key: a mistake in
    copying a file must stop the program at its start, not shadow another plug-in.
    """
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        plugin = getattr(module, constant, None)
        if not isinstance(plugin, of_type):
            raise TypeError(f"{module.__name__} does not declare {constant}: {of_type.__name__}")
        name = key(plugin)
        if name in found:
            raise TypeError(f"{module.__name__} declares {name!r}, and so does another module")
        found[name] = plugin
    return found
