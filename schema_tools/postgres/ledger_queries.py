"""The SQL of the ledger, with the names of its tables in braces."""

from __future__ import annotations

from typing import LiteralString

READ_APPLIED: LiteralString = """
SELECT version::text, coalesce(name::text, '') AS name,
       coalesce(checksum::text, '') AS checksum, {applied_at} AS applied_at,
       coalesce(applied_by::text, '') AS applied_by,
       coalesce(environment::text, '') AS environment,
       coalesce(execution_time_ms, 0)::bigint AS execution_time_ms,
       coalesce({tool_version}, '') AS tool_version, coalesce({git_commit}, '') AS git_commit,
       row_number() OVER (ORDER BY id)::integer AS position
FROM {history} ORDER BY id
"""

# A server process that is younger than the run only has the number of the one that ran it. One
# that idles is between two statements of a run, whose lock is held then, or back in a pool. What a
# role may not see of it is NULL.
READ_UNFINISHED: LiteralString = """
SELECT p.version, p.direction, p.checksum, p.statements_done AS done, p.statements_total AS total,
       p.done_checksum, p.running_statement AS running, p.sqlstate, p.error,
       p.backend_pid AS backend, p.started_at, p.xmin::text AS since,
       p.error = '' AND EXISTS (
           SELECT FROM pg_stat_activity a
           WHERE a.pid = p.backend_pid
             AND (a.backend_start IS NULL OR a.backend_start <= p.started_at)
             AND (a.state IS NULL OR a.state <> 'idle' OR {lock_is_held})
       ) AS alive
FROM {progress} p ORDER BY p.version
"""

# By another session: a runner has the lock itself when it looks for what is left of others.
LOCK_IS_HELD: LiteralString = """
EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((l.classid::bigint << 32) | l.objid::bigint) = {key}
)
"""

ADD: LiteralString = """
INSERT INTO {history} (version, name, checksum, applied_at, applied_by, environment,
    execution_time_ms, tool_version, git_commit)
VALUES (%(version)s::text, %(name)s, %(checksum)s::text, {now}, %(applied_by)s,
    %(environment)s::text, %(execution_time_ms)s::bigint, %(tool_version)s::text,
    %(git_commit)s::text)
"""

REMOVE: LiteralString = "DELETE FROM {history} WHERE version = %(version)s::text"

CLEAR_PROGRESS: LiteralString = "DELETE FROM {progress} WHERE version = %(version)s::text"

LOG: LiteralString = """
INSERT INTO {events} (version, event, happened_by, environment, tool_version, git_commit,
    execution_time_ms, checksum, file_text, fingerprint, sqlstate, error, reason)
VALUES (%(version)s::text, %(event)s, %(user)s, %(environment)s::text, %(tool_version)s::text,
    %(git_commit)s::text, %(execution_time_ms)s::bigint, %(checksum)s::text, %(file_text)s,
    %(fingerprint)s, %(sqlstate)s, %(error)s, %(reason)s)
"""

# One statement each, as the server has to plan every one. Parameters that two of them use have
# their type named, else it would have to be the same in both places.
RECORD_APPLIED: LiteralString = f"WITH a AS ({ADD}), b AS ({CLEAR_PROGRESS}) {LOG}"
RECORD_REMOVED: LiteralString = f"WITH a AS ({REMOVE}), b AS ({CLEAR_PROGRESS}) {LOG}"

KEEP_FINGERPRINT: LiteralString = """
UPDATE {events} SET fingerprint = %s
WHERE id = (SELECT max(e.id) FROM {events} e) AND fingerprint IS NULL
"""

SAVE_PROGRESS: LiteralString = """
INSERT INTO {progress} (version, direction, checksum, statements_done, statements_total,
    done_checksum, running_statement, sqlstate, error, backend_pid)
VALUES (%(version)s, %(direction)s, %(checksum)s, %(done)s, %(total)s, %(done_checksum)s,
    %(running)s, %(sqlstate)s, %(error)s, %(backend)s)
ON CONFLICT (version) DO UPDATE SET (direction, checksum, statements_done, statements_total,
    done_checksum, running_statement, sqlstate, error, backend_pid, started_at)
= (excluded.direction, excluded.checksum, excluded.statements_done, excluded.statements_total,
    excluded.done_checksum, excluded.running_statement, excluded.sqlstate, excluded.error,
    excluded.backend_pid, excluded.started_at)
"""

ADVANCE: LiteralString = """
UPDATE {progress} SET statements_done = %(done)s, done_checksum = %(done_checksum)s
WHERE version = %(version)s AND backend_pid = %(backend)s AND running_statement = %(running)s
    AND statements_done < %(done)s AND error = ''
"""

# How far the run has come stays: its last COMMIT may have reached the server after all.
MARK_FAILED: LiteralString = """
UPDATE {progress} SET running_statement = %s, sqlstate = %s, error = %s WHERE version = %s
"""

TEXT_OF: LiteralString = """
SELECT file_text FROM {events}
WHERE version = %s AND checksum = %s AND file_text <> ''
ORDER BY id DESC LIMIT 1
"""
