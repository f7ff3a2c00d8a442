"""The noise of camera, laser and odometry: what it does to what they measure, and that the seed decides it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

from dolbom.simulation.noise import Floats, Image, Noise, NoisyCamera, NoisyLaser, NoisyOdometry

GREY = np.full((48, 64, 3), 120, np.uint8)


def shown(noise: Noise, images: list[Image], seed: int = 1) -> list[tuple[float, Image]]:
    """What comes of images a tenth of a second apart, with the time at which it was taken."""
    camera = NoisyCamera(noise, seed)
    return [one for i, image in enumerate(images) for one in camera.see(i / 10, image)]


def square(x: int) -> Image:
    """A white square on textured ground, of which the left side is at `x`."""
    image = np.random.default_rng(5).integers(30, 60, (120, 160, 3)).astype(np.uint8)
    image[40:80, x : x + 40] = np.random.default_rng(6).integers(180, 255, (40, 40, 3))
    return image


def test_a_perfect_camera_changes_nothing() -> None:
    (at, image), *rest = shown(Noise(), [GREY, GREY, GREY])
    assert at == 0.0
    assert len(rest) == 2
    np.testing.assert_array_equal(image, GREY)


def test_grain_spreads_the_pixels_by_what_was_asked_for_and_keeps_their_mean() -> None:
    black, grey = np.full((200, 200, 3), 60, np.uint8), np.full((200, 200, 3), 200, np.uint8)
    for flat, factor in ((black, 1 + 60 / 255), (grey, 1 + 200 / 255)):
        ((_, image),) = shown(Noise(grain=10.0), [flat])
        assert float(image.std()) == pytest.approx(10.0 * factor, rel=0.05)
        assert float(image.mean()) == pytest.approx(float(flat.mean()), abs=0.3)


def test_in_the_dark_less_light_is_left() -> None:
    ((_, half),) = shown(Noise(dark=0.5), [GREY])
    ((_, night),) = shown(Noise(dark=0.95), [GREY])
    assert 80 < float(half.mean()) < 95
    assert 20 < float(night.mean()) < 40


def test_what_moves_is_smeared_and_what_stands_still_is_not() -> None:
    still = shown(Noise(blur=1.0), [square(60), square(60)])[-1][1]
    np.testing.assert_array_equal(still, square(60))
    moved = shown(Noise(blur=1.0), [square(60), square(68)])[-1][1]
    changed = np.abs(moved.astype(int) - square(68).astype(int)).mean(axis=2)
    assert changed[40:80, 55:115].mean() > 10
    assert changed[:25].mean() < 3
    assert changed[:, :30].mean() < 3


def test_lost_frames_are_as_many_as_were_asked_for() -> None:
    came = shown(Noise(drop=0.3), [GREY] * 1000)
    assert 640 <= len(came) <= 760


def test_late_frames_keep_their_time_and_their_order() -> None:
    camera = NoisyCamera(Noise(delay=0.5), 3)
    late, last = [], -1.0
    for i in range(300):
        for stamp, _ in camera.see(i / 10, GREY):
            assert stamp > last
            last = stamp
            late.append(i / 10 - stamp)
    assert len(late) >= 294
    assert 0.3 < max(late) <= 0.61
    assert min(late) < 0.3


def test_the_same_seed_gives_the_same_pictures_at_the_same_times_and_another_others() -> None:
    noise = Noise(grain=6.0, blur=0.5, dark=0.3, drop=0.2, delay=0.2)
    images = [square(40 + 3 * i) for i in range(12)]
    first, again, other = (shown(noise, images, seed) for seed in (4, 4, 5))
    assert [at for at, _ in first] == [at for at, _ in again]
    assert all(np.array_equal(one, two) for (_, one), (_, two) in zip(first, again, strict=True))
    assert [at for at, _ in first] != [at for at, _ in other] or not np.array_equal(first[0][1], other[0][1])


def test_a_frame_that_is_lost_does_not_change_when_the_others_come() -> None:
    few = shown(Noise(drop=0.2), [GREY] * 200)
    more = shown(Noise(drop=0.4), [GREY] * 200)
    assert {at for at, _ in more} < {at for at, _ in few}


def test_the_picture_that_was_shown_is_left_as_it_is() -> None:
    image = square(50)
    shown(Noise(grain=10.0, blur=1.0, dark=0.5), [square(40), image])
    np.testing.assert_array_equal(image, square(50))


@pytest.mark.parametrize("wrong", [{"drop": 1.0}, {"dark": 1.0}, {"grain": -1}, {"blur": 2}, {"delay": 9}, {"fog": 1}])
def test_what_no_camera_does_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Noise.model_validate(wrong)


def test_a_laser_spreads_by_what_was_asked_for_and_meets_nothing_where_nothing_is() -> None:
    clean = np.concatenate([np.full(5000, 2.0), np.full(100, np.inf), np.full(100, 0.16)]).astype(np.float32)
    np.testing.assert_array_equal(NoisyLaser(Noise(), 1).measure(clean, 0.15), clean)
    noisy = NoisyLaser(Noise(laser=0.03), 1).measure(clean, 0.15)
    assert noisy.dtype == clean.dtype
    assert float(noisy[:5000].std()) == pytest.approx(0.03, rel=0.05)
    assert float(noisy[:5000].mean()) == pytest.approx(2.0, abs=0.002)
    assert np.isinf(noisy[5000:5100]).all()
    assert float(noisy[5100:].min()) >= 0.15 - 1e-6
    np.testing.assert_array_equal(noisy, NoisyLaser(Noise(laser=0.03), 1).measure(clean, 0.15))
    assert (noisy != NoisyLaser(Noise(laser=0.03), 2).measure(clean, 0.15)).any()


def _at(x: float, y: float, turn: float) -> Floats:
    pose = np.eye(4)
    pose[:2, :2] = [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    pose[:3, 3] = x, y, 0.0
    return pose


def test_odometry_mistakes_the_way_the_more_the_farther_it_goes_and_the_same_way_with_a_seed() -> None:
    def driven(noise: Noise, seed: int, steps: int) -> list[Floats]:
        odometry = NoisyOdometry(noise, seed)
        return [odometry.follow(_at(1.0 + 4.0 * i / steps, 2.0, 0.0)) for i in range(steps + 1)]

    true = driven(Noise(), 3, 40)
    np.testing.assert_array_equal(true[-1], _at(5.0, 2.0, 0.0))
    poor = driven(Noise(slip=0.05), 3, 40)
    np.testing.assert_array_equal(poor[0], _at(1.0, 2.0, 0.0))
    off = [abs(one[0, 3] - other[0, 3]) for one, other in zip(poor, true, strict=True)]
    assert 0 < off[20] < off[40]
    assert off[40] == pytest.approx(2 * off[20])
    np.testing.assert_allclose(poor[-1], driven(Noise(slip=0.05), 3, 80)[-1])
    assert off[40] != abs(driven(Noise(slip=0.05), 4, 40)[-1][0, 3] - 5.0)


def test_odometry_mistakes_turning_too() -> None:
    odometry = NoisyOdometry(Noise(slip=0.1), 5)
    for i in range(11):
        told = odometry.follow(_at(1.0, 1.0, math.pi / 2 * i / 10))
    turned = math.atan2(told[1, 0], told[0, 0])
    assert turned != pytest.approx(math.pi / 2, abs=1e-3)
    np.testing.assert_allclose(told[:3, 3], [1.0, 1.0, 0.0], atol=1e-9)
