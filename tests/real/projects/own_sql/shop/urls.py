"""The pages of the shop, which alone know of its visits."""

from __future__ import annotations

from shop import visits  # noqa: F401

urlpatterns: list[object] = []
