"""What the embedded PostgreSQL was built without, and which errors come of it."""

from __future__ import annotations

import re

import psycopg
from psycopg import errors

from schema_tools.postgres.embedded.binaries import USE_A_SERVER

# PostgreSQL's own words, in English because initdb was given that for messages. Up to version 14
# a missing extension was an undefined file.
SIGNS: tuple[tuple[type[psycopg.Error], re.Pattern[str]], ...] = (
    (errors.FeatureNotSupported, re.compile(r'extension "([^"]+)" is not available')),
    (errors.UndefinedFile, re.compile(r'extension control file "[^"]*?([^"/]+)\.control"')),
    (errors.FeatureNotSupported, re.compile(r"(ICU) is not supported in this build")),
    (errors.UndefinedObject, re.compile(r'collation "([^"]+-x-icu)" for encoding')),
)


def missing_feature_advice(error: psycopg.Error) -> str:
    """Return what to do about an error that the embedded server's build is to blame for, or "".

    To be asked of an error from an embedded server only.
    """
    for kind, sign in SIGNS:
        found = sign.search(str(error)) if isinstance(error, kind) else None
        if found:
            what = found[1].strip('"')
            advice = (
                f"The embedded PostgreSQL has no {what}: it comes without pgcrypto, uuid-ossp and "
                f"ICU. To run this migration, {USE_A_SERVER}."
            )
            instead = " Where only UUIDs are wanted: gen_random_uuid() needs no extension."
            return advice + (instead if what in {"pgcrypto", "uuid-ossp"} else "")
    return ""
