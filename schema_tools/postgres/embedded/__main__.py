"""Stop a server, or remove it with all its data: what `make stop` and `make clean` call."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from schema_tools.errors import Unavailable
from schema_tools.postgres.embedded.server import EmbeddedServer


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments say; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m schema_tools.postgres.embedded")
    parser.add_argument("action", choices=["stop", "remove"])
    parser.add_argument("home", type=Path)
    options = parser.parse_args(arguments)
    server = EmbeddedServer(options.home)
    try:
        server.stop() if options.action == "stop" else server.remove()
    except Unavailable as error:
        sys.stderr.write(f"{error}\n{error.hint}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
