"""The resident has a face that the robot finds and knows again, and that is not the visitor's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dolbom.perception.faces import FaceReader
from dolbom.perception.identity import IdentityParameters
from dolbom.places import models_folder
from dolbom.simulation.person import Person
from dolbom.simulation.simulation import Simulation

DETECTOR, RECOGNISER = "face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx"
pytestmark = [pytest.mark.gazebo, pytest.mark.slow, pytest.mark.weights(DETECTOR, RECOGNISER), pytest.mark.timeout(300)]


def templates(home: Simulation, person: Person, reader: FaceReader) -> list[np.ndarray]:
    """What the robot sees of somebody's face from 1.1 m, turned a little to either side."""
    found = []
    for turned in (-15, 0, 15):
        person.turn_to(person.heading + turned)
        while person.busy:
            home.step()
        heading = math.radians(person.heading - turned)
        x, y = person.at + 1.1 * np.array([math.cos(heading), math.sin(heading)])
        home.put_robot(float(x), float(y), heading + math.pi)
        home.turn_head(0.0, -0.28)
        home.run(0.5)
        image = np.ascontiguousarray(home.step().image[..., ::-1])
        faces = reader.find(image)
        assert faces, f"no face of {person.name}, turned {turned}"
        look = reader.look(image, max(faces, key=lambda face: face.width))
        assert look.quality.size > 40
        found.append(np.asarray(look.template, float) / np.linalg.norm(look.template))
        person.turn_to(person.heading - turned)
        while person.busy:
            home.step()
    return found


def test_the_resident_is_known_again_and_the_visitor_is_somebody_else(home: Simulation) -> None:
    reader = FaceReader(models_folder() / DETECTOR, models_folder() / RECOGNISER)
    resident, visitor = home.people["resident"], home.people["visitor"]
    known = templates(home, resident, reader)
    resident.sit("sofa")
    visitor.enter("rug")
    while visitor.busy or resident.busy:
        home.step()
    strange = templates(home, visitor, reader)
    match = IdentityParameters().match
    same = [float(a @ b) for i, a in enumerate(known) for b in known[i + 1 :]]
    other = [float(a @ b) for a in known for b in strange]
    assert min(same) > match
    assert max(other) < match
