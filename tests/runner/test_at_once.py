"""Many processes that start to apply at one moment: each file runs once, and all end well."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from textwrap import dedent

import pytest

pytestmark = pytest.mark.db

FILES = 4
# One process that is ready, and becomes many: on two cores they would else come one after another.
START = """
    import json, os, sys, tempfile
    import django
    from django.core.management import execute_from_command_line
    django.setup()
    from schema_tools.management.commands import sqlmigrate_apply

    def child(output):
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        try:
            execute_from_command_line(["manage.py", "sqlmigrate_apply", "--lock-wait", "60"])
        except SystemExit as end:
            os._exit(end.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0)

    outputs, children = [], []
    for _ in range(int(sys.argv[1])):
        outputs.append(tempfile.TemporaryFile("w+"))
        children.append(os.fork())
        if not children[-1]:
            child(outputs[-1])
    codes = [os.waitstatus_to_exitcode(os.waitpid(each, 0)[1]) for each in children]
    for output in outputs:
        output.seek(0)
    print(json.dumps([codes, [output.read() for output in outputs]]))
"""
WAITING = (
    "SELECT count(*) FROM pg_locks "
    "WHERE relation = 'pg_catalog.pg_database'::regclass AND NOT granted"
)


def run_at_once(shell, processes: int) -> tuple[list[int], list[str]]:
    """Let processes in at one moment: who connects has to read pg_database, which is locked."""
    with shell.project.database.connect() as gate:
        gate.execute("BEGIN")
        gate.execute("LOCK TABLE pg_catalog.pg_database")
        starter = subprocess.Popen(
            [sys.executable, "-c", dedent(START), str(processes)],
            env=shell.environment(),
            cwd=shell.home,
            stdout=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while gate.execute(WAITING).fetchone()[0] < processes:
            assert time.monotonic() < deadline, "they do not come"
            time.sleep(0.02)
        gate.execute("COMMIT")
    output, _ = starter.communicate(timeout=120)
    codes, said = json.loads(output)
    return codes, said


@pytest.mark.parametrize(("processes", "rounds"), [(5, 1), (20, 10)], ids=["short", "long"])
def test_processes_that_start_at_once_apply_each_file_once(shell, processes, rounds):
    project = shell.project
    project.database.execute("CREATE TABLE ran (file text)")
    for turn in range(rounds):
        names = [f"{turn * FILES + file + 1:03}_file" for file in range(FILES)]
        for name in names:
            project.write(name, f"INSERT INTO ran VALUES ('{name}');\nCREATE TABLE t{name} ();")
        codes, said = run_at_once(shell, processes)
        assert codes == [0] * processes, "\n".join(said)
        assert sum("Nothing to apply" in each for each in said) == processes - 1
        assert any("Waiting up to 60 s for the lock, held by process" in each for each in said)
        ran = project.database.execute(f"SELECT file FROM ran OFFSET {turn * FILES}")
        assert [name for (name,) in ran] == names
        assert project.applied()[turn * FILES :] == names
