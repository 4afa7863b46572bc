"""Run the campaign on real projects: `python -m tests.real [PROJECT…]`, or `make test-real`."""

from __future__ import annotations

import sys

from tests.real.campaign import main

sys.exit(main(sys.argv[1:]))
