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
    "branches/",
    "checks/",
    "ci/",
    "containers/",
    "docs/",
    "editor/",
    "faults/test_interruptions.py",
    "faults/test_passwords.py::test_the_password_of_the_connection",
    "packaging/",
    "postgres/embedded/test_private.py",
    "postgres/test_limit.py",
    "real/",
    "reports/",
    "history/test_other_tools.py",
    "hooks/test_checkout.py",
    "hooks/test_commits.py",
    "hooks/test_database.py",
    "hooks/test_django_project.py",
    "hooks/test_embedded.py",
    "hooks/test_full_validation.py",
    "hooks/test_setup.py",
    "runner/test_bad_input.py",
    "runner/test_baseline.py",
    "runner/test_commands.py",
    "runner/test_pending_notice.py",
    "runner/test_resolve.py",
    "runner/test_run_log.py",
    "runner/test_squash.py",
    "runner/test_with_django.py",
    "surfaces/",
    "testing/test_assertions.py",
    "testing/test_content.py",
    "testing/test_past.py",
    "testing/test_projects.py",
    "testing/test_projects.py::test_pytest_builds_once",
    "testing/test_runners.py",
    "testing/test_template.py",
    "validate/test_ahead.py",
    "validate/test_cache.py",
    "validate/test_early_migrate.py",
    "validate/test_given_scratch.py",
    "validate/test_known_findings.py",
)
# What takes long, and seldom finds what the others have not found.
SLOW = (
    "benchmarks/",
    "branches/test_renumber.py::test_a_commit_at_a_time",
    "branches/test_renumber.py::test_a_file_in_conflict",
    "branches/test_renumber.py::test_files_that_the_other",
    "ci/test_files.py::test_the_file_is_what_its_service_takes",
    "ci/test_real_run.py",
    "containers/test_compose.py::test_the_file_is_as_the_compose_specification_says",
    "containers/test_real_run.py",
    "crash/test_agreement.py",
    "crash/test_unknowable.py",
    "crash/test_waiting_builds.py",
    "docs/test_build.py",
    "docs/test_guide.py",
    "docs/test_quick_start.py",
    "faults/test_interruptions.py",
    "field_zoo/",
    "geodjango/",
    "hooks/test_commits.py::test_a_file_that",
    "hooks/test_commits.py::test_a_history",
    "hooks/test_commits.py::test_a_lock_file",
    "hooks/test_commits.py::test_a_merge",
    "hooks/test_commits.py::test_a_project",
    "hooks/test_commits.py::test_a_setting",
    "hooks/test_commits.py::test_code_is",
    "hooks/test_commits.py::test_files_that",
    "hooks/test_commits.py::test_in_ci",
    "hooks/test_commits.py::test_the_staged_half",
    "hooks/test_commits.py::test_what_git_ignores",
    "hooks/test_embedded.py",
    "hooks/test_full_validation.py::test_files_that",
    "hooks/test_full_validation.py::test_the_sample",
    "hooks/test_full_validation.py::test_what_is_really",
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
    "runner/test_squash_databases.py",
    "runner/test_with_django.py::test_a_signal_ends",
    "runner/test_with_django.py::test_by_the_way",
    "runner/test_with_django.py::test_progress",
    "runner/test_with_django.py::test_several",
    "schema/test_script.py",
    "testing/test_projects.py::test_pytest_builds_once",
    "testing/test_runners.py",
    "validate/test_ahead.py::test_tables",
    "validate/test_cache.py",
    "validate/test_drafts.py",
    "validate/test_given_scratch.py",
    "validate/test_reprint.py",
    "validate/test_roles.py",
    "validate/test_schema_diff.py::test_a_password",
    "validate/test_standby.py",
)
# What takes minutes, and of which a shorter form is among the others.
CAMPAIGN = (
    "ci/test_real_run.py::test_a_good_branch",
    "containers/test_real_run.py::test_a_database_that_differs",
    "docs/test_quick_start.py::test_the_demonstration",
    "hooks/test_full_validation.py::test_what_is_really",
    "runner/test_at_once.py::test_processes_that_start_at_once_apply_each_file_once[long]",
    "runner/test_several_databases.py::test_two_hundred",
    "testing/test_runners.py::test_clones",
    "testing/test_runners.py::test_djangos_runner_builds",
    "testing/test_runners.py::test_workers_that",
    "validate/test_cache.py::test_another_role",
    "validate/test_cache.py::test_models_are_built_on",
)
# Of so many cases in such a list, one is no campaign.
CAMPAIGN_BUT_FOR = {
    "mutations/test_mutations.py::test_edit_is_adopted": 4,
    "runner/test_several_databases.py::test_a_signal_ends_all": 4,
    "validate/test_drafts.py": 3,
}
# Long lists of cases: of so many, one is in `make test` and on the other PostgreSQL.
SAMPLED = {
    "branches/test_merge.py::test_a_merge_conflicts": 3,
    "branches/test_merge.py::test_a_rebase": 5,
    "branches/test_merge.py::test_a_union": 5,
    "branches/test_merge.py::test_renumbering": 4,
    "branches/test_renumber.py::test_nothing_is_lost": 3,
    "faults/test_encodings.py::test_what_the_encoding_has": 3,
    "faults/test_passwords.py::test_the_password_of_the_connection": 3,
    "hooks/test_commits.py::test_a_file_on_the_main_branch": 3,
    "hooks/test_django_project.py::test_django_is_ready": 3,
    "hooks/test_round_trip.py::test_it_says": 4,
    "hooks/test_setup.py::test_each_hook": 5,
    "mutations/test_mutations.py::test_edit_is_adopted": 12,
    "mutations/test_mutations.py": 4,
    "reports/test_output.py": 3,
    "runner/test_bad_input.py": 3,
    "runner/test_cut_short.py": 4,
    "runner/test_hotfixes.py": 4,
    "runner/test_kill.py": 3,
    "runner/test_several_databases.py::test_a_signal_ends_all": 4,
    "schema/test_drafts.py": 3,
    "schema/test_expressions.py": 3,
    "schema/test_tolerances.py": 3,
    "validate/test_differences.py": 3,
    "validate/test_drafts.py": 3,
    "validate/test_known_findings.py": 3,
    "validate/test_schema_diff.py": 2,
    "validate/test_sides.py": 3,
}
# What all of them ask for is dear to make: one process does.
TOGETHER = ("crash/", "docs/test_guide", "field_zoo/", "geodjango/")


def mark(items: list[pytest.Item]) -> None:
    """Give each test the marks that its place asks for."""
    seen: Counter[str] = Counter()
    for item in items:
        name = item.nodeid.removeprefix("tests/")
        for marker in {*_by_place(name), *_by_turn(name, seen)}:
            item.add_marker(marker)


def scope_of(nodeid: str) -> str:
    """Return what one process runs as a whole: a folder of TOGETHER, or a test by itself."""
    name = nodeid.removeprefix("tests/")
    return name.partition("/")[0] if name.startswith(TOGETHER) else nodeid


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
