#!/bin/sh
# Apply what is pending, then let models, SQL files and database be compared: what runs before the
# service starts. Ends with the exit code of the command that did not succeed.
set -u
cd "$(dirname "$0")/.." || exit 70

stopped=""
child=""
# A container's first process gets its signals alone: hand them on, so that a run ends in order.
trap 'stopped=1; kill -TERM "$child" 2>/dev/null' TERM INT

manage() {
    [ -z "$stopped" ] || exit 143
    echo "$ python manage.py $*"
    python manage.py "$@" &
    child=$!
    wait "$child"
    code=$?
    if [ -n "$stopped" ]; then # the signal, not the command, has ended the wait
        wait "$child"
        code=$?
    fi
    [ "$code" -eq 0 ] || exit "$code"
}

manage sqlmigrate_apply --noinput
manage migrate --noinput
manage validate_schema
