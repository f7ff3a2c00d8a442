"""Gazebo 11 with the robot's real processes and a district of its own: a backend of scenarios.

The flat and its people run in Gazebo, its pictures go on to the graph, `dolbom up` sees them with the real networks,
and a district on this machine receives what it tells. Words come as text to the ears. It goes at the pace of real time
at the most, for that is the robot's own.
"""

from __future__ import annotations

import contextlib
import io
import os
import queue
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import cv2
import httpx
import numpy as np
import psutil
from dolbom_msgs.msg import BodyArray, Button, FallState, SignOfLife, Suspicion, Utterance
from dolbom_msgs.msg import CareEvent as CareEventMsg
from hri_msgs.msg import IdsList, LiveSpeech
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from std_msgs.msg import Header

from dolbom.bench.rig import DistrictProcess
from dolbom.dialog.engine import syllables
from dolbom.dialog.understanding import calls_for_help
from dolbom.district.models import Event
from dolbom.errors import UserError
from dolbom.events import CareEvent, Severity
from dolbom.runtime.declarations import RosValue
from dolbom.simulation.day.backend import FRONT_DOOR
from dolbom.simulation.day.eyes import Camera, resting_place, way_out
from dolbom.simulation.day.home import HomeStore
from dolbom.simulation.home import read_home
from dolbom.simulation.noise import Noise, NoisyCamera, NoisyLaser, NoisyOdometry
from dolbom.simulation.scenario.backend import started
from dolbom.simulation.scenario.language import BODILY, NEEDS, Say, Scenario, Step
from dolbom.simulation.scenario.moving import move
from dolbom.simulation.scenario.playing import starts
from dolbom.simulation.scenario.reading import Loaded
from dolbom.simulation.scenario.record import Record
from dolbom.simulation.simulation import Seen
from dolbom.store.people import People
from dolbom_nodes import qos, stamps
from dolbom_nodes.scenario_cast import eye_of, hide, learn_faces, put_people, simulation_of
from dolbom_nodes.scenario_drive import DriveWatch
from dolbom_nodes.scenario_drive import parameters as of_the_base
from dolbom_nodes.scenario_robot import RobotProcesses
from dolbom_nodes.scenario_sound import Microphone
from dolbom_nodes.simulation_home import on_the_graph

LACKS = {need: why for need, why in NEEDS.items() if need != "picture"}
READY_S = 120.0
BOOT_S = 10.0
"""Simulated seconds before the scenario's beginning, in which the robot starts; the calendar is set so."""
UP_AGAIN_S = 20.0
SETTLE_S = 6.0
"""The last of them pass when it is ready; until then time goes on so slowly that they are left."""
BOOT_PACE = 0.25
DESK_EVERY_S = 0.5
BUSY = ("locked", "busy", "unable to open")
"""Words of a database that another program writes at this moment, or that is just made: it is read the next time."""
DRAWN_NOBODY = 0.43
"""Cosine below which a face is nobody's here: heads drawn from one mesh resemble each other more than people do."""
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
        self._unread: set[str] = set()
        self._desk_at = 0.0
        self._pace, self._due = 1.0, 0.0
        self._asked_until = -1.0
        self._covered = False
        self._shots = self._looks = 0
        self._shown: np.ndarray | None = None
        self._nodes = started(loaded.scenario)
        self._microphone: Microphone | None = None

    @property
    def now(self) -> float:
        """Seconds since the beginning."""
        return self.simulation.time - self._zero

    # --- beginning and end --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        """Starts Gazebo, the district and the robot, and waits until the robot is ready."""
        loaded, scenario = self._loaded, self._loaded.scenario
        with ExitStack() as stack:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="dolbom-scenario-", ignore_cleanup_errors=True))
            )
            home = folder / "home"
            home.mkdir(mode=0o700)
            stack.enter_context(_environment(DOLBOM_HOME=str(home), ROS_DOMAIN_ID=str(self._domain)))
            self.district = DistrictProcess(folder / "district", arguments=("--silence", "3600"))
            stack.callback(lambda: self.district.kill())
            self.district.launch()
            self.eye = eye_of(loaded, read_home())
            self.simulation = simulation_of(loaded, folder / "gazebo", self.eye)
            stack.enter_context(self.simulation)
            self._first_frame = _since_start()
            self._film_it(stack)
            self._store = HomeStore(scenario, starts(scenario), home)
            stack.callback(self._store.close)
            people = People(self._store.store, self._store.key_file)
            for name in learn_faces(self.simulation, self.eye, loaded, people, starts(scenario)):
                self._record.add(0.0, "note", "face", f"the face of {name} could not be learnt")
            put_people(self.simulation, loaded)
            self.district.wait()
            self.district.enrol("robot", "home", home / "identity")
            self._token = self.district.token()
            self.adapter = stack.enter_context(on_the_graph(self.simulation, self._domain))
            self._listen()
            self._be_noisy(loaded)
            self.adapter.lens = self._through
            if "ears" in self._nodes:
                self._microphone = Microphone(self.adapter, loaded.seed)
            zero = starts(scenario) - timedelta(seconds=self.simulation.time + BOOT_S)
            values = self._parameters(scenario)
            self.robot = RobotProcesses(values, folder, zero, tuple(values))
            stack.callback(self.robot.stop)
            self._boot(scenario)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def again(self, loaded: Loaded, record: Record) -> None:
        """Sets the home back for another run of the same scenario; robot, district and simulator stay as they are."""
        standing = self._alarms()
        # What comes of setting back belongs to neither run.
        self._record = Record()
        self._doing, self._bodily, self._answering, self._later = {}, {}, {}, []
        self._begun, self._asked_until = False, -1.0
        for person in self.simulation.people.values():
            person.stop()
            person.stand_up()
        deadline = self.simulation.time + UP_AGAIN_S
        while self._busy() and self.simulation.time < deadline:
            self._step()
        # Seen upright for a while, a fall is over for the detector; then nobody is there until nobody is followed.
        self._live(3.0)
        self._close(standing)
        for person in self.simulation.people.values():
            hide(self.simulation, person)
        self._live(4.0)
        self._loaded, self._record = loaded, record
        self._record.picture = self._picture
        self._be_noisy(loaded)
        put_people(self.simulation, loaded)
        self.simulation.set_hour(loaded.scenario.light)
        self._live(SETTLE_S)
        self._begin()

    def _live(self, seconds: float) -> None:
        until = self.simulation.time + seconds
        while self.simulation.time < until - 1e-6:
            self._step()

    def _begin(self) -> None:
        """The scenario begins now."""
        self._zero, self._begun, self._began = self.simulation.time, True, time.monotonic()
        self._desk_at, self._shots, self._looks = 0.0, 0, 0

    def _film_it(self, stack: ExitStack) -> None:
        self._record.picture = self._picture
        if self._film is None:
            return
        camera = self.simulation.robot.camera
        codec = cv2.VideoWriter.fourcc(*"mp4v")
        writer = cv2.VideoWriter(str(self._film), codec, camera.rate, (camera.width, camera.height))
        if not writer.isOpened():
            raise UserError(f"{self._film} cannot be written", "name a file that ends in .mp4, in a folder of yours")
        stack.callback(writer.release)
        self.simulation.on_image.append(lambda _seen: self._write(writer))

    def _write(self, writer: cv2.VideoWriter) -> None:
        """One frame of the film: what the robot was shown last."""
        if self._begun and self._shown is not None:
            writer.write(self._shown[..., ::-1])

    def _picture(self) -> bytes:
        if self._shown is None:
            return b""
        made, data = cv2.imencode(".jpg", self._shown[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])
        return io.BytesIO(data.tobytes()).getvalue() if made else b""

    def _be_noisy(self, loaded: Loaded) -> None:
        """The robot's sensors are as poor as the scenario has them, with this seed."""
        noise = loaded.scenario.noise
        self._noisy = NoisyCamera(noise, loaded.seed) if noise is not None else None
        self.adapter.laser = NoisyLaser(noise or Noise(), loaded.seed)
        self.adapter.odometry = NoisyOdometry(noise or Noise(), loaded.seed)

    def _through(self, seen: Seen) -> list[Seen]:
        """What the robot's camera makes of a clean image: nothing of it under a cap, and what noise leaves."""
        image = np.zeros_like(seen.image) if self._covered else seen.image
        if self._noisy is None:
            come = [Seen(seen.stamp, image)]
        else:
            come = [Seen(*one) for one in self._noisy.see(seen.stamp, image)]
        self._shots += len(come)
        if come:
            self._shown = come[-1].image
        return come

    def _parameters(self, scenario: Scenario) -> dict[str, dict[str, RosValue]]:
        """The robot's, node by node."""
        common: dict[str, RosValue] = {"lang": scenario.lang, "use_sim_time": True, "time_zone": scenario.zone}
        values = {name: dict(common) for name in self._nodes}
        values["camera"]["source"] = "topic:/camera/image_raw"
        values["camera"]["horizontal_fov_deg"] = float(np.degrees(self.simulation.robot.camera.fov))
        values["face"]["identity.nobody"] = DRAWN_NOBODY
        if scenario.robot.drives:
            values["drive"] |= of_the_base(self.simulation)
        values["activity"] |= scenario.robot.activity.model_dump(exclude_unset=True)
        camera = Camera(self.simulation.home, self.eye)
        rests = [resting_place(camera, self.simulation.home.place(name)) for name in scenario.robot.rests]
        if rests:
            values["fall"]["resting_places"] = values["activity"]["beds"] = rests
        exits = [way_out(camera, self.simulation.home.door(name)) for name in scenario.robot.exits]
        if any(exits):
            values["activity"]["ways_out"] = [place for place in exits if place]
        return values

    def _boot(self, scenario: Scenario) -> None:
        """Lets the robot come up before the scenario begins."""
        self.simulation.set_hour(scenario.light)
        begins, deadline = self.simulation.time + BOOT_S, time.monotonic() + READY_S
        self._pace = BOOT_PACE
        while not self.robot.ready or (self._microphone is not None and not self._microphone.heard):
            self.robot.check()
            if time.monotonic() > deadline:
                raise UserError(f"{self.robot.starting} did not start: {self.robot.last_words}", "dolbom doctor")
            if self.simulation.time < begins - SETTLE_S:
                self._step()
            else:
                time.sleep(0.05)
        self._pace = 1.0
        while self.simulation.time < begins - 1e-6:
            self._step()
        if scenario.network == "down":
            self.district.kill()
        self._begin()
        self._record.figures |= {"first_frame_s": self._first_frame, "ready_s": _since_start()}

    def _listen(self) -> None:
        node, humans = self.adapter, "/humans"
        put = self._told.put
        self._base = DriveWatch(node, self.simulation, self._record, self._told, lambda: self.now)
        node.create_subscription(FallState, "care/fall", lambda m: put(lambda: self._fall(m)), qos.EVENT)
        node.create_subscription(CareEventMsg, "care/event", lambda m: put(lambda: self._event(m)), qos.EVENT)
        node.create_subscription(BodyArray, "care/bodies", lambda _: put(self._looked), qos.STREAM)
        node.create_subscription(Utterance, "care/said", lambda m: put(lambda: self._said(m)), qos.STREAM)
        self._tracked = node.create_publisher(IdsList, f"{humans}/voices/tracked", qos.STREAM)
        self._speech = node.create_publisher(LiveSpeech, f"{humans}/voices/{VOICE}/speech", qos.STREAM)
        self._suspicion = node.create_publisher(Suspicion, "care/suspicion", qos.EVENT)
        self._button = node.create_publisher(Button, "button", qos.EVENT)
        self._life = node.create_publisher(SignOfLife, "care/sign_of_life", qos.EVENT)

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

    def _looked(self) -> None:
        self._looks += 1

    def _look_at_desk(self) -> None:
        try:
            rows = self._on_desk()
        except FileNotFoundError:
            return  # before the district's first start
        except (UserError, SQLAlchemyError) as error:
            if not any(word in str(error.__cause__ or error) for word in BUSY) and str(error) not in self._unread:
                self._unread.add(str(error))
                self._record.add(self.now, "note", "desk", f"the desk cannot be read: {error}")
            return
        for id, kind in rows:
            if id in self._known:
                continue
            self._known.add(id)
            event = next((e.event for e in self._record.of("event") if e.event and e.event.id == id), None)
            if event is not None:
                self._record.told(self.now, event, desk=True)
            else:
                self._record.add(self.now, "note", "desk", f"on the desk: {kind}")

    def _on_desk(self) -> list[tuple[UUID, str]]:
        """What has come to the district, the oldest first."""
        with contextlib.closing(self.district.database()) as database, database.reading() as session:
            return [(row.id, row.kind) for row in session.scalars(select(Event).order_by(Event.received_at))]

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
        # What was lost is not made up for: the robot lives at its own pace.
        self._due = max(self._due, time.monotonic())
        at_home = [person for person in self.simulation.people.values() if person.room]
        self.simulation.step()
        if any(not person.room for person in at_home):
            self._sensed(FRONT_DOOR)
        self._due += self.simulation.period / self._pace
        time.sleep(max(0.0, self._due - time.monotonic()))
        if self._microphone is not None:
            self._microphone.advance(self.simulation.time)
        while not self._told.empty():
            self._told.get()()
        self._base.look()
        for due, act in [one for one in self._later if one[0] <= self.now]:
            self._later.remove((due, act))
            act()
        if self.now - self._desk_at >= DESK_EVERY_S:
            self._desk_at = self.now
            self._tracked.publish(IdsList(header=Header(stamp=self._stamp()), ids=[VOICE]))
            self._look_at_desk()
        self.robot.check()

    def _sensed(self, name: str) -> None:
        """A door or an appliance is used: the robot learns of it where there is a sensor."""
        if name in self._loaded.scenario.sensors:
            door = any(one.name == name for one in self.simulation.home.doors)
            message = SignOfLife(kind="door" if door else "appliance", place=name)
            message.header.stamp = self._stamp()
            self._life.publish(message)

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
            self._doing[index] = self._speak(step.say)
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
            process = self.robot.kill(step.kill)
            self._record.add(self.now, "note", "killed", f"the process {process} is killed and started again")
        elif step.camera is not None:
            self._covered = step.camera == "cover"
        elif step.open is not None or step.close is not None:
            simulation.open_door(step.open or step.close or "", step.open is not None)
            if step.open is not None:
                self._sensed(step.open)
        elif step.switch_on is not None or step.switch_off is not None:
            simulation.switch(step.switch_on or step.switch_off or "", step.switch_on is not None)
            self._sensed(step.switch_on or step.switch_off or "")
        elif step.gas is not None:
            simulation.switch("gas_valve", step.gas == "leaks")
        elif step.light is not None:
            simulation.set_hour(step.light)
        elif step.desk is not None:
            self._at_desk(step)
        elif step.drive is not None:
            self._base.order(step.drive)

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
        home = self.simulation.home
        record.places = {name: (place.at[0], place.at[1]) for name, place in home.places.items()}
        record.places |= {name: (place.at[0], place.at[1]) for name, place in home.robot.items()}
        for who, person in self.simulation.people.items():
            record.places[who] = (float(person.pose.hips[0]), float(person.pose.hips[1]))
        record.picture = None
        lived, took = max(self.now, 1e-3), max(time.monotonic() - self._began, 1e-3)
        record.figures |= {
            "real_time_factor": round(lived / took, 3),
            "camera_hz": round(self._shots / lived, 2),
            "looked_at_hz": round(self._looks / lived, 2),
        }

    def _move(self, index: int, step: Step) -> None:
        move(self.simulation.people[step.who], step)
        if step.enter is not None:
            self._sensed(FRONT_DOOR)
        self._bodily[step.who] = index

    def _speak(self, say: Say) -> float:
        """Somebody begins to say something, as text or as sound; returns when they have said it."""
        if self._microphone is None or say.as_ == "text":
            return self._hear(say.text, say.spotted)
        return self.now + self._microphone.say(say.text, self._loaded.scenario.lang)

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

    @contextlib.contextmanager
    def _desk(self) -> Iterator[httpx.Client]:
        """What somebody at the district's desk asks with.

        Raises:
            UserError: if the district is not in reach.
        """
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with httpx.Client(base_url=self.district.url, headers=headers, timeout=10, trust_env=False) as http:
                yield http
        except httpx.HTTPError as error:
            raise UserError(f"the desk cannot be reached: {error}", "is the network up by then?") from None

    def _alarms(self) -> list[UUID]:
        """Alarms of this run that stand on the desk, or stood."""
        return [e.event.id for e in self._record.of("desk") if e.event and e.event.severity is Severity.ALARM]

    def _close(self, alarms: list[UUID]) -> None:
        """Whoever sits at the desk takes these on, unless somebody did, and closes them."""
        asked = {"outcome": "test", "text": ""}
        with self._desk() as http:
            for alarm in alarms:
                http.post(f"/api/alarms/{alarm}/acknowledge", json={"note": ""})
                answer = http.post(f"/api/alarms/{alarm}/close", json=asked)
                if answer.status_code >= 400 and answer.status_code != 409:  # 409: it is closed already
                    raise UserError(f"the district refused to close an alarm: {answer.text[:200]}", "")

    def _at_desk(self, step: Step) -> None:
        desk = step.desk
        assert desk is not None
        with self._desk() as http:
            if desk.campaign is not None:
                deadline = starts(self._loaded.scenario) + timedelta(seconds=self.now, minutes=desk.campaign.minutes)
                text = {"what": desk.campaign.text, "instruction": desk.campaign.instruction}
                lang = self._loaded.scenario.lang
                answer = http.post("/api/campaigns", json={"texts": {lang: text}, "deadline": deadline.isoformat()})
            else:
                alarms = self._alarms()
                if not alarms:
                    raise UserError("there is no alarm on the desk", "wait for it with `until: distress.raised`")
                what = "close" if desk.close else "acknowledge"
                asked = {"outcome": "needed_help", "text": desk.note} if desk.close else {"note": desk.note}
                answer = http.post(f"/api/alarms/{alarms[-1]}/{what}", json=asked)
        if answer.status_code >= 400:
            raise UserError(f"the district refused: {answer.text[:200]}", "")


def _since_start() -> float:
    """Seconds since this program was started."""
    return round(time.time() - psutil.Process().create_time(), 2)


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
