"""Takes the picture of docs/simulation.md: the flat from above, and what the robot sees of a fall.

bin/dolbom-env python tests/simulation/picture_of_the_home.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import cv2
import numpy as np

from dolbom.places import ROOT
from dolbom.simulation.look import Look
from dolbom.simulation.simulation import Cast, Seen, Simulation

PICTURE = ROOT / "docs" / "pictures" / "simulated-home.jpg"


def main() -> None:
    cast = {
        "resident": Cast(Look.of(1), "rug", 1),
        "visitor": Cast(Look.of(4, old=False), "kitchen_sink", 4),
    }
    above: list[Seen] = []
    with tempfile.TemporaryDirectory() as folder, Simulation(Path(folder), cast, overview=True) as home:
        home.on_overview.append(above.append)
        home.run(1.0)
        standing = home.step().image
        home.people["resident"].fall("left")
        home.run(4.0)
        lying = home.step().image
    top = above[-1].image
    left = cv2.resize(top, (854, 640), interpolation=cv2.INTER_AREA)
    right = np.vstack([cv2.resize(image, (427, 320), interpolation=cv2.INTER_AREA) for image in (standing, lying)])
    picture = np.hstack([left, right])[..., ::-1]
    cv2.imwrite(str(PICTURE), picture, [cv2.IMWRITE_JPEG_QUALITY, 82])
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
