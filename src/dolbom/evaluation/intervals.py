"""How far a share that was counted in few trials can be trusted."""

from __future__ import annotations

# The special functions alone: scipy.stats takes a second to import, in every process.
from scipy.special import betaincinv


def interval(hits: int, of: int, digits: int = 4) -> list[float]:
    """The 95 % interval of a share by Clopper and Pearson (Biometrika 26, 1934), rounded; [0, 1] of no trials."""
    low = 0.0 if hits == 0 else float(betaincinv(hits, of - hits + 1, 0.025))
    high = 1.0 if hits == of else float(betaincinv(hits + 1, of - hits, 0.975))
    return [round(low, digits), round(high, digits)]
