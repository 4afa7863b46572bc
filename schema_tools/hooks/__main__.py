"""``python -m schema_tools.hooks``: what git hooks and the validation script start."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterable, Sequence

from schema_tools.reports.style import style_of

_PROGRAM = "python -m schema_tools.hooks"
_BLOCKED = "❌ Schema validation failed. Commit blocked."
_EPILOG = """\
  install     write .githooks and two scripts into the repository of the current folder
  round_trip  take every SQL file up, down and up again in a scratch database
  staged      check what is staged; the hook before a commit runs it

Each has a --help of its own: python -m schema_tools.hooks install --help
"""
_INTERRUPTED = 128  # and above: a signal ended it


def main(arguments: Sequence[str]) -> int:
    """Run the action that the first argument names; return the exit code."""
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="What git hooks and the validation script start.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=sorted(_ACTIONS), help="See below.")
    action = parser.parse_args(arguments[:1]).action
    try:
        return _ACTIONS[action](list(arguments[1:]))
    except KeyboardInterrupt:  # while it was imported: a command that runs explains its end
        return _INTERRUPTED + signal.SIGINT


def _staged(arguments: list[str]) -> int:
    from schema_tools.hooks.staged import Staged

    command = Staged()
    try:
        command.run_from_argv([_PROGRAM, "staged", *arguments])
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
        if 0 < code < _INTERRUPTED:
            sys.stdout.flush()
            sys.stderr.write(style_of(sys.stderr).printable(_blocked(command.ways_on())))
        return code
    return 0


def _blocked(ways_on: Iterable[str]) -> str:
    return "\n".join(["", _BLOCKED, *(f"   {each}" for each in ways_on), ""])


def _round_trip(arguments: list[str]) -> int:
    from schema_tools.hooks.round_trip import RoundTrip

    try:
        RoundTrip().run_from_argv([_PROGRAM, "round_trip", *arguments])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _install(arguments: list[str]) -> int:
    from schema_tools.hooks.install import install

    parser = argparse.ArgumentParser(prog=f"{_PROGRAM} install", description=install.__doc__)
    parser.add_argument("--force", action="store_true", help="Replace files that differ.")
    return install(force=parser.parse_args(arguments).force)


_ACTIONS = {"staged": _staged, "round_trip": _round_trip, "install": _install}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
