"""Refuse a project whose code comes from the work tree where the checkout is meant."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps

from schema_tools.errors import ConfigurationError

_OWN = "schema_tools"


def refuse_other_trees(tree: Path, roots: tuple[Path, ...]) -> None:
    """Raise ConfigurationError for an app that was not imported from the checkout, but is there.

    An installation that can be edited may lead every import to the work tree.
    """
    for config in apps.get_app_configs():
        if config.name == _OWN:
            continue
        folder = Path(config.path).resolve()
        for root in roots:
            if folder.is_relative_to(root) and _is_in(tree, folder.relative_to(root)):
                raise ConfigurationError(
                    f"the app {config.label} was imported from {folder}, not as it is staged",
                    hint="Its editable installation leads there. Install it so that it is found "
                    "by its path: pip install --config-settings editable_mode=compat -e .",
                )


def _is_in(tree: Path, path: Path) -> bool:
    staged = tree / path
    return staged.is_dir() and staged.resolve() == staged
