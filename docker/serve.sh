#!/bin/sh
# Start the service, in place of this shell: signals reach it.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${SECRET_KEY:-}" ]; then
    echo "serve.sh: SECRET_KEY is not set: a key of this start alone is used, and whoever is" \
        "logged in has to log in again after the next. Set it in .env, or in the environment." >&2
    SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')"
    export SECRET_KEY
fi

exec gunicorn --bind "0.0.0.0:${PORT:-8001}" --access-logfile - --no-control-socket \
    --pythonpath docker service:application
