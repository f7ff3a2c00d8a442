"""How somebody looks: colours of clothes, skin and hair, height, and a face of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dolbom.simulation.body import Body

Colour = tuple[float, float, float]

TOPS: tuple[Colour, ...] = (
    (0.52, 0.13, 0.16),
    (0.20, 0.30, 0.46),
    (0.55, 0.45, 0.30),
    (0.36, 0.42, 0.30),
    (0.46, 0.30, 0.50),
)
TROUSERS: tuple[Colour, ...] = ((0.16, 0.17, 0.24), (0.24, 0.20, 0.17), (0.12, 0.13, 0.14), (0.28, 0.29, 0.31))
SKINS: tuple[Colour, ...] = ((0.93, 0.72, 0.58), (0.88, 0.66, 0.51), (0.95, 0.77, 0.64))
GREYS: tuple[Colour, ...] = ((0.56, 0.56, 0.58), (0.70, 0.70, 0.70), (0.36, 0.35, 0.36))
DARKS: tuple[Colour, ...] = ((0.07, 0.06, 0.06), (0.16, 0.10, 0.07))


@dataclass(frozen=True)
class Look:
    """Colours are RGB, 0…1; `height` is relative to 1.66 m; `face` numbers the features."""

    top: Colour = TOPS[0]
    trousers: Colour = TROUSERS[0]
    skin: Colour = SKINS[0]
    hair: Colour = GREYS[0]
    height: float = 1.0
    face: int = 0
    old: bool = True

    @staticmethod
    def of(seed: int, old: bool = True) -> Look:
        """The look that goes with a seed."""
        rng = np.random.default_rng([seed, 3])

        def one(colours: tuple[Colour, ...]) -> Colour:
            return colours[int(rng.integers(len(colours)))]

        top, trousers, skin, hair = one(TOPS), one(TROUSERS), one(SKINS), one(GREYS if old else DARKS)
        height = float(rng.uniform(0.92, 1.0) if old else rng.uniform(0.98, 1.06))
        return Look(top, trousers, skin, hair, height, seed, old)


def dress(body: Body, look: Look, name: str, folder: Path) -> None:
    """Writes somebody's figure as `<name>.dae` into a folder."""
    body.dress({"sweater-green": look.top, "jeans-blue": look.trousers, "skin-mat": look.skin}, look.hair)
    body.write(folder / f"{name}.dae", body.recorded("stand.dae")[:2], 30.0)
