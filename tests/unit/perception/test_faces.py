"""Faces are found, looked at closely, judged for quality and followed; with the real networks on drawn faces."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drawn_faces import MOTHER, SON, draw, put
from tests.unit.perception.face_fixtures import AXES, CLEAR, face, look

from dolbom.errors import UserError
from dolbom.perception.faces import Face, FaceReader, FaceTracker, Flaw, View, head_turn
from dolbom.perception.pictures import DETECTOR, RECOGNISER, face_reader, main_face, pictures_in, read_picture

needs_models = pytest.mark.weights(DETECTOR, RECOGNISER)


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return face_reader()


@needs_models
def test_one_persons_looks_resemble_each_other_more_than_anothers(reader: FaceReader) -> None:
    looks = {}
    for name, person in (("mother", MOTHER), ("son", SON)):
        for width in (90, 60, 40):
            image = draw(person, width=width, seed=width)
            (found,) = reader.find(image)
            looks[name, width] = reader.look(image, found)
    for one in looks.values():
        assert np.linalg.norm(one.template) == pytest.approx(1, abs=1e-5) and one.template.shape == (128,)
    same = min(
        float(looks[n, a].template @ looks[n, b].template) for n in ("mother", "son") for a, b in ((90, 60), (60, 40))
    )
    other = max(
        float(looks["mother", a].template @ looks["son", b].template) for a in (90, 60, 40) for b in (90, 60, 40)
    )
    assert same > other + 0.15


@needs_models
def test_several_faces_are_found_where_they_are_the_largest_first(reader: FaceReader) -> None:
    image = draw(MOTHER, size=(640, 480), at=(160, 200), width=110)
    put(image, SON, (450, 260), 70)
    found = reader.find(image)
    assert len(found) == 2 and found[0].width > found[1].width
    for one, (x, y) in zip(found, ((160, 200), (450, 260)), strict=True):
        assert np.linalg.norm(one.box[:2] + one.box[2:] / 2 - (x, y)) < 0.25 * one.width


@needs_models
def test_a_large_picture_and_a_tight_crop_give_places_in_their_own_pixels(reader: FaceReader) -> None:
    large = draw(MOTHER, size=(1600, 1200), at=(1200, 500), width=250)
    (found,) = reader.find(large)
    assert np.linalg.norm(found.box[:2] + found.box[2:] / 2 - (1200, 500)) < 60
    crop = large[
        int(found.box[1]) : int(found.box[1] + found.box[3]), int(found.box[0]) : int(found.box[0] + found.box[2])
    ]
    small = cv2.resize(crop, (60, 75), interpolation=cv2.INTER_AREA)
    (again,) = reader.find(small)
    assert 45 < again.width < 80 and abs(again.box[0]) < 10
    assert float(reader.look(small, again).template @ reader.look(large, found).template) > 0.6


@needs_models
def test_a_face_at_the_pictures_edge_can_be_looked_at(reader: FaceReader) -> None:
    image = draw(MOTHER, at=(280, 60))
    for found in reader.find(image):
        assert np.isfinite(reader.look(image, found).template).all()


@needs_models
def test_an_empty_room_shows_nobody(reader: FaceReader) -> None:
    assert reader.find(np.full((480, 640, 3), 90, np.uint8)) == []


@needs_models
def test_a_look_says_how_well_the_face_was_seen(reader: FaceReader) -> None:
    def quality(**changes: float):
        image = draw(SON, **changes)
        return reader.look(image, reader.find(image)[0]).quality

    good = quality()
    assert good.clear and good.view is View.FRONT
    assert quality(turn=15).view is View.LEFT and quality(turn=-15).view is View.RIGHT
    assert quality(width=24).size < 26 < good.size
    assert quality(light=0.3).brightness < 0.5 * good.brightness


def test_a_missing_or_damaged_model_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no face model at .*weights fetch"):
        FaceReader(tmp_path / "a.onnx", tmp_path / "b.onnx")
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(b"not a network")
    with pytest.raises(UserError, match="cannot be read"):
        FaceReader(tmp_path / "a.onnx", tmp_path / "b.onnx")


@pytest.mark.parametrize(
    ("flaw", "change"),
    [
        (Flaw.SMALL, {"size": 20}),
        (Flaw.DARK, {"brightness": 10}),
        (Flaw.BRIGHT, {"brightness": 250}),
        (Flaw.FLAT, {"contrast": 3}),
        (Flaw.BLURRED, {"sharpness": 0.001}),
        (Flaw.TURNED, {"yaw": -70}),
        (Flaw.TURNED, {"pitch": 50}),
        (Flaw.DOUBTFUL, {"score": 0.6}),
    ],
)
def test_each_flaw_is_named_and_keeps_a_look_from_counting(flaw: Flaw, change: dict) -> None:
    quality = dataclasses.replace(CLEAR, **change)
    assert quality.flaws == (flaw,) and not quality.clear
    assert CLEAR.flaws == () and CLEAR.clear


def test_up_and_down_are_views_too() -> None:
    assert dataclasses.replace(CLEAR, pitch=25).view is View.DOWN
    assert dataclasses.replace(CLEAR, pitch=-25).view is View.UP


@settings(max_examples=60, deadline=None)
@given(yaw=st.floats(-55, 55), roll=st.floats(-40, 40), size=st.floats(20, 300))
def test_the_turn_of_a_head_is_read_from_its_landmarks_however_tilted(yaw: float, roll: float, size: float) -> None:
    # right eye, left eye, nose, right and left corner of the mouth; x to the picture's right, y down, z to the camera
    head = np.array([[-31.5, 0, 0], [31.5, 0, 0], [0, 38, 30], [-24, 70, 0], [24, 70, 0]])
    a, r = np.radians(yaw), np.radians(roll)
    turned = head @ np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]]).T
    seen = turned[:, :2] @ np.array([[np.cos(r), -np.sin(r)], [np.sin(r), np.cos(r)]]).T * size / 63
    found, pitch = head_turn(seen + 100)
    assert found == pytest.approx(yaw, abs=3.0) and abs(pitch) < 5


def test_landmarks_on_one_spot_are_a_head_turned_away() -> None:
    assert head_turn(np.ones((5, 2))) == (90.0, 0.0)


def test_mirroring_twice_and_moving_back_changes_nothing() -> None:
    one = face()
    back = one.mirrored(320).mirrored(320).moved(2, (5, 7)).moved(0.5, (-2.5, -3.5))
    assert back.box == pytest.approx(one.box, abs=1e-3) and back.landmarks == pytest.approx(one.landmarks, abs=1e-3)


def test_ids_stay_with_faces_that_move_and_swap_their_order() -> None:
    tracker = FaceTracker()
    ids, _ = tracker.update(0.0, [face(50), face(400)])
    for i in range(1, 8):
        now, over = tracker.update(i / 4, [face(400 - 8 * i), face(50 + 8 * i)])
        assert now == ids[::-1] and over == []
    assert len(set(ids)) == 2


def test_a_face_gone_for_long_gives_its_id_up_and_a_new_one_gets_another() -> None:
    tracker = FaceTracker(keep=1.0)
    (first,), _ = tracker.update(0.0, [face()])
    assert tracker.update(0.5, []) == ([], [])
    (again,), over = tracker.update(0.9, [face(110)])
    assert again == first and over == []
    (second,), over = tracker.update(3.0, [face()])
    assert over == [first] and second != first


def test_a_face_that_jumps_across_the_room_is_another_ones() -> None:
    tracker = FaceTracker()
    (first,), _ = tracker.update(0.0, [face(50)])
    (second,), _ = tracker.update(0.25, [face(500)])
    assert first != second


def test_another_persons_face_in_the_same_place_is_a_new_id() -> None:
    tracker = FaceTracker()
    (first,), _ = tracker.update(0.0, [face()])
    assert tracker.confirm(first, look(1)) == first
    assert tracker.confirm(first, look(1, number=61)) == first
    (again,), _ = tracker.update(0.25, [face()])
    second = tracker.confirm(again, dataclasses.replace(look(2), template=AXES[2]))
    assert second != first
    assert tracker.update(0.5, [face()])[0] == [second]


def test_ids_of_two_runs_never_meet_and_fit_into_a_topic_name() -> None:
    ids = [FaceTracker().update(0.0, [face()])[0][0] for _ in range(60)]
    assert len(set(ids)) == 60 and all(one.isalnum() and one[0].isalpha() for one in ids)


def test_pictures_are_read_or_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        pictures_in(tmp_path / "none")
    with pytest.raises(UserError, match="no pictures in"):
        pictures_in(tmp_path)
    cv2.imwrite(str(tmp_path / "b1.png"), np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "a1.JPG").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("x")
    assert [file.name for file in pictures_in(tmp_path)] == ["a1.JPG", "b1.png"]
    assert read_picture(tmp_path / "b1.png").shape == (20, 20, 3)
    for broken in (b"no picture", b""):
        (tmp_path / "a1.JPG").write_bytes(broken)
        with pytest.raises(UserError, match=r"a1.JPG is not a picture"):
            read_picture(tmp_path / "a1.JPG")


def test_the_main_face_is_large_and_in_the_middle() -> None:
    image = np.zeros((240, 320, 3), np.uint8)
    middle, corner = face(130, 80, 60), face(0, 0, 70)
    assert main_face([corner, middle], image) is middle
    assert main_face([], image) is None
    assert isinstance(corner, Face)
