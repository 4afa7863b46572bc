#!/usr/bin/env bash
# Run a command of manage.py, and keep its report in each form that a CI shows:
#   ci/report.sh NAME COMMAND [ARGUMENT…]
# The log gets it as annotations on GitHub, else as text; the folder REPORTS gets NAME.sarif,
# NAME.xml (JUnit) and NAME.md.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: ci/report.sh NAME COMMAND [ARGUMENT…]" >&2
    exit 2
fi
name=$1
shift
read -ra python <<< "${PYTHON:-python}"
reports="${REPORTS:-schema-reports}"
mkdir -p "$reports"
log=text
[ -z "${GITHUB_ACTIONS:-}" ] || log=github

exec "${python[@]}" "${MANAGE:-manage.py}" "$@" --format "$log" \
    --also "sarif=$reports/$name.sarif" \
    --also "junit=$reports/$name.xml" \
    --also "markdown=$reports/$name.md"
