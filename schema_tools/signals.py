"""Signals around each file that is applied or rolled back.

Receivers get ``migration`` (a ``history.migration.Migration``) and ``using`` (the alias); the
sender is the string ``"up"``, ``"down"`` or ``"fake"``. An exception of a receiver of ``pre_run``
stops the run before the file; one of ``post_run``, where the file is committed, is only logged.
"""

from __future__ import annotations

from django.dispatch import Signal

pre_run = Signal()
post_run = Signal()
