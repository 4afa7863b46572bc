"""Run several commands of a Django project in one process, and tell what each one said.

Its argument is a list of command lines in JSON, it prints a list of ``{code, out, err}``.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout

from django.core.management import execute_from_command_line


def run(words: list[str]) -> dict[str, object]:
    """Run one command line."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit as end:
            code = end.code
        except Exception:  # as the interpreter would end with it
            code = 70
            traceback.print_exc()
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    print(json.dumps([run(words) for words in json.loads(sys.argv[1])]))  # noqa: T201
