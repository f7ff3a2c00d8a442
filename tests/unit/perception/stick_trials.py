"""Many movements of a person of sticks before four cameras: the table in docs/falls.md.

Run it with `bin/dolbom-env python -m tests.unit.perception.stick_trials`; it takes about half a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from tests.unit.perception.stick_figure import (
    BENT_DOWN,
    KNEELING,
    ON_BACK,
    ON_BED,
    ON_CHAIR,
    ON_FLOOR_SITTING,
    ON_FRONT,
    ON_SOFA,
    SQUATTING,
    STANDING,
    Camera,
    Stance,
    film,
)

from dolbom.perception.falls import FallDetector, FallKind

Movement = list[tuple[float, Stance]]
SIDES = (0, 45, 90, 150, 180)
CAMERAS = {"robot": Camera(0.9), "low": Camera(0.5, -5), "shelf": Camera(1.6, 12), "corner": Camera(2.3, 28)}
STOOD = [(0.0, STANDING), (2.0, STANDING)]
ACTIVITIES: dict[str, Movement] = {
    "sit down fast": [*STOOD, (2.6, ON_CHAIR), (8, ON_CHAIR)],
    "sit down": [*STOOD, (2.6, replace(ON_CHAIR, torso=45, hip=0.6)), (3.2, ON_CHAIR), (8, ON_CHAIR)],
    "drop onto a sofa": [*STOOD, (2.8, ON_SOFA), (8, ON_SOFA)],
    "bend down": [*STOOD, (2.8, BENT_DOWN), (4, BENT_DOWN), (5, STANDING), (7, STANDING)],
    "bend down for long": [*STOOD, (2.8, BENT_DOWN), (7, BENT_DOWN), (8, STANDING), (9, STANDING)],
    "squat": [*STOOD, (3, SQUATTING), (7, SQUATTING), (8, STANDING), (9, STANDING)],
    "kneel": [*STOOD, (3.2, KNEELING), (8, KNEELING)],
    "kneel and bend": [
        *STOOD,
        (3.2, KNEELING),
        (4, replace(KNEELING, torso=50)),
        (7, replace(KNEELING, torso=50)),
        (8, KNEELING),
        (9, KNEELING),
    ],
    "sit down on the floor": [*STOOD, (3.5, ON_FLOOR_SITTING), (9, ON_FLOOR_SITTING)],
    "lie down from the floor": [(0, ON_FLOOR_SITTING), (2, ON_FLOOR_SITTING), (3.5, ON_BACK), (9, ON_BACK)],
    "lie down on a bed": [*STOOD, (3, ON_CHAIR), (3.5, ON_CHAIR), (5, ON_BED), (11, ON_BED)],
    "lie down on a bed quickly": [*STOOD, (3, ON_CHAIR), (4, ON_BED), (11, ON_BED)],
    "lie down on a bed at once": [*STOOD, (2.8, ON_CHAIR), (3.6, ON_BED), (11, ON_BED)],
    "lie down on the floor": [*STOOD, (3, SQUATTING), (4.5, ON_FLOOR_SITTING), (6, ON_BACK), (11, ON_BACK)],
}
# x is how far the hips get towards where the person faces.
FALLS: dict[str, Movement] = {
    "forward": [*STOOD, (2.9, replace(ON_FRONT, x=0.8)), (6, replace(ON_FRONT, x=0.8))],
    "backward": [*STOOD, (2.9, replace(ON_BACK, x=-0.6)), (6, replace(ON_BACK, x=-0.6))],
    "collapse": [*STOOD, (2.6, SQUATTING), (3.4, replace(ON_FRONT, x=0.5)), (6, replace(ON_FRONT, x=0.5))],
    "forward off a chair": [
        (0, ON_CHAIR),
        (2, ON_CHAIR),
        (2.5, replace(SQUATTING, x=0.3)),
        (3.1, replace(ON_FRONT, x=0.7)),
        (6, replace(ON_FRONT, x=0.7)),
    ],
    "slide off a chair": [
        (0, ON_CHAIR),
        (2, ON_CHAIR),
        (3, replace(ON_FLOOR_SITTING, x=0.3, torso=-30)),
        (3.7, replace(ON_BACK, x=0.3)),
        (6, replace(ON_BACK, x=0.3)),
    ],
}


def turned(movement: Movement, facing: float, z: float) -> Movement:
    """The movement with the person facing another way: 0 to the camera, 90 to its right."""
    ahead = np.radians(facing)
    return [
        (t, replace(s, facing=facing, x=s.x * float(np.sin(ahead)), z=z - s.x * float(np.cos(ahead))))
        for t, s in movement
    ]


def wrong(movements: dict[str, Movement], camera: Camera, fall: bool) -> Iterator[str]:
    """Names of the movements that are judged wrongly, with the side they are seen from."""
    for facing in SIDES:
        for name, movement in movements.items():
            events = FallDetector().replay(film(turned(movement, facing, 3.5 if fall else 3.0), camera))
            if any(e.kind is FallKind.DOWN for e in events) != fall:
                yield f"{name} ({facing}°)"


def main() -> None:
    """Prints the table."""
    for title, movements, fall in (("taken for a fall", ACTIVITIES, False), ("missed", FALLS, True)):
        for name, camera in CAMERAS.items():
            found = list(wrong(movements, camera, fall))
            print(f"{name}: {len(found)} of {len(movements) * len(SIDES)} {title}: {', '.join(found)}")


if __name__ == "__main__":
    main()
