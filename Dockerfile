# The sample service: one image that migrates (docker/migrate.sh) and that serves (docker/serve.sh).
# Bases are pinned by version; `docker-compose build --pull` takes their security updates.
FROM python:3.13-slim-trixie AS build

COPY docker/requirements.txt /tmp/requirements.txt
RUN python -m venv --without-pip /venv \
    && pip --python /venv install --no-cache-dir --disable-pip-version-check \
        --require-hashes --requirement /tmp/requirements.txt

WORKDIR /app
COPY manage.py ./
COPY docker ./docker
COPY migrations_sql ./migrations_sql
COPY schema_tools ./schema_tools
COPY authservice ./authservice
# Asks no server and signs nothing; the URL keeps the embedded server out of it.
RUN DATABASE_URL=postgresql:///none STATIC_ROOT=/app/static \
        /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python -m compileall -q /app


FROM python:3.13-slim-trixie

# A number, so that an orchestrator can see that it is not root.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin service
COPY --from=build /venv /venv
COPY --from=build /app /app

ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/app/static \
    CACHE_DIR=/tmp/cache \
    SCHEMA_TOOLS_CACHE= \
    WEB_CONCURRENCY=2 \
    GUNICORN_CMD_ARGS="--worker-tmp-dir /dev/shm"
WORKDIR /app
USER 10001
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "docker/healthcheck.py"]
CMD ["docker/serve.sh"]
