"""Who moves: limbs elsewhere for two seconds, not a body that trembles, flips, or is lost and found again."""

from __future__ import annotations

import numpy as np
import pytest

from dolbom.perception.bodies import Bodies, describe
from dolbom.perception.camera_motion import CameraMotion
from dolbom.perception.pose import Pose
from dolbom.sensors.moving import Found, LiesInBed, Moved, Movement, WentOut
from dolbom.sensors.parameters import ActivityParameters
from dolbom.simulation.day.backend import shipped_home
from dolbom.simulation.day.eyes import Camera, Eye, resting_place
from dolbom.simulation.day.figure import Figure, Manner
from dolbom.simulation.day.skeletons import landmarks

ASPECT = 640 / 480


class Scene:
    """Frames of one figure, five a second, with the trembling of a network."""

    def __init__(self, posture: str = "standing", at: str = "rug", tremble: float = 0.008, seed: int = 0) -> None:
        home, ways = shipped_home()
        self.camera = Camera(home, Eye(3.30, 3.05, 212.0) if at != "bedroom" else Eye(4.8, 3.35, 306.0))
        beds = [resting_place(self.camera, home.place("bed"))] if at == "bedroom" else []
        self.figure = Figure("순자", home, ways, Manner.of(seed), at, "standing")
        if posture != "standing":
            {"sitting": self.figure.sit, "in_bed": self.figure.lie_in_bed, "on_floor": self.figure.lie_on_floor}[
                posture
            ](*(["sofa"] if posture == "sitting" else []))
            while self.figure.busy:
                self.figure.advance(1.0)
        self.movement = Movement(ActivityParameters(beds=beds))
        self.rng, self.tremble, self.now, self.id = np.random.default_rng(seed), tremble, 0.0, "b1"
        self.velocity = (0.0, 0.0)
        self.flip = False

    def look(self, seconds: float, seen: bool = True) -> list[Found]:
        found: list[Found] = []
        for _ in range(round(seconds * 5)):
            self.now += 0.2
            self.figure.advance(0.2)
            bodies = (describe(self.id, self._pose(), ASPECT),) if seen else ()
            frame = Bodies(self.now, 640, 480, bodies, (), CameraMotion(self.velocity))
            found += self.movement.update(frame)
        return found

    def _pose(self) -> Pose:
        marks = landmarks(self.figure.points)
        local, picture = self.camera.seen(marks)
        share = picture / (640, 480) + self.rng.normal(0, self.tremble, (33, 2))
        if self.flip and self.rng.random() < 0.5:
            order = np.arange(33)
            for left in range(11, 33, 2):
                order[left], order[left + 1] = left + 1, left
            share = share[order]
        found = np.column_stack([share, np.full(33, 0.95)])
        return Pose(found.astype(np.float32), (local - local[[23, 24]].mean(0)).astype(np.float32))


def moves(found: list[Found]) -> int:
    return sum(isinstance(one, Moved) for one in found)


@pytest.mark.parametrize("posture", ["standing", "sitting", "on_floor"])
@pytest.mark.parametrize("seed", range(3))
def test_a_still_body_that_trembles_and_flips_shows_no_life(posture: str, seed: int) -> None:
    scene = Scene(posture, seed=seed)
    scene.look(3)
    scene.flip = True
    assert moves(scene.look(60)) == 0


def test_who_walks_moves() -> None:
    scene = Scene()
    scene.look(3)
    scene.figure.walk_to("sofa")
    assert moves(scene.look(4)) >= 1


def test_who_walks_away_from_the_camera_moves_all_the_way() -> None:
    scene = Scene()
    home, _ = shipped_home()
    scene.camera = Camera(home, Eye(2.6, 3.4, 0.0))
    scene.figure.walk_to("hall")
    while scene.figure.busy:
        scene.figure.advance(0.2)
    scene.look(3)
    scene.figure.walk_to("door", 0.5)
    assert moves(scene.look(6)) >= 3


def test_who_gets_up_from_the_sofa_moves() -> None:
    scene = Scene("sitting")
    scene.look(5)
    scene.figure.stand_up()
    scene.figure.walk_to("rug")
    assert moves(scene.look(6)) >= 1


def test_a_still_body_that_is_lost_and_found_again_under_another_id_shows_no_life() -> None:
    scene = Scene("on_floor")
    scene.look(5)
    for number in range(20):
        scene.look(5, seen=False)
        scene.id = f"b{number + 2}"
        assert moves(scene.look(4)) == 0


def test_while_the_camera_moves_nobody_else_can_be_said_to() -> None:
    scene = Scene()
    scene.look(3)
    scene.velocity = (0.3, 0.0)
    scene.figure.walk_to("sofa")
    assert moves(scene.look(3)) == 0
    scene.velocity = (0.0, 0.0)
    while scene.figure.busy:
        scene.look(1)
    assert moves(scene.look(1)) == 0


def test_who_lies_in_bed_is_seen_to_and_who_turns_there_moves_in_bed() -> None:
    scene = Scene("in_bed", "bedroom")
    found = scene.look(10)
    assert any(isinstance(one, LiesInBed) for one in found)
    assert moves(found) == 0
    scene.figure.stand_up()
    in_bed = [one for one in scene.look(5) if isinstance(one, Moved)]
    assert in_bed
    assert in_bed[0].in_bed


def test_who_is_lost_in_the_way_out_went_out_and_who_is_lost_elsewhere_did_not() -> None:
    for area, went in (("0,0 1,0 1,1 0,1", 1), ("0,0 0.01,0 0.01,0.01", 0)):
        scene = Scene()
        scene.movement = Movement(ActivityParameters(ways_out=[area]))
        scene.look(3)
        assert sum(isinstance(one, WentOut) for one in scene.look(6, seen=False)) == went


def test_a_clip_that_begins_anew_is_a_new_scene() -> None:
    scene = Scene()
    scene.look(10)
    scene.now = 0.0
    assert moves(scene.look(10)) == 0
