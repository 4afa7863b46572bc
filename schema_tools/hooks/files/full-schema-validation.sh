#!/usr/bin/env bash
# Checks all there is to check before a merge, step by step, and says in a table what came of it:
# lint, replay from empty, every file up, down and up again, all three sources, tests.
#
#     bash scripts/full-schema-validation.sh [--no-database] [--no-tests]
#
# SCHEMA_TOOLS_FORMAT=gcc makes findings lines that an editor reads.
# Ends with 1 if a step failed, with 2 if it could not begin. The command for the tests is that of
#     git config --file .githooks/config schematools.tests '"$PYTHON" -m pytest'
# else pytest where the project has a configuration for it, else manage.py test.
set -u

sources=(validate_schema)
compared="models, SQL files and database"
tests=yes
for option in "$@"; do
	case $option in
	--no-database)
		sources=(validate_schema --no-database)
		compared="models and SQL files, without the database"
		;;
	--no-tests) tests=no ;;
	-h | --help)
		sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"
		exit 0
		;;
	*)
		printf '❌ there is no option %s\n→ Known: --no-database, --no-tests, --help.\n' "$option" >&2
		exit 2
		;;
	esac
done

cd "$(dirname "$0")" && top=$(git rev-parse --show-toplevel) && cd "$top" || exit 2
. .githooks/project.sh || exit 2
find_manage
find_python
case $python in /*) ;; */*) python=$top/$python ;; esac
export PYTHON=$python
manage=$top/$manage
cd "$(dirname "$manage")" || exit 2

names=() results=() took=()
failed=0

# Note what came of a step, for the table.
note() {
	names+=("$1") results+=("$2") took+=("$3")
}

# Run a step: its name, then the command. Returns whether it succeeded.
step() {
	local name=$1 begun=$SECONDS code
	shift
	printf '\n━━━ %s\n' "$name"
	"$@"
	code=$?
	case $code in 130 | 143) exit "$code" ;; esac
	if [ "$code" = 0 ]; then
		note "$name" ok "$((SECONDS - begun))"
		return
	fi
	failed=1
	note "$name" "FAILED (exit code $code)" "$((SECONDS - begun))"
	return 1
}

# Leave a step out, and say why.
leave_out() {
	printf '\n━━━ %s\nNot run: %s.\n' "$1" "$2"
	note "$1" "not run: $2" 0
}

table() {
	local at
	printf '\n%-54s %8s  %s\n' step seconds result
	for at in "${!names[@]}"; do
		printf '%-54s %8s  %s\n' "${names[at]}" "${took[at]}" "${results[at]}"
	done
}

# Run the files, whatever was kept of an earlier run of them.
replay() {
	SCHEMA_TOOLS_CACHE='' "$python" "$manage" schema_snapshot --of migrations --output /dev/null
}

run_tests() {
	local command
	if command=$(cd "$top" && setting tests); then
		(cd "$top" && sh -c "$command")
	elif uses_pytest; then
		"$python" -m pytest
	else
		"$python" "$manage" test
	fi
}

uses_pytest() {
	[ -f pytest.ini ] || [ -f conftest.py ] ||
		grep -qsE '^\[(tool\.|tool:)?pytest' pyproject.toml setup.cfg tox.ini
}

# The parent of background jobs may have it ignored, and with it all that is started here.
trap 'printf "\nInterrupted.\n" >&2; exit 130' INT

how=(--format "${SCHEMA_TOOLS_FORMAT:-text}")

step "lint of the SQL files" "$python" "$manage" sqlmigrate_lint "${how[@]}"
broken="the SQL files cannot be run from empty"
if step "all SQL files from empty" replay; then
	step "every SQL file up, down and up again" \
		"$python" -m schema_tools.hooks round_trip --manage "$manage" "${how[@]}"
	step "$compared" "$python" "$manage" "${sources[@]}" "${how[@]}"
else
	leave_out "every SQL file up, down and up again" "$broken"
	leave_out "$compared" "$broken"
fi
if [ "$tests" = yes ]; then
	step tests run_tests
else
	leave_out tests "left out as asked"
fi

table
if [ "$failed" = 0 ]; then
	printf '\n✅ Full schema validation passed in %s seconds.\n' "$SECONDS"
else
	printf '\n❌ Full schema validation failed.\n'
fi
exit "$failed"
