"""Gazebo 11 with the robot's real processes and a district of its own: a backend of scenarios.

The flat and its people run in Gazebo, its pictures go on to the graph, `dolbom up` sees them with the real networks,
and a district on this machine receives what it tells. Words come as text to the ears. It goes at the pace of real time
at the most, for that is the robot's own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import cv2
import httpx
import numpy as np
from dolbom_msgs.msg import Button, FallState, Suspicion, Utterance
from dolbom_msgs.msg import CareEvent as CareEventMsg
from hri_msgs.msg import IdsList, LiveSpeech
from sqlalchemy import select
from std_msgs.msg import Header

from dolbom.bench.rig import DistrictProcess, environment
from dolbom.dialog.engine import syllables
from dolbom.dialog.understanding import calls_for_help
from dolbom.district.models import Event
from dolbom.errors import UserError
from dolbom.events import CareEvent, Severity
from dolbom.perception.faces import MODEL
from dolbom.perception.pictures import face_reader
from dolbom.runtime import parameters as parameter_files
from dolbom.runtime.declarations import RosValue
from dolbom.runtime.nodes import NODES
from dolbom.runtime.parent import following
from dolbom.simulation.day.eyes import Camera, Eye, resting_place
from dolbom.simulation.day.home import HomeStore
from dolbom.simulation.look import Look
from dolbom.simulation.person import Manner, Person
from dolbom.simulation.scenario.language import BODILY, NEEDS, Scenario, Step
from dolbom.simulation.scenario.moving import move
from dolbom.simulation.scenario.playing import starts
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.record import Record
from dolbom.simulation.simulation import Cast, Seen, Simulation
from dolbom.store.people import Consent, People, Purpose, View
from dolbom_nodes import qos, stamps
from dolbom_nodes.simulation_home import on_the_graph

LACKS = {need: NEEDS[need] for need in ("activity", "wandering", "hazard", "drives")}
WANTED = "camera,body,fall,face,safety,bridge,voice,companion,routines"
"""Nodes that are started: none that needs a sound card or serves pages."""
READY_S = 120.0
BOOT_S = 30.0
"""Simulated seconds before the scenario's beginning, in which the robot starts; the calendar is set so."""
DESK_EVERY_S = 0.5
SPEECH = 5.0
END_OF_TURN_S = 1.0
VOICE = "mic"
ROBOT_PACE = 6.0
LOCALES = {"ko": "ko_KR", "en": "en_US"}
FALLS = {
    FallState.SUSPECTED: "suspected",
    FallState.DOWN: "down",
    FallState.LONG_LIE: "long_lie",
    FallState.RECOVERED: "recovered",
    FallState.CLEARED: "cleared",
}
FACE_AT_M = 0.75
"""How far before the camera a face is when it is learnt."""


class GazeboBackend:
    """See `dolbom.simulation.scenario.backend.Backend`.

    Args:
        loaded: what is played.
        record: told what happens.
        film: write what the robot's camera shows there, from the beginning of the scenario on.
        domain: the ROS domain; without it that of the environment, or one of its own.
    """

    name = "gazebo11"
    lacks = LACKS

    def __init__(self, loaded: Loaded, record: Record, film: Path | None = None, domain: int | None = None) -> None:
        self._loaded, self._record, self._film = loaded, record, film
        named = os.environ.get("ROS_DOMAIN_ID")
        self._domain = domain if domain is not None else int(named) if named else 44 + os.getpid() % 50
        self._stack = ExitStack()
        self._doing: dict[int, float] = {}
        self._bodily: dict[str, int] = {}
        self._answering: dict[int, Step] = {}
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._told: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._zero, self._begun = 0.0, False
        self._known: set[UUID] = set()
        self._desk_at = 0.0
        self._real = time.monotonic()
        self._pids: dict[str, int] = {}
        self._ready: set[str] = set()
        self._words: list[str] = []
        self._asked_until = -1.0
        self._covered = False
        self._shown: np.ndarray | None = None

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.simulation.time - self._zero

    # --- beginning and end --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Starts Gazebo, the district and the robot, and waits until the robot is ready."""
        scenario = self._loaded.scenario
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dolbom-scenario-")))
            home = folder / "home"
            home.mkdir(mode=0o700)
            stack.enter_context(_environment(DOLBOM_HOME=str(home), ROS_DOMAIN_ID=str(self._domain)))
            self.simulation = self._simulation(folder / "gazebo", scenario)
            stack.enter_context(self.simulation)
            self._film_it(stack)
            self._store = HomeStore(scenario, starts(scenario), home)
            stack.callback(self._store.close)
            self._learn_faces(scenario)
            self._put_people(scenario)
            self.district = DistrictProcess(folder / "district", arguments=("--silence", "3600"))
            self.district.start()
            stack.callback(lambda: self.district.kill())
            self.district.enrol("robot", "home", home / "identity")
            self._token = self.district.token()
            self.adapter = stack.enter_context(on_the_graph(self.simulation, self._domain))
            self._listen()
            self._start_robot(scenario, folder, stack)
            self._boot(scenario)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _simulation(self, folder: Path, scenario: Scenario) -> Simulation:
        seed, cast = self._loaded.seed, {}
        for number, (who, member) in enumerate(scenario.cast.items()):
            own = member.seed if member.seed is not None else seed * 31 + number
            manner = Manner.of(own, member.old)
            if member.speed is not None:
                manner = replace(manner, speed=member.speed)
            cast[who] = Cast(Look.of(own, member.old), "outside", own, manner)
        probe = Simulation(folder)
        at = scenario.robot.at
        place = probe.home.robot.get(at) or probe.home.place(at) if isinstance(at, str) else None  # type: ignore[call-overload]
        x, y = place.at if place is not None else at
        heading = scenario.robot.heading if scenario.robot.heading is not None else place.heading if place else 0.0
        self.eye = Eye(float(x), float(y), float(heading))
        return Simulation(folder, cast, probe.home, probe.robot, (self.eye.x, self.eye.y, np.radians(heading)))

    def _film_it(self, stack: ExitStack) -> None:
        forward = self.simulation.on_image
        forward.append(self._see)
        self._record.picture = self._picture
        if self._film is None:
            return
        camera = self.simulation.robot.camera
        codec = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(self._film), codec, camera.rate, (camera.width, camera.height))
        if not writer.isOpened():
            raise UserError(f"{self._film} cannot be written", "name a file that ends in .mp4, in a folder of yours")
        stack.callback(writer.release)
        forward.append(lambda seen: writer.write(seen.image[..., ::-1]) if self._begun else None)

    def _see(self, seen: Seen) -> None:
        self._shown = seen.image

    def _picture(self) -> bytes:
        if self._shown is None:
            return b""
        made, data = cv2.imencode(".jpg", self._shown[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
        return io.BytesIO(data.tobytes()).getvalue() if made else b""

    def _learn_faces(self, scenario: Scenario) -> None:
        """Shows each known face to the networks, as it is when it is learnt, and keeps its templates."""
        known = {who: member for who, member in scenario.cast.items() if member.known}
        reader, simulation = face_reader(), self.simulation
        ahead = np.array([np.cos(np.radians(self.eye.heading)), np.sin(np.radians(self.eye.heading))])
        at = np.array([self.eye.x, self.eye.y]) + (FACE_AT_M + 0.1) * ahead
        people = People(self._store.store, self._store.key_file)
        now = starts(scenario) - timedelta(days=1)
        simulation.turn_head(0.0, -0.45)
        for who, member in known.items():
            person = simulation.people[who]
            views = []
            for turn in (0.0, 25.0, -25.0, 0.0):
                person.at, person.heading, person.posture = at.copy(), self.eye.heading + 180.0 + turn, "standing"
                person.pose = person._stand()
                for _ in range(12):
                    seen = simulation.step()
                image = np.ascontiguousarray(seen.image[..., ::-1])
                for face in reader.find(image)[:1]:
                    look = reader.look(image, face)
                    if not look.quality.flaws:
                        views.append(
                            View("front" if turn == 0 else "left" if turn > 0 else "right", look.template, MODEL)
                        )
            person.stop()
            self._hide(person)
            if views:
                people.enrol(member.name, views, Consent(Purpose.FACE, "home", now), now, who)
            else:
                self._record.add(0.0, "note", "face", f"the face of {member.name} could not be learnt")
        simulation.turn_head(0.0, simulation.robot.head.start_tilt)

    def _hide(self, person: Person) -> None:
        place = self.simulation.home.place("outside")
        person.at, person.heading, person.posture = np.array(place.at, float), place.heading, "away"
        person.pose = person._stand()

    def _put_people(self, scenario: Scenario) -> None:
        """Everybody is where they are at the beginning."""
        for who, member in scenario.cast.items():
            old = self.simulation.people[who]
            seed = member.seed if member.seed is not None else self._loaded.seed * 31 + list(scenario.cast).index(who)
            person = Person(who, old.body, old.home, old.ways, seed, old.manner, member.at)
            if member.at != "outside" and member.posture != "standing":
                {"sitting": person.sit, "in_bed": person.lie_in_bed, "on_floor": person.lie_on_floor}[member.posture]()
                while person.busy:
                    person.advance(10.0)
            self.simulation.people[who] = person

    def _start_robot(self, scenario: Scenario, folder: Path, stack: ExitStack) -> None:
        values: dict[str, dict[str, RosValue]] = {
            node.name: {"lang": scenario.lang, "use_sim_time": True, "time_zone": scenario.zone} for node in NODES
        }
        values = {name: {k: v for k, v in own.items() if k in _known(name)} for name, own in values.items()}
        values["camera"]["source"] = "topic:/camera/image_raw"
        camera = Camera(self.simulation.home, self.eye)
        rests = [resting_place(camera, self.simulation.home.place(name)) for name in scenario.robot.rests]
        if rests:
            values["fall"]["resting_places"] = rests
        file = folder / "parameters.yaml"
        parameter_files.write({name: own for name, own in values.items() if name in WANTED.split(",")}, file)
        command = [sys.executable, "-m", "dolbom", "up", "--json", "--parameters", str(file), "--only", WANTED]
        zero = starts(scenario) - timedelta(seconds=self.simulation.time + BOOT_S)
        told = environment() | {stamps.CIVIL_ZERO: zero.isoformat()}
        log = stack.enter_context((folder / "robot.log").open("wb"))
        robot = subprocess.Popen(
            following(command), env=told, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )

        def stop() -> None:
            robot.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                robot.wait(15)
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(robot.pid, signal.SIGKILL)
            robot.wait(5)

        stack.callback(stop)
        self._robot = robot
        threading.Thread(target=self._read_robot, name="robot", daemon=True).start()

    def _read_robot(self) -> None:
        assert self._robot.stdout is not None
        for line in self._robot.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                self._words.append(line.strip())
                continue
            if event.get("event") == "started":
                self._pids[event["process"]] = event["pid"]
            elif event.get("event") == "ready":
                self._ready.add(event["process"])
            elif event.get("event") in ("died", "failed"):
                self._words.append(str(event.get("last_words") or event.get("message")))

    def _boot(self, scenario: Scenario) -> None:
        """Lets the robot come up before the scenario begins."""
        processes = {node.process for node in NODES if node.name in WANTED.split(",")}
        begins, deadline = self.simulation.time + BOOT_S, time.monotonic() + READY_S
        self._real = time.monotonic() - self.simulation.time
        while not processes <= self._ready or self.simulation.time < begins:
            if self._robot.poll() is not None or time.monotonic() > deadline:
                lacking = ", ".join(sorted(processes - self._ready)) or "the robot"
                raise UserError(f"{lacking} did not start: {' '.join(self._words[-2:])[:300]}", "dolbom doctor")
            self._step()
        if scenario.network == "down":
            self.district.kill()
        self.simulation.set_hour(scenario.light)
        self._zero, self._begun = self.simulation.time, True

    def _listen(self) -> None:
        node, humans = self.adapter, "/humans"
        put = self._told.put
        node.create_subscription(FallState, "care/fall", lambda m: put(lambda: self._fall(m)), qos.EVENT)
        node.create_subscription(CareEventMsg, "care/event", lambda m: put(lambda: self._event(m)), qos.EVENT)
        node.create_subscription(Utterance, "care/said", lambda m: put(lambda: self._said(m)), qos.STREAM)
        self._tracked = node.create_publisher(IdsList, f"{humans}/voices/tracked", qos.STREAM)
        self._speech = node.create_publisher(LiveSpeech, f"{humans}/voices/{VOICE}/speech", qos.STREAM)
        self._suspicion = node.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        self._button = node.create_publisher(Button, "button", qos.EVENT)

    # --- what happens on the graph ------------------------------------------------------------------------------

    def _fall(self, message: FallState) -> None:
        if (word := FALLS.get(message.state)) is not None:
            person = message.person if message.person in self._loaded.scenario.cast else ""
            self._record.add(self.now, "fall", f"fall.{word}", message.evidence, person=person)

    def _event(self, message: CareEventMsg) -> None:
        self._record.told(self.now, CareEvent.from_json(message.json))

    def _said(self, message: Utterance) -> None:
        if message.speaker != "robot":
            return
        self._record.add(self.now, "said", "robot", message.text)
        if message.question:
            self._asked_until = self.now + syllables(message.text) / ROBOT_PACE
            self._answer()

    def _look_at_desk(self) -> None:
        with contextlib.suppress(Exception), contextlib.closing(self.district.database()) as database:
            with database.reading() as session:
                rows = [
                    row
                    for row in session.scalars(select(Event).order_by(Event.received_at))
                    if row.id not in self._known
                ]
                found = [(row.id, row.kind) for row in rows]
            for id, kind in found:
                self._known.add(id)
                event = next((e.event for e in self._record.of("event") if e.event and e.event.id == id), None)
                if event is not None:
                    self._record.told(self.now, event, desk=True)
                else:
                    self._record.add(self.now, "note", "desk", f"on the desk: {kind}")

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, until: float) -> None:
        """Lets time pass until then, or until something happened or somebody came to rest."""
        known, busy = len(self._record.entries), self._busy()
        ends = [at for at in self._doing.values() if at > self.now]
        while self.now < until - 1e-6:
            self._step()
            if len(self._record.entries) > known or self._busy() < busy or any(at <= self.now for at in ends):
                return

    def _step(self) -> None:
        self.simulation.step()
        ahead = self.simulation.time - (time.monotonic() - self._real)
        if ahead > 0:
            time.sleep(ahead)
        else:
            self._real += -ahead  # what was lost is not made up for: the robot lives at its own pace
        while not self._told.empty():
            self._told.get()()
        for due, act in [one for one in self._later if one[0] <= self.now]:
            self._later.remove((due, act))
            act()
        if self.now - self._desk_at >= DESK_EVERY_S:
            self._desk_at = self.now
            self._tracked.publish(IdsList(header=Header(stamp=self._stamp()), ids=[VOICE]))
            self._look_at_desk()
        if self._robot.poll() is not None:
            raise UserError(f"the robot ended: {' '.join(self._words[-2:])[:300]}", "dolbom doctor")

    def _busy(self) -> int:
        return sum(person.busy for person in self.simulation.people.values())

    def _stamp(self) -> Any:
        return stamps.to_msg(self.simulation.time)

    # --- steps --------------------------------------------------------------------------------------------------

    def begin(self, index: int, step: Step) -> None:
        """Begins a step."""
        self._doing[index] = self.now
        simulation = self.simulation
        if step.verb in BODILY:
            self._move(index, step)
        elif step.say is not None:
            self._doing[index] = self._hear(step.say.text, step.say.spotted)
        elif step.television is not None:
            self._doing[index] = self._hear(step.television, False)
        elif step.answer is not None:
            self._answering[index] = step
            self._answer()
        elif step.press is not None:
            self._button.publish(Button(person="", pressed=True))
            self._later.append((self.now + step.press.held, lambda: self._button.publish(Button(pressed=False))))
            self._doing[index] = self.now + step.press.held
        elif step.network is not None:
            self.district.start() if step.network == "up" else self.district.kill()
        elif step.kill is not None:
            process = next(one.process for one in NODES if one.name == step.kill)
            os.kill(self._pids[process], signal.SIGKILL)
            self._record.add(self.now, "note", "killed", f"the process {process} is killed and started again")
        elif step.camera is not None:
            self._cover(step.camera == "cover")
        elif step.open is not None or step.close is not None:
            simulation.open_door(step.open or step.close or "", step.open is not None)
        elif step.switch_on is not None or step.switch_off is not None:
            simulation.switch(step.switch_on or step.switch_off or "", step.switch_on is not None)
        elif step.gas is not None:
            simulation.switch("gas_valve", step.gas == "leaks")
        elif step.light is not None:
            simulation.set_hour(step.light)
        elif step.desk is not None:
            self._at_desk(step)

    def ended(self, index: int) -> bool:
        """Whether a step is done."""
        if index in self._answering:
            return False
        for who, current in self._bodily.items():
            if current == index:
                return not self.simulation.people[who].busy
        return self.now >= self._doing[index] - 1e-6

    def close(self, record: Record) -> None:
        """Where everything stands."""
        state = self.simulation.state
        record.robot = (self.eye.x, self.eye.y) if state is None else (float(state.pose[0, 3]), float(state.pose[1, 3]))
        record.places = {name: (place.at[0], place.at[1]) for name, place in self.simulation.home.places.items()}
        for who, person in self.simulation.people.items():
            record.places[who] = (float(person.pose.hips[0]), float(person.pose.hips[1]))
        record.picture = None

    def _move(self, index: int, step: Step) -> None:
        move(self.simulation.people[step.who], step)
        self._bodily[step.who] = index

    def _hear(self, words: str, spotted: bool) -> float:
        """Somebody begins to say something; returns when they have said it."""
        lang, began = self._loaded.scenario.lang, self._stamp()
        ends = self.now + max(0.6, syllables(words) / SPEECH)

        def tell(**more: str) -> None:
            header = Header(stamp=began, frame_id="microphone")
            self._speech.publish(LiveSpeech(header=header, confidence=1.0, locale=LOCALES[lang], **more))

        if spotted or calls_for_help(words, lang):

            def spot() -> None:
                if calls_for_help(words, lang):
                    # As the ears tell it.
                    call = Suspicion(cause="voice", confidence=1.0, ask=True, evidence=words)
                    call.header.stamp = self._stamp()
                    self._suspicion.publish(call)
                tell(incremental=words)

            self._later.append((ends, spot))
        self._later.append((ends + END_OF_TURN_S, lambda: tell(final=words)))
        return ends

    def _answer(self) -> None:
        """Whoever waits to be asked answers, once the question is spoken."""
        if not self._answering or self.now > self._asked_until + 8.0:
            return
        index, step = next(iter(self._answering.items()))
        assert step.answer is not None
        del self._answering[index]
        words, self._doing[index] = step.answer.text, float("inf")

        def speak() -> None:
            self._doing[index] = self._hear(words, False)

        self._later.append((max(self.now, self._asked_until) + step.answer.after, speak))

    def _cover(self, covered: bool) -> None:
        """A cap on the lens: the robot's pictures are black."""
        listeners, tell = self.simulation.on_image, self.adapter._tell_image
        if covered == self._covered:
            return
        self._covered = covered
        if covered:
            listeners.remove(tell)
            self._black = lambda seen: tell(Seen(seen.stamp, np.zeros_like(seen.image)))
            listeners.append(self._black)
        else:
            listeners.remove(self._black)
            listeners.append(tell)

    def _at_desk(self, step: Step) -> None:
        desk = step.desk
        assert desk is not None
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx.Client(base_url=self.district.url, headers=headers, timeout=10, trust_env=False) as http:
            if desk.campaign is not None:
                deadline = starts(self._loaded.scenario) + timedelta(seconds=self.now, minutes=desk.campaign.minutes)
                text = {"what": desk.campaign.text, "instruction": desk.campaign.instruction}
                lang = self._loaded.scenario.lang
                answer = http.post("/api/campaigns", json={"texts": {lang: text}, "deadline": deadline.isoformat()})
            else:
                alarms = [e.event.id for e in self._record.of("desk") if e.event and e.event.severity is Severity.ALARM]
                if not alarms:
                    raise UserError("there is no alarm on the desk", "wait for it with `until: distress.raised`")
                what = "close" if desk.close else "acknowledge"
                asked = {"outcome": "needed_help", "text": desk.note} if desk.close else {"note": desk.note}
                answer = http.post(f"/api/alarms/{alarms[-1]}/{what}", json=asked)
        if answer.status_code >= 400:
            raise UserError(f"the district refused: {answer.text[:200]}", "")


def _known(node: str) -> set[str]:
    return set(parameter_files.known(next(one for one in NODES if one.name == node)))


@contextlib.contextmanager
def _environment(**values: str):  # type: ignore[no-untyped-def]
    """Sets environment variables for the time of a run."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
