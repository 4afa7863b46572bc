"""Signals around each file that is applied or rolled back.

The sender is the class ``schema_tools.history.migration.Migration``. Receivers get ``migration``
(one of that class), ``direction`` (``"up"``, ``"down"`` or ``"fake"``) and ``using`` (the alias).
An exception of a receiver of ``pre_run`` stops the run before the file: that is how to veto one.
An exception of one of ``post_run``, where the file is committed, is only logged.
"""

from __future__ import annotations

from django.dispatch import Signal

pre_run = Signal()
post_run = Signal()
