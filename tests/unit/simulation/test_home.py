"""The simulated flat: it fits together, and one can walk from everywhere to everywhere."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import yaml

from dolbom.errors import UserError
from dolbom.simulation.home import DESCRIPTION, Home, read_home
from dolbom.simulation.ways import BODY, Ways
from dolbom.simulation.world import world


@pytest.fixture(scope="module")
def home() -> Home:
    return read_home()


@pytest.fixture(scope="module")
def ways(home: Home) -> Ways:
    return Ways(home)


def test_every_place_is_reached_from_every_other_without_walking_through_anything(home: Home, ways: Ways) -> None:
    for begin, end in itertools.pairwise([*home.places, *reversed(list(home.places))]):
        a, b = home.place(begin).at, home.place(end).at
        points = np.array(ways.way(a, b))
        assert np.allclose(points[0], a) and np.allclose(points[-1], b)
        for one, other in itertools.pairwise(points):
            for share in np.linspace(0, 1, 30):
                at = one + share * (other - one)
                near_an_end = min(np.linalg.norm(at - points[0]), np.linalg.norm(at - points[-1])) < 0.4
                room = ways.room_beside((float(at[0]), float(at[1])))
                assert room > (0.0 if near_an_end else BODY - 0.03), f"{begin} → {end} at {at}"


def test_a_wall_makes_a_way_longer_and_a_closed_door_ends_it(home: Home, ways: Ways) -> None:
    bed, tv = home.place("wardrobe").at, home.place("tv").at
    way = np.array(ways.way(tv, bed))
    length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
    assert length > 1.5 * np.hypot(bed[0] - tv[0], bed[1] - tv[1])
    shut = Ways(home, [(4.3, 2.85, 5.25, 3.05)])
    with pytest.raises(UserError, match="nobody can walk"):
        shut.way(tv, bed)


def test_the_rooms_have_the_size_of_a_korean_one_bedroom_flat(home: Home) -> None:
    area = home.outline[0] * home.outline[1]
    assert 35 <= area <= 50
    assert {home.room_at(home.place(name).at) for name in ("sofa", "stove", "bed", "toilet", "door")} == {
        "living", "kitchen", "bedroom", "bathroom", "hall",
    }  # fmt: skip
    assert all(0.40 <= place.seat <= 0.48 for place in home.places.values() if place.seat is not None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["walls"][0].update(to=[7.5, 1.0]), "neither along x nor along y"),
        (lambda d: d["switches"][0].update(of="sun"), "is of sun, which is not there"),
        (lambda d: d["furniture"][1].update(name="sofa_base"), "two things are called sofa_base"),
        (lambda d: d["places"]["sofa"].update(colour="red"), "places.sofa.colour"),
    ],
)
def test_what_does_not_fit_together_is_named(tmp_path: Path, change, said: str) -> None:
    description = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
    change(description)
    file = tmp_path / "home.yaml"
    file.write_text(yaml.safe_dump(description), encoding="utf-8")
    with pytest.raises(UserError, match=said):
        read_home(file)


def test_the_world_fetches_nothing_and_casts_no_shadows(home: Home) -> None:
    text = world(home, 1 / 240)
    assert "://" not in text
    assert "<shadows>false</shadows>" in text
    assert "<cast_shadows>1" not in text
    assert text.count("<visual") < 130


def test_a_place_or_an_appliance_that_is_not_there_is_named_with_those_that_are(home: Home) -> None:
    with pytest.raises(UserError, match=r"no place 'roof'.*bathroom"):
        home.place("roof")
    with pytest.raises(UserError, match=r"no appliance 'sauna'.*stove"):
        home.appliance("sauna")
