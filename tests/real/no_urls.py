"""No pages: the campaign looks at the database alone."""

from __future__ import annotations

urlpatterns: list[object] = []
