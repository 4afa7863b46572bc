"""Which tests run where: marks by place, so that `make test` stays short.

`make test` runs what is not `slow`, on one PostgreSQL. `make test-slow` runs the others, and on
another PostgreSQL all that ask a database and are not `once`. Neither runs a `campaign`: that is
for `make test-all`, which runs everything on both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

# Another version of the server has no say in it.
ONCE = (
    "authservice/test_admin",
    "authservice/test_api",
    "authservice/test_login",
    "authservice/test_two_factor",
    "authservice/test_users",
    "benchmarks/",
    "checks/",
    "docs/",
    "faults/test_passwords.py::test_the_password_of_the_connection",
    "packaging/",
    "postgres/embedded/test_private.py",
    "postgres/test_limit.py",
    "real/",
    "reports/",
    "history/test_other_tools.py",
    "runner/test_bad_input.py",
    "runner/test_baseline.py",
    "runner/test_commands.py",
    "runner/test_resolve.py",
    "surfaces/",
    "validate/test_cache.py",
    "validate/test_early_migrate.py",
    "validate/test_given_scratch.py",
    "validate/test_known_findings.py",
)
# What takes long, and seldom finds what the others have not found.
SLOW = (
    "benchmarks/",
    "crash/test_agreement.py",
    "crash/test_unknowable.py",
    "crash/test_waiting_builds.py",
    "field_zoo/",
    "geodjango/",
    "packaging/test_wheel.py",
    "postgres/embedded/test_backend.py",
    "postgres/embedded/test_private.py",
    "postgres/embedded/test_root.py",
    "postgres/embedded/test_server.py",
    "postgres/test_read_changing.py",
    "postgres/test_scratch_signals.py",
    "real/",
    "runner/test_baseline.py::test_the_question_at_a_terminal",
    "runner/test_on_standby.py",
    "runner/test_pooler.py::test_in_session_mode_all",
    "runner/test_pooler.py::test_it_is_refused_while_others_use",
    "runner/test_resolve.py::test_what_differs_elsewhere",
    "runner/test_resolve.py::test_what_was_finished_by_hand",
    "runner/test_resolve_cases.py",
    "runner/test_resolve_killed.py",
    "schema/test_script.py",
    "validate/test_cache.py",
    "validate/test_drafts.py",
    "validate/test_given_scratch.py",
    "validate/test_reprint.py",
    "validate/test_roles.py",
    "validate/test_standby.py",
)
# What takes minutes, and of which a shorter form is among the others.
CAMPAIGN = (
    "runner/test_at_once.py::test_processes_that_start_at_once_apply_each_file_once[long]",
    "runner/test_several_databases.py::test_two_hundred",
)
# Of so many cases in such a list, one is no campaign.
CAMPAIGN_BUT_FOR = {"mutations/test_mutations.py::test_edit_is_adopted": 4}
# Long lists of cases: of so many, one is in `make test` and on the other PostgreSQL.
SAMPLED = {
    "faults/test_encodings.py::test_what_the_encoding_has": 3,
    "faults/test_passwords.py::test_the_password_of_the_connection": 3,
    "mutations/test_mutations.py::test_edit_is_adopted": 12,
    "mutations/test_mutations.py": 4,
    "reports/test_output.py": 3,
    "runner/test_bad_input.py": 3,
    "runner/test_cut_short.py": 4,
    "runner/test_kill.py": 3,
    "schema/test_drafts.py": 3,
    "schema/test_expressions.py": 3,
    "schema/test_tolerances.py": 3,
    "validate/test_differences.py": 3,
    "validate/test_known_findings.py": 3,
    "validate/test_schema_diff.py": 2,
    "validate/test_sides.py": 3,
}
# What all of them ask for is dear to make: one process does.
TOGETHER = ("crash/", "field_zoo/", "geodjango/")


def mark(items: list[pytest.Item]) -> None:
    """Give each test the marks that its place asks for."""
    seen: Counter[str] = Counter()
    for item in items:
        name = item.nodeid.removeprefix("tests/")
        for marker in {*_by_place(name), *_by_turn(name, seen)}:
            item.add_marker(marker)
        if name.startswith(TOGETHER):
            item.add_marker(pytest.mark.xdist_group(name.partition("/")[0]))


def _by_place(name: str) -> Iterator[str]:
    if name.startswith(ONCE):
        yield "once"
    if name.startswith((*SLOW, *CAMPAIGN)):
        yield "slow"
    if name.startswith(CAMPAIGN):
        yield "campaign"


def _by_turn(name: str, seen: Counter[str]) -> Iterator[str]:
    """Yield the marks of a case in a list by how many came before it."""
    listed = next((prefix for prefix in SAMPLED if name.startswith(prefix)), None)
    if listed is None:
        return
    if seen[listed] % SAMPLED[listed]:
        yield from ("slow", "once")
    if seen[listed] % CAMPAIGN_BUT_FOR.get(listed, 1):
        yield "campaign"
    seen[listed] += 1
