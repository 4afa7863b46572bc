"""A ticket shop with its own settings: a project that is installed, not assembled."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

# It makes its folder when it reads its settings, and takes the rest from the environment.
_data = Path(tempfile.gettempdir()) / f"real-pretix-{os.getuid()}"
os.environ |= {
    "DATA_DIR": str(_data),
    "PRETIX_CONFIG_FILE": os.devnull,
    "PRETIX_DJANGO_SECRET": "not secret, for tests only",
    "PRETIX_DATABASE_BACKEND": "postgresql",
}

from pretix.settings import *  # noqa: E402, F403

DATABASES["default"] |= json.loads(os.environ["REAL_DATABASE"])  # noqa: F405
INSTALLED_APPS += ["schema_tools"]  # noqa: F405
