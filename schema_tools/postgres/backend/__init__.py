"""A Django database backend whose server is the embedded PostgreSQL.

It is Django's own backend for PostgreSQL, which starts the server at the first connection::

    DATABASES = {
        "default": {
            "ENGINE": "schema_tools.postgres.backend",
            "NAME": "auth_db",
            "EMBEDDED": {"HOME": BASE_DIR / ".embedded"},
        }
    }

``EMBEDDED`` may also hold ``BINARIES``, a folder of other PostgreSQL programs, and instead of
``HOME`` there may be ``"PRIVATE": True``: a server for this process that ends with it, as tests
need. The database is created when it is missing.
"""

from __future__ import annotations
