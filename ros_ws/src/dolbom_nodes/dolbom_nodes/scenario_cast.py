"""The people of a scenario in the simulator: made, their faces learnt by the robot, put where they are at first."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from dolbom.perception.faces import MODEL
from dolbom.perception.pictures import face_reader
from dolbom.simulation.day.eyes import Eye
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.look import Look
from dolbom.simulation.person import Manner, Person
from dolbom.simulation.robot import read_robot
from dolbom.simulation.scenario.language import Member
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.simulation import Cast, Simulation
from dolbom.store.people import Consent, People, Purpose, View

FACE_AT_M = 0.75
"""How far before the camera a face is when it is learnt."""
LOOKS = (0.0, 25.0, -25.0, 0.0)
"""Degrees by which it is turned."""
LOOK_STEPS = 12


def seed_of(loaded: Loaded, who: str) -> int:
    """The seed of somebody's look and manner."""
    member = loaded.scenario.cast[who]
    return member.seed if member.seed is not None else loaded.seed * 31 + list(loaded.scenario.cast).index(who)


def eye_of(loaded: Loaded, home: Home) -> Eye:
    """Where the robot stands and looks."""
    robot = loaded.scenario.robot
    if not isinstance(robot.at, str):
        return Eye(*robot.at, robot.heading or 0.0)
    place = {**home.places, **home.robot}[robot.at]
    return Eye(*place.at, place.heading if robot.heading is None else robot.heading)


def simulation_of(loaded: Loaded, folder: Path, eye: Eye) -> Simulation:
    """The flat with the robot and everybody, not started; all are outside."""
    cast = {}
    for who, member in loaded.scenario.cast.items():
        own = seed_of(loaded, who)
        cast[who] = Cast(Look.of(own, member.old), "outside", own, _manner(own, member))
    return Simulation(folder, cast, read_home(), read_robot(), (eye.x, eye.y, float(np.radians(eye.heading))))


def _manner(seed: int, member: Member) -> Manner:
    manner = Manner.of(seed, member.old)
    return manner if member.speed is None else replace(manner, speed=member.speed)


def learn_faces(simulation: Simulation, eye: Eye, loaded: Loaded, people: People, at: datetime) -> list[str]:
    """Shows each known face to the networks, as it is when it is learnt at home, and keeps its templates.

    Args:
        at: civil time of the beginning; they were learnt the day before.

    Returns:
        Names of those whose face could not be learnt.
    """
    known = {who: member for who, member in loaded.scenario.cast.items() if member.known}
    if not known:
        return []
    reader, failed = face_reader(), []
    ahead = np.array([np.cos(np.radians(eye.heading)), np.sin(np.radians(eye.heading))])
    spot = np.array([eye.x, eye.y]) + (FACE_AT_M + 0.1) * ahead
    learnt = at - timedelta(days=1)
    simulation.turn_head(0.0, -0.45)
    for who, member in known.items():
        person = simulation.people[who]
        views = []
        for turn in LOOKS:
            person.at, person.heading, person.posture = spot.copy(), eye.heading + 180.0 + turn, "standing"
            person.pose = person._stand()
            for _ in range(LOOK_STEPS):
                seen = simulation.step()
            image = np.ascontiguousarray(seen.image[..., ::-1])
            for face in reader.find(image)[:1]:
                look = reader.look(image, face)
                if not look.quality.flaws:
                    views.append(View("front" if turn == 0 else "left" if turn > 0 else "right", look.template, MODEL))
        person.stop()
        hide(simulation, person)
        if views:
            people.enrol(member.name, views, Consent(Purpose.FACE, "home", learnt), learnt, who)
        else:
            failed.append(member.name)
    simulation.turn_head(0.0, simulation.robot.head.start_tilt)
    return failed


def hide(simulation: Simulation, person: Person) -> None:
    """Somebody is not at home, without going there."""
    place = simulation.home.place("outside")
    person.at, person.heading, person.posture = np.array(place.at, float), place.heading, "away"
    person.pose = person._stand()


def put_people(simulation: Simulation, loaded: Loaded) -> None:
    """Everybody is where they are at the beginning."""
    for who, member in loaded.scenario.cast.items():
        old, seed = simulation.people[who], seed_of(loaded, who)
        person = Person(who, old.body, old.home, old.ways, seed, _manner(seed, member), member.at)
        if member.at != "outside" and member.posture != "standing":
            {"sitting": person.sit, "in_bed": person.lie_in_bed, "on_floor": person.lie_on_floor}[member.posture]()
            while person.busy:
                person.advance(10.0)
        simulation.people[who] = person
