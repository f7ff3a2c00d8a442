"""How many examples a property test tries: few, so that the unit tests stay quick; many in `make test-slow`."""

from __future__ import annotations

import os

THOROUGH = bool(os.environ.get("DOLBOM_TEST_THOROUGH"))


def examples(thorough: int) -> int:
    """`thorough` in `make test-slow`, else an eighth of it, at least eight: each run draws others."""
    return thorough if THOROUGH else max(8, thorough // 8)
