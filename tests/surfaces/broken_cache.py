"""A cache whose server is away."""

from __future__ import annotations

from django.core.cache.backends.base import BaseCache


class BrokenCache(BaseCache):
    """Raises whatever is asked of it."""

    def __init__(self, _location, params):
        super().__init__(params)

    def get(self, key, default=None, version=None):
        """Fail."""
        raise ConnectionError("the cache is away")

    def set(self, key, value, timeout=None, version=None):
        """Fail."""
        raise ConnectionError("the cache is away")

    def clear(self):
        """Do nothing: there is nothing."""
