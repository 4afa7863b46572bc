"""Programs that tests start and interrupt."""

from __future__ import annotations

import signal


def heed_interrupts() -> None:
    """Undo what a shell does to its background: a child that ignores SIGINT keeps to that.

    For Popen's ``preexec_fn``.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
