"""People of recorded skeletons move through the flat, and the robot's eyes see of them what is in view."""

from __future__ import annotations

import numpy as np
import pytest

from dolbom.perception.posture import measure, posture
from dolbom.simulation.day.backend import shipped_home
from dolbom.simulation.day.eyes import BodyEyes, Camera, Eye, FaceEyes, resting_place
from dolbom.simulation.day.figure import Figure, Manner
from dolbom.simulation.day.skeletons import MOTIONS, PEOPLE, bank, landmarks

LOOK = Eye(3.30, 3.05, 212.0)


def somebody(at: str = "rug", seed: int = 0, posture: str = "standing") -> Figure:
    home, ways = shipped_home()
    return Figure("순자", home, ways, Manner.of(seed), at, posture)  # type: ignore[arg-type]


def done(figure: Figure) -> float:
    """Lets them finish; the seconds that it took."""
    took = 0.0
    while figure.busy:
        figure.advance(0.1)
        took += 0.1
        assert took < 120
    return took


def height(figure: Figure) -> float:
    marks = landmarks(figure.points)
    return float(marks[11:13, 2].mean())


def test_the_bank_holds_every_motion_by_every_person() -> None:
    assert {*MOTIONS, "walk"} == set(bank().clips)
    assert all(len(clips) == PEOPLE for clips in bank().clips.values())


def test_in_every_motion_somebody_is_on_the_floor_and_of_human_size() -> None:
    for motion, clips in bank().clips.items():
        for clip in clips:
            assert -0.1 < clip.points[..., 2].min() < 0.6, motion
            upper = np.linalg.norm(clip.points[:, 1] - clip.points[:, 9], axis=1)
            assert (upper > 0.25).all() and (upper < 0.7).all(), motion


@pytest.mark.parametrize(
    ("order", "args", "low", "high"),
    [
        ("sit", ("sofa",), 0.7, 1.15),
        ("lie_in_bed", (), 0.4, 0.75),
        ("kneel", (), 0.6, 1.1),
        ("lie_on_floor", (), 0.0, 0.3),
        ("fall", ("left",), 0.0, 0.4),
        ("fall", ("forward",), 0.0, 0.4),
        ("fall", ("backward",), 0.0, 0.4),
        ("fall", ("slump",), 0.0, 0.5),
        ("pick_up", (), 1.1, 1.5),
    ],
)
def test_after_an_order_the_shoulders_are_where_they_belong(
    order: str, args: tuple[str, ...], low: float, high: float
) -> None:
    for seed in range(3):
        figure = somebody(seed=seed)
        getattr(figure, order)(*args)
        done(figure)
        assert low < height(figure) < high


def test_somebody_walks_through_the_doors_to_another_room_at_their_own_speed() -> None:
    figure = somebody("sofa", posture="sitting")
    figure.walk_to("bathroom", 0.6)
    took = done(figure)
    assert figure.room == "bathroom"
    assert figure.posture == "standing"
    assert 10 < took < 25


def test_somebody_gets_up_again_from_wherever_they_are() -> None:
    for order in ("lie_on_floor", "kneel", "sit", "lie_in_bed", "fall"):
        figure = somebody()
        getattr(figure, order)(*(["sofa"] if order == "sit" else []))
        done(figure)
        figure.stand_up()
        done(figure)
        assert figure.posture == "standing", order
        assert height(figure) > 1.15, order


def test_a_fall_does_not_wait_for_what_is_being_done() -> None:
    figure = somebody("sofa")
    figure.walk_to("kitchen")
    figure.advance(2.0)
    figure.fall("right")
    done(figure)
    assert figure.room == "living"
    assert figure.posture == "on_floor"


def test_nobody_falls_into_a_wall() -> None:
    home, _ = shipped_home()
    for place in ("window", "tv", "bathroom", "hall", "wardrobe"):
        for kind in ("left", "right", "forward", "backward"):
            figure = somebody(place)
            figure.fall(kind)
            done(figure)
            low, high = figure.points[:, :2].min(0), figure.points[:, :2].max(0)
            assert (low > -0.15).all() and (high < np.array(home.outline) + 0.15).all(), (place, kind)


def test_whoever_goes_out_is_not_at_home_until_they_come_in_again() -> None:
    home, _ = shipped_home()
    figure = somebody("door")
    figure.leave()
    done(figure)
    assert figure.posture == "away"
    assert figure.room == ""
    figure.enter("hall")
    done(figure)
    assert figure.posture == "standing"
    assert np.hypot(*(figure.at - home.place("hall").at)) < 0.1


def test_the_camera_sees_who_is_before_it_and_not_who_is_behind_a_wall() -> None:
    home, _ = shipped_home()
    people = {name: somebody(name) for name in ("rug", "bedroom", "bathroom", "kitchen")}
    _, ids = BodyEyes(Camera(home, LOOK), 0).look(0.0, people)
    assert set(ids) == {"rug"}


def test_a_motion_begins_where_the_one_before_it_ended() -> None:
    figure = somebody("sofa")
    last = figure.points
    for order in (
        "sit",
        "stand_up",
        "kneel",
        "stand_up",
        "lie_on_floor",
        "stand_up",
        "pick_up",
        "lie_in_bed",
        "stand_up",
    ):
        getattr(figure, order)()
        while figure.busy:
            points = figure.advance(0.1)
            assert np.abs(points - last).max() < 0.45, order
            last = points


@pytest.mark.parametrize(
    ("order", "seen"), [("stand_up", "upright"), ("lie_on_floor", "lying"), ("kneel", "crouching")]
)
def test_a_posture_is_seen_as_what_it_is(order: str, seen: str) -> None:
    home, _ = shipped_home()
    figure = somebody()
    getattr(figure, order)()
    done(figure)
    frame, _ = BodyEyes(Camera(home, LOOK), 0).look(0.0, {"resident": figure})
    body = frame.bodies[0]
    assert posture(measure(body.pose, frame.aspect))[0] == seen


def test_a_body_keeps_its_id_for_a_moment_out_of_view_and_has_another_one_later() -> None:
    home, _ = shipped_home()
    eyes, figure = BodyEyes(Camera(home, LOOK), 0), somebody()
    _, first = eyes.look(0.0, {"resident": figure})
    lost, _ = eyes.look(0.5, {"resident": somebody("bedroom")})
    _, again = eyes.look(1.0, {"resident": figure})
    eyes.look(5.0, {"resident": somebody("bedroom")})
    _, later = eyes.look(5.1, {"resident": figure})
    assert lost.lost == ("b1",)
    assert (first, again, later) == ({"resident": "b1"}, {"resident": "b1"}, {"resident": "b2"})


def test_a_closed_door_hides_who_is_behind_it() -> None:
    home, _ = shipped_home()
    eye, figure = Eye(4.8, 3.35, 306.0), {"resident": somebody("bedroom")}
    assert BodyEyes(Camera(home, eye), 0).look(0.0, figure)[1]
    assert not BodyEyes(Camera(home, eye, ["bedroom_door"]), 0).look(0.0, figure)[1]


def test_a_bed_in_view_is_a_place_in_the_picture_that_holds_who_lies_there() -> None:
    import cv2

    from dolbom.perception.falls import polygon

    home, _ = shipped_home()
    camera = Camera(home, Eye(4.8, 3.35, 306.0))
    figure = somebody("bedroom")
    figure.lie_in_bed()
    done(figure)
    hips = camera.seen(landmarks(figure.points)[23:25])[1].mean(0) / (camera.width, camera.height)
    place = polygon(resting_place(camera, home.place("bed")))
    assert cv2.pointPolygonTest(place, (float(hips[0]), float(hips[1])), False) > 0


@pytest.mark.parametrize(("known", "told"), [(True, ["Identified"]), (False, ["UnknownVisitor"])])
def test_a_known_face_is_told_from_a_stranger_s(known: bool, told: list[str]) -> None:
    home, _ = shipped_home()
    faces = FaceEyes(Camera(home, Eye(2.15, 1.75, 180.0)), 0)
    templates = {"somebody": faces.face_of(0)}
    faces.enrol(templates if known else {"another": faces.face_of(1)})
    people = {"somebody": somebody("sofa", posture="sitting")}
    found = []
    for moment in range(200):
        _, _, events = faces.look(moment * 0.25, people, templates, {"somebody": "b1"}, 1.5)
        found += [type(event).__name__ for event in events]
    assert found == told
