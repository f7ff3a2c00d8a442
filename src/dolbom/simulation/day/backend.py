"""The core alone as a backend of scenarios: no simulator, no processes, no picture and no sound."""

from __future__ import annotations

import math
from contextlib import ExitStack
from functools import lru_cache
from types import TracebackType
from typing import Self

from dolbom.dialog.intents import Understanding
from dolbom.drives.observations import Decision
from dolbom.errors import UserError
from dolbom.simulation.day.eyes import Camera, Eye, resting_place, way_out
from dolbom.simulation.day.figure import Figure, Manner
from dolbom.simulation.day.home import HomeStore
from dolbom.simulation.day.robot import CoreRobot
from dolbom.simulation.day.wheels import Wheels, driven
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.scenario.language import BODILY, NEEDS, Scenario, Step
from dolbom.simulation.scenario.moving import move
from dolbom.simulation.scenario.playing import starts
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.record import Record
from dolbom.simulation.ways import Ways

LACKS = {need: NEEDS[need] for need in ("hazard", "picture")}
"""What the core alone cannot do."""
FRONT_DOOR = "front_door"
"""The door through which people come and go."""


@lru_cache(maxsize=1)
def shipped_home() -> tuple[Home, Ways]:
    """The home and its ways, read once in a process."""
    home = read_home()
    return home, Ways(home)


@lru_cache(maxsize=4)
def understanding(lang: str, morphemes: bool) -> Understanding:
    """Understands what is said; loaded once in a process."""
    made = Understanding() if morphemes else Understanding(morphemes=None)
    made.warm(lang)
    return made


class CoreBackend:
    """See `simulation.scenario.backend.Backend`.

    Args:
        loaded: what is played.
        record: told what happens.
        morphemes: understand Korean with the morpheme model, as the robot does three seconds after its start.
    """

    name = "core"
    lacks = LACKS

    def __init__(self, loaded: Loaded, record: Record, morphemes: bool = False) -> None:
        self._loaded, self._record, self._morphemes = loaded, record, morphemes
        self._stack = ExitStack()
        self._doing: dict[int, float] = {}
        self._bodily: dict[str, int] = {}
        self._answering: dict[int, Step] = {}

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.robot.now

    def __enter__(self) -> Self:
        """Makes the home, its people and the robot."""
        scenario, seed = self._loaded.scenario, self._loaded.seed
        self.home, ways = shipped_home()
        self.people: dict[str, Figure] = {}
        for number, (who, member) in enumerate(scenario.cast.items()):
            own = member.seed if member.seed is not None else seed * 31 + number
            manner = Manner.of(own, member.old, member.speed)
            self.people[who] = Figure(member.name, self.home, ways, manner, member.at, member.posture)
        self._open = {door.name for door in self.home.doors if not door.shut}
        self.eye = _eye(scenario, self.home)
        self.camera = Camera(self.home, self.eye, self._shut())
        start = starts(scenario)
        with ExitStack() as stack:
            store = HomeStore(scenario, start)
            stack.callback(store.close)
            self.robot = CoreRobot(
                store,
                self.camera,
                self.people,
                frozenset(who for who, member in scenario.cast.items() if not member.known),
                self._record,
                start,
                scenario.lang,
                understanding(scenario.lang, self._morphemes),
                seed,
                scenario.tz,
                scenario.network == "up",
                [resting_place(self.camera, self.home.place(name)) for name in scenario.robot.rests],
                [way_out(self.camera, self.home.door(name)) for name in scenario.robot.exits],
                scenario.robot.activity,
            )
            self._stack = stack.pop_all()
        self.robot.wheels = self._wheels()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def begin(self, index: int, step: Step) -> None:
        """Begins a step."""
        self._doing[index] = self.now
        if step.verb in BODILY:
            self._move(index, step)
        elif step.say is not None:
            self._doing[index] = self.robot.hear(step.say.text, None, step.say.spotted)
        elif step.television is not None:
            self._doing[index] = self.robot.hear(step.television)
        elif step.answer is not None:
            self._answering[index] = step
        elif step.press is not None:
            self.robot.press(step.press.held)
            self._doing[index] = self.now + step.press.held
        elif step.network is not None:
            self.robot.network(step.network == "up")
        elif step.kill is not None:
            process = self.robot.kill(step.kill)
            self._record.add(self.now, "note", "killed", f"the process {process} is killed and started again")
        elif step.camera is not None:
            self.robot.cover(step.camera == "cover")
        elif step.open is not None or step.close is not None:
            (self._open.discard if step.close else self._open.add)(step.open or step.close or "")
            self.camera.shut(self._shut())
            if self.robot.wheels is not None:
                self.robot.wheels.shut(self._shut())
            if step.open is not None:
                self._sensed(step.open)
        elif step.switch_on is not None or step.switch_off is not None:
            self._sensed(step.switch_on or step.switch_off or "")
        elif step.desk is not None:
            self._at_desk(step)
        elif step.drive is not None and self.robot.wheels is not None:
            self.robot.wheels.ordered(self.now, step.drive)

    def ended(self, index: int) -> bool:
        """Whether a step is done."""
        if index in self._answering:
            return False
        for who, current in self._bodily.items():
            if current == index:
                return not self.people[who].busy
        return self.now >= self._doing[index] - 1e-6

    def advance(self, until: float) -> None:
        """Lets time pass until then, or until something was written into the record or somebody came to rest."""
        known, busy = len(self._record.entries), self._busy()
        while self.now < until - 1e-9:
            before = self.now
            # A step's end may be nearer than whatever the robot waits for.
            ends = [at for at in self._doing.values() if at > before + 1e-6]
            self.robot.step(min([until, *ends]))
            for figure in self.people.values():
                at_home = figure.room != ""
                figure.advance(self.now - before)
                if at_home and not figure.room:
                    self._sensed(FRONT_DOOR)
            self._answer()
            if len(self._record.entries) > known or self._busy() < busy or any(at <= self.now for at in ends):
                return

    def close(self, record: Record) -> None:
        """Where everything stands."""
        record.robot = (self.eye.x, self.eye.y)
        if (wheels := self.robot.wheels) is not None:
            record.robot = (wheels.x, wheels.y)
            record.nearest, record.touched = dict(wheels.counted.nearest), wheels.counted.touched
        record.places = {name: (place.at[0], place.at[1]) for name, place in self.home.places.items()}
        record.places |= {name: (place.at[0], place.at[1]) for name, place in self.home.robot.items()}
        for who, figure in self.people.items():
            x, y = figure.points[:, :2].mean(0)
            record.places[who] = (float(x), float(y))

    # --- what people do -----------------------------------------------------------------------------------------

    def _move(self, index: int, step: Step) -> None:
        move(self.people[step.who], step)
        if step.enter is not None:
            self._sensed(FRONT_DOOR)
        self._bodily[step.who] = index

    def _sensed(self, name: str) -> None:
        """A door or an appliance is used: the robot learns of it where there is a sensor."""
        if name in self._loaded.scenario.sensors:
            door = any(one.name == name for one in self.home.doors)
            self.robot.sensed("door" if door else "appliance", name)

    def _answer(self) -> None:
        """Whoever waits to be asked answers."""
        if not self._answering or not self.robot.listens:
            return
        index, step = next(iter(self._answering.items()))
        assert step.answer is not None
        del self._answering[index]
        words, begins = step.answer.text, self.now + step.answer.after
        self._doing[index] = float("inf")

        def speak() -> None:
            self._doing[index] = self.robot.hear(words)

        self.robot.later(begins, speak)

    def _at_desk(self, step: Step) -> None:
        desk = step.desk
        assert desk is not None
        if desk.campaign is not None:
            self.robot.campaign(desk.campaign.text, desk.campaign.instruction, desk.campaign.minutes)
        elif not self.robot.acknowledge(desk.close, desk.note):
            raise UserError("there is no alarm on the desk to take on", "wait for it with `until: distress.raised`")

    def _busy(self) -> int:
        return sum(figure.busy for figure in self.people.values())

    def _wheels(self) -> Wheels | None:
        if not self._loaded.scenario.robot.drives:
            return None

        def looked(x: float, y: float, heading: float, turning: float) -> None:
            self.camera.move(Eye(x, y, math.degrees(heading)), turning)

        written = driven(self._record, lambda: self.now)

        def told(decision: Decision) -> None:
            written(decision)
            self.robot.drove(decision)

        at = (self.eye.x, self.eye.y, math.radians(self.eye.heading))
        wheels = Wheels(self.home, at, self.people, self._loaded.seed, told, looked)
        wheels.shut(self._shut())
        return wheels

    def _shut(self) -> list[str]:
        return [door.name for door in self.home.doors if door.name not in self._open]


def _eye(scenario: Scenario, home: Home) -> Eye:
    at, heading = scenario.robot.at, scenario.robot.heading
    if not isinstance(at, str):
        return Eye(at[0], at[1], heading or 0.0)
    place = home.robot["dock"] if at == "dock" else home.robot["look"] if at == "look" else home.place(at)
    return Eye(place.at[0], place.at[1], place.heading if heading is None else heading)
