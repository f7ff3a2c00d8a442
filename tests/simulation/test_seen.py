"""What the robot's own perception makes of the simulated home: who stands, sits, lies and falls is seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from dolbom.perception.bodies import BodyWatcher
from dolbom.perception.falls import FallDetector, FallEvent, FallKind
from dolbom.perception.pose import PoseFinder, pose_model
from dolbom.simulation.person import Person
from dolbom.simulation.simulation import Seen, Simulation

pytestmark = [
    pytest.mark.gazebo,
    pytest.mark.weights("pose_landmarker_lite.task"),
    pytest.mark.timeout(300),
]


class Eyes:
    """The robot's way from pictures to falls, fed with what its simulated camera sees."""

    def __init__(self, finder: PoseFinder) -> None:
        self._watcher = BodyWatcher(finder)
        self._detector = FallDetector()
        self.frames = self.seen = 0
        self.postures: dict[str, int] = {}
        self.events: list[FallEvent] = []

    def look(self, seen: Seen) -> None:
        bodies = self._watcher.update(np.ascontiguousarray(seen.image[..., ::-1]), seen.stamp, self._detector.down)
        self.frames += 1
        self.seen += bool(bodies.bodies)
        for body in bodies.bodies[:1]:
            self.postures[body.posture] = self.postures.get(body.posture, 0) + 1
        self.events += self._detector.update(bodies)

    @property
    def kinds(self) -> list[FallKind]:
        return [event.kind for event in self.events]


@pytest.fixture
def eyes(home: Simulation) -> Iterator[Eyes]:
    with PoseFinder(pose_model(), people=2) as finder:
        made = Eyes(finder)
        home.on_image.append(made.look)
        yield made
        home.on_image.remove(made.look)


def until_done(home: Simulation, person: Person, after: float = 0.0) -> None:
    while person.busy:
        home.step()
    home.run(after)


@pytest.fixture
def resident(home: Simulation) -> Person:
    """The resident standing on the rug, unseen until then."""
    person = home.people["resident"]
    person.stop()
    person.walk_to("rug")
    until_done(home, person)
    return person


@pytest.mark.slow
def test_somebody_who_walks_stands_and_sits_is_seen_nearly_always(
    home: Simulation, resident: Person, eyes: Eyes
) -> None:
    home.run(1.0)
    resident.sit("sofa")
    until_done(home, resident, after=3.0)
    assert eyes.seen >= 0.9 * eyes.frames
    assert eyes.postures.get("upright", 0) > 0.2 * eyes.frames
    assert eyes.postures.get("sitting", 0) > 0


@pytest.mark.parametrize(
    "kind",
    ["left", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("right", "forward", "backward", "slump"))],
)
def test_a_fall_in_view_is_found_within_ten_seconds(home: Simulation, resident: Person, eyes: Eyes, kind) -> None:
    home.run(1.0)
    resident.fall(kind)
    for _ in range(int(12.0 / home.period)):
        home.step()
        if FallKind.DOWN in eyes.kinds:
            break
    assert FallKind.SUSPECTED in eyes.kinds
    assert FallKind.DOWN in eyes.kinds


def test_the_night_is_dark_and_a_lamp_lights_the_room(home: Simulation) -> None:
    home.set_hour("night")
    home.run(0.3)
    dark = home.step().image.mean()
    home.switch("living_light", True)
    home.run(0.3)
    lit = home.step().image.mean()
    home.set_hour("day")
    home.switch("living_light", False)
    home.run(0.3)
    day = home.step().image.mean()
    assert dark < 0.35 * day
    assert lit > 1.5 * dark


def test_a_robot_at_rest_stays_where_it_is_to_a_pixel(home: Simulation) -> None:
    home.put_robot(2.2, 2.6, 0.5)
    home.run(3.0)
    assert home.state is not None
    begin, first = home.state.pose, home.step().image.astype(int)
    differs = [float((abs(home.step().image - first).max(2) > 20).mean()) for _ in range(450)]
    assert max(differs) < 0.002, "set back to where it was still dropping, it bounced and its camera with it"
    turned = begin[:2, :2].T @ home.state.pose[:2, :2]
    assert abs(np.degrees(np.arctan2(turned[1, 0], turned[0, 0]))) < 0.2, "without brakes it turns by half a degree"
    assert np.hypot(*(home.state.pose[:2, 3] - begin[:2, 3])) < 0.001


@pytest.mark.slow
def test_a_television_that_is_switched_on_is_seen_and_told(home: Simulation) -> None:
    told: list[tuple[str, bool]] = []
    home.on_appliance.append(lambda name, on: told.append((name, on)))
    x, y = 2.2, 1.75
    home.put_robot(x, y, 0.0)
    home.run(0.5)
    off = home.step().image.copy()
    home.switch("tv", True)
    home.run(0.3)
    on = home.step().image
    blue = on[..., 2].astype(int) - off[..., 2]
    assert (blue > 60).mean() > 0.02
    home.switch("tv", False)
    assert told == [("tv", True), ("tv", False)]
