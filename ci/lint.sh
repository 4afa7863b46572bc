#!/usr/bin/env bash
# Lint the SQL files that differ from origin's branch BASE, or all of them where none is named.
# What is on that branch already must not be edited: it may be applied somewhere. ALLOW_EDITS=true,
# for a branch from which nothing is ever deployed, lints all files whatever was edited.
set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
base="${BASE:+origin/$BASE}"

if [ -z "$base" ] || [ "${ALLOW_EDITS:-}" = true ]; then
    exec "$here/report.sh" lint sqlmigrate_lint
fi
if ! git merge-base "$base" HEAD > /dev/null; then
    echo "ci/lint.sh: $base and HEAD have no common commit here: check out the whole history" \
        "(GitHub: fetch-depth: 0, GitLab: GIT_DEPTH: 0), and fetch that branch" >&2
    exit 2
fi
exec "$here/report.sh" lint sqlmigrate_lint --against "$base"
