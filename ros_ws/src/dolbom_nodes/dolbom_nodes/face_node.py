"""The face node: says whose faces the camera sees, who is here and where, and learns and forgets people."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from datetime import date, datetime
from datetime import time as day_time
from typing import Any

import numpy as np
from dolbom_msgs.action import EnrolFace, Say
from dolbom_msgs.msg import BodyArray
from dolbom_msgs.srv import Forget
from geometry_msgs.msg import PoseWithCovarianceStamped
from hri_msgs.msg import (
    FacialLandmarks,
    IdsList,
    IdsMatch,
    NormalizedPointOfInterest2D,
    NormalizedRegionOfInterest2D,
)
from rclpy.action import ActionClient, ActionServer, CancelResponse
from std_msgs.msg import Bool, Header, String
from tf2_msgs.msg import TFMessage

from dolbom.errors import UserError
from dolbom.events import PersonForgotten, VisitorUnknown
from dolbom.i18n import phrase
from dolbom.perception.enrolment import WANTED, Enrolment, Guidance, SpokenGuidance
from dolbom.perception.face_watch import FaceParameters, Faces, FaceWatcher
from dolbom.perception.faces import MODEL
from dolbom.perception.frame import Frame
from dolbom.perception.identity import Event, Gallery, Identified, UnknownVisitor, Withdrawn, too_like
from dolbom.perception.pictures import face_reader
from dolbom.perception.positions import Locator, Position, mounting
from dolbom.perception.presence import PersonLeft, PersonSeen, Presence, faces_of_bodies
from dolbom.store.people import Consent, People, Purpose, View
from dolbom_nodes import qos, stamps
from dolbom_nodes.care_node import CareNode
from dolbom_nodes.health import WARN
from dolbom_nodes.person_positions import pose_message, transform_message

_BODIES_FRESH_S = 0.5
"""Bodies older than this are not of the same moment as the face."""
# Where the detector's five points stand among the seventy of FacialLandmarks.
_FIVE = (
    FacialLandmarks.RIGHT_PUPIL,
    FacialLandmarks.LEFT_PUPIL,
    FacialLandmarks.NOSE,
    FacialLandmarks.MOUTH_OUTER_RIGHT,
    FacialLandmarks.MOUTH_OUTER_LEFT,
)


class _Learning:
    """One face that is being learnt: frames feed it, a timer tells what it wants next."""

    def __init__(self, goal: Any, consent: Consent, enrolment: Enrolment) -> None:
        self.goal, self.consent, self.enrolment = goal, consent, enrolment
        self.told: Guidance | None = None
        self.speech = SpokenGuidance(enrolment.begun)


class FaceNode(CareNode[FaceParameters]):
    """Publishes REP-155 faces and persons below `/humans/`, candidate matches and TF; serves `care/forget` and the
    action `care/enrol_face`. No picture and no template leaves it."""

    parameters_model = FaceParameters

    def __init__(self, **options: Any) -> None:
        super().__init__("face", **options)

    def configure(self) -> None:
        self._people = People(self.store, self.parameters.key_file)
        self._reader = face_reader()
        self._watcher = FaceWatcher(self._reader, Gallery({}), self.parameters)
        self._presence = Presence(self.parameters.leave_s)
        self._gallery_of: dict[str, int] = {}
        self._learning: _Learning | None = None
        self._results: dict[bytes, EnrolFace.Result] = {}
        self._guard = threading.RLock()
        self._bodies: BodyArray | None = None
        self._locator: tuple[Any, Locator] | None = None
        self._topics: dict[str, list[Any]] = {}
        self._matched: set[tuple[str, int, str]] = set()
        self._faces_now: tuple[str, ...] = ()
        self._tracked = self.create_publisher(IdsList, f"{self.robot.humans}/faces/tracked", qos.STREAM)
        self._persons = self.create_publisher(IdsList, f"{self.robot.humans}/persons/tracked", qos.STATE)
        self._matches = self.create_publisher(IdsMatch, f"{self.robot.humans}/candidate_matches", qos.EVENT)
        self._tf = self.create_publisher(TFMessage, "/tf", qos.STREAM)
        self.create_subscription(BodyArray, "care/bodies", self._on_bodies, qos.STREAM)
        self.create_service(Forget, "care/forget", self._on_forget)
        self.read_frames(self._on_frame, rate_hz=self.parameters.rate_hz)

    def activate(self) -> None:
        self._reload()
        self.create_timer(self.parameters.reload_s, self._reload)
        self._learning = None
        self._say = self.own(ActionClient(self, Say, "say"))
        server = ActionServer(
            self,
            EnrolFace,
            "care/enrol_face",
            execute_callback=self._result_of,
            handle_accepted_callback=self.guarded(self._begin_learning, "enrol_face"),
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )
        self.own(server)
        self.create_timer(0.2, self._tell_what_is_wanted)
        self._show_persons(self.clock.now())

    def deactivate(self) -> None:
        if self._learning is not None:
            self._end_learning(self._learning, message="the robot stopped looking; nothing was kept")
        with self._guard:
            for topic in [*self._topics]:
                self._drop_topics(topic)

    def diagnose(self) -> dict[str, object]:
        return {"enrolled": len(self._gallery_of), "faces": len(self._faces_now), "here": len(self._presence.here)}

    # --- who is enrolled ----------------------------------------------------------------------------------------

    def _reload(self) -> None:
        """Reads who is enrolled, also what another program changed, and erases what no consent covers any more."""
        try:
            now = self.clock.civil()
            self._people.erase_expired(now)
            self._people.finish_wiping()
            templates = self._people.templates(now, MODEL)
        except UserError as error:
            self.report("enrolled", WARN, str(error))
            templates = {}
        else:
            self.ok("enrolled")
        fingerprint = {person: hash(tuple(view.tobytes() for view in views)) for person, views in templates.items()}
        with self._guard:
            if fingerprint == self._gallery_of:
                return
            self._gallery_of = fingerprint
            self._tell(self._watcher.enrolled(Gallery(templates)))
            now_s = self.clock.now()
            self._tell_presence(self._presence.forget(now_s, list(templates)))
            self._show_persons(now_s)

    def _on_forget(self, request: Forget.Request, response: Forget.Response) -> Forget.Response:
        known = request.person in self._people.ids()
        try:
            self._people.forget([request.person], request.asked_by, self.clock.civil())
        except UserError as error:
            response.message = str(error)
        # Forgotten, too, if only the traces in the file have to wait for another program: `_reload` tries again.
        response.success = known and request.person not in self._people.ids()
        if response.success:
            self.emit(PersonForgotten(asked_by=request.asked_by[:64] or "home"))
        self._reload()
        return response

    # --- frames -------------------------------------------------------------------------------------------------

    def _on_bodies(self, message: BodyArray) -> None:
        self._bodies = message

    def _on_frame(self, frame: Frame) -> None:
        with self._guard:
            learning = self._learning
            seen = self._watcher.watch(frame.stamp, frame.image, every_face=learning is not None)
            self._tell(seen.events)
            bodies = self._fresh_bodies(frame.stamp)
            landmarks = {body: mark for body, (mark, _) in bodies.items()}
            links = faces_of_bodies(seen.faces, landmarks, (frame.width, frame.height))
            self._tell_presence(self._presence.observe(frame.stamp, seen.faces, links, list(bodies)))
            self._publish_faces(seen, frame)
            self._publish_matches(seen, links)
            self._publish_places(seen, bodies, frame)
            self._show_persons(frame.stamp)
            if learning is not None:
                learning.enrolment.observe(frame.stamp, [face.look for face in seen.faces if face.look is not None])

    def _fresh_bodies(self, stamp: float) -> dict[str, tuple[np.ndarray, bool]]:
        """Landmarks (33, 3) of the bodies followed now, and whether each lies."""
        message = self._bodies
        if message is None or abs(stamp - stamps.from_msg(message.header.stamp)) > _BODIES_FRESH_S:
            return {}
        return {
            body.id: (np.asarray(body.landmarks, np.float64).reshape(33, 3), body.posture == "lying")
            for body in message.bodies
        }

    def _tell(self, events: Iterable[Event]) -> None:
        for event in events:
            if isinstance(event, Identified):
                self.log.info(f"face {event.face} is {event.person}", confidence=round(event.confidence, 2))
            elif isinstance(event, Withdrawn):
                self.log.info(f"face {event.face} is not {event.person} any more")
            elif isinstance(event, UnknownVisitor):
                here_s = self.clock.now() - event.since
                since = datetime.fromtimestamp(self.clock.civil().timestamp() - here_s, self.robot.zone)
                self.emit(VisitorUnknown(since=since, confidence=event.confidence))

    def _tell_presence(self, events: Iterable[PersonSeen | PersonLeft]) -> None:
        for event in events:
            if isinstance(event, PersonSeen):
                self.log.info(f"person {event.person} is here", confidence=round(event.confidence, 2))
            else:
                self.log.info(f"person {event.person} has left")
                self._drop_topics(f"persons/{event.person}")

    # --- publishing ---------------------------------------------------------------------------------------------

    def _publish_faces(self, seen: Faces, frame: Frame) -> None:
        header = Header(stamp=stamps.to_msg(frame.stamp), frame_id=frame.frame_id)
        for face in seen.lost:
            self._drop_topics(f"faces/{face}")
        size = np.array([frame.width, frame.height], dtype=np.float64)
        for one in seen.faces:
            roi, landmarks = self._topics_of(
                f"faces/{one.id}", ("roi", NormalizedRegionOfInterest2D), ("landmarks", FacialLandmarks)
            )
            low, high = one.face.box[:2] / size, (one.face.box[:2] + one.face.box[2:]) / size
            (xmin, ymin), (xmax, ymax) = low.clip(0, 1), high.clip(0, 1)
            roi.publish(
                NormalizedRegionOfInterest2D(
                    header=header, xmin=float(xmin), ymin=float(ymin), xmax=float(xmax), ymax=float(ymax),
                    c=float(np.clip(one.face.score, 0, 1)),
                )
            )  # fmt: skip
            points = [NormalizedPointOfInterest2D() for _ in range(70)]
            for index, (x, y) in zip(_FIVE, one.face.landmarks / size, strict=True):
                points[index] = NormalizedPointOfInterest2D(x=float(x), y=float(y), c=float(one.face.score))
            landmarks.publish(FacialLandmarks(header=header, landmarks=points, height=frame.height, width=frame.width))
        ids = tuple(one.id for one in seen.faces)
        if ids or self._faces_now:
            self._tracked.publish(IdsList(header=header, ids=list(ids)))
        self._faces_now = ids

    def _publish_matches(self, seen: Faces, links: dict[str, str]) -> None:
        """Matches that hold now, and once a confidence of 0 for each that ended."""
        now: dict[tuple[str, int, str, int], float] = {}
        for one in seen.faces:
            if one.identity.person is not None:
                now[one.id, IdsMatch.FACE, one.identity.person, IdsMatch.PERSON] = one.identity.confidence
        for face, body in links.items():
            now[face, IdsMatch.FACE, body, IdsMatch.BODY] = 0.9
        for here in self._presence.here:
            if here.body is not None:
                now[here.body, IdsMatch.BODY, here.person, IdsMatch.PERSON] = here.confidence
        for ended in self._matched - set(now):
            self._matches.publish(IdsMatch(id1=ended[0], id1_type=ended[1], id2=ended[2], id2_type=ended[3]))
        for (id1, type1, id2, type2), confidence in now.items():
            self._matches.publish(IdsMatch(id1=id1, id1_type=type1, id2=id2, id2_type=type2, confidence=confidence))
        self._matched = set(now)

    def _publish_places(self, seen: Faces, bodies: dict[str, tuple[np.ndarray, bool]], frame: Frame) -> None:
        locator = self._locator_for(frame)
        if locator is None:
            return
        base = self.parameters.base_frame
        by_face: dict[str, Position | None] = {one.id: locator.face(one.face.landmarks) for one in seen.faces}
        by_body = {body: locator.body(marks, lying) for body, (marks, lying) in bodies.items()}
        frames = [(f"face_{face}", place) for face, place in by_face.items()]
        frames += [(f"body_{body}", place) for body, place in by_body.items()]
        for here in self._presence.here:
            place = locator.together(by_body.get(here.body or ""), by_face.get(here.face or ""))
            if place is None:
                continue
            frames.append((f"person_{here.person}", place))
            pose, *_ = self._person_topics(here.person)
            pose.publish(pose_message(place, frame.stamp, base))
        transforms = [
            transform_message(place, frame.stamp, base, child) for child, place in frames if place is not None
        ]
        if transforms:
            self._tf.publish(TFMessage(transforms=transforms))

    def _locator_for(self, frame: Frame) -> Locator | None:
        if self.parameters.located == "no" or frame.intrinsics is None:
            return None
        if self._locator is None or self._locator[0] != (frame.intrinsics, self.parameters.mount):
            mount = self.parameters.mount
            turned = tuple(math.radians(v) for v in (mount.roll_deg, mount.pitch_deg, mount.yaw_deg))
            locator = Locator(frame.intrinsics, mounting((mount.x, mount.y, mount.z), turned))
            self._locator = ((frame.intrinsics, mount), locator)
        return self._locator[1]

    def _show_persons(self, stamp: float) -> None:
        """Persons as REP-155 wants them: opaque ids, each with the face and body that are theirs now."""
        here = self._presence.here
        for one in here:
            _, face, body, anonymous = self._person_topics(one.person)
            face.publish(String(data=one.face or ""))
            body.publish(String(data=one.body or ""))
            anonymous.publish(Bool(data=False))
        ids = sorted(one.person for one in here)
        if ids != getattr(self, "_persons_shown", None):
            self._persons_shown = ids
            self._persons.publish(IdsList(header=Header(stamp=stamps.to_msg(stamp)), ids=ids))

    def _person_topics(self, person: str) -> list[Any]:
        return self._topics_of(
            f"persons/{person}",
            ("position", PoseWithCovarianceStamped),
            ("face_id", String),
            ("body_id", String),
            ("anonymous", Bool),
        )

    def _topics_of(self, thing: str, *topics: tuple[str, type]) -> list[Any]:
        if thing not in self._topics:
            self._topics[thing] = [
                self.create_publisher(kind, f"{self.robot.humans}/{thing}/{name}", qos.STREAM) for name, kind in topics
            ]
        return self._topics[thing]

    def _drop_topics(self, thing: str) -> None:
        for publisher in self._topics.pop(thing, []):
            self.destroy_publisher(publisher)

    # --- learning -----------------------------------------------------------------------------------------------

    def _begin_learning(self, goal: Any) -> None:
        try:
            if self._learning is not None:
                raise UserError("another face is being learnt", "wait for its end")
            if goal.request.person and goal.request.person not in self._people.ids():
                raise UserError(f"nobody is enrolled with the id {goal.request.person!r}", "see `dolbom faces list`")
            consent = self._consent(goal.request)
        except UserError as error:
            self._results[_id(goal)] = EnrolFace.Result(message=str(error))
            goal.execute()
            return
        with self._guard:
            self._learning = _Learning(goal, consent, Enrolment(self.clock.now(), self.parameters.enrol_s))
        self._speak("begin", goal.request.name)

    def _speak(self, words: str, name: str) -> None:
        """Says it to the person; a robot without a voice learns all the same, and the feedback shows it."""
        if self._say.server_is_ready():
            text = phrase(self.robot.lang, f"faces.enrol.{words}", name=name)
            # More than chat, which would be in the way of somebody who is holding still for it.
            self._say.send_goal_async(Say.Goal(text=text, lang=self.robot.lang, urgency=Say.Goal.REMINDER))

    def _tell_what_is_wanted(self) -> None:
        learning = self._learning
        if learning is None:
            return
        goal, enrolment = learning.goal, learning.enrolment
        with self._guard:
            guidance, progress, over = enrolment.guidance, enrolment.progress, enrolment.over
            if not over and self.clock.now() - enrolment.begun > self.parameters.enrol_s + 1.0:
                # No frames come (the camera is off): nobody else would notice the time.
                guidance, over = enrolment.observe(self.clock.now(), []), True
        if guidance is not learning.told:
            learning.told = guidance
            said = phrase(self.robot.lang, f"faces.enrol.{guidance.value}", name=goal.request.name)
            goal.publish_feedback(EnrolFace.Feedback(guidance=guidance.value, said=said, progress=progress))
        if goal.is_cancel_requested:
            self._end_learning(learning, message="stopped; nothing was kept")
            return
        hint = learning.speech.next(self.clock.now(), guidance)
        if hint is not None:
            self._speak(hint.value, goal.request.name)
        if over and not enrolment.enough:
            self._speak("too_late", goal.request.name)
            self._end_learning(learning, message=phrase(self.robot.lang, "faces.enrol.too_late"))
        elif over:
            self._store(learning)

    def _store(self, learning: _Learning) -> None:
        request, enrolment = learning.goal.request, learning.enrolment
        views = [View(look.quality.view.value, look.template, MODEL) for look in enrolment.views]
        have = {look.quality.view for look in enrolment.views}
        try:
            nearest = self._like(views, request.person)
            if nearest:
                raise UserError(f"this face cannot be told from that of {nearest}", "name that person to learn it anew")
            person = self._people.enrol(
                request.name, views, learning.consent, self.clock.civil(), request.person or None
            )
        except UserError as error:
            self._end_learning(learning, message=str(error))
            return
        missing = [view.value for view in WANTED if view not in have]
        self._speak("done", request.name)
        self._end_learning(learning, success=True, person=person, missing=missing)
        self._reload()

    def _like(self, views: list[View], person: str) -> str:
        """The id of another enrolled person whose face could not be told from these views."""
        templates = self._people.templates(self.clock.civil(), MODEL)
        templates.pop(person, None)
        return too_like(templates, [view.template for view in views], self.parameters.identity) or ""

    def _end_learning(self, learning: _Learning, **result: Any) -> None:
        with self._guard:
            self._learning = None
            learning.enrolment.views.clear()
        self._results[_id(learning.goal)] = EnrolFace.Result(**result)
        learning.goal.execute()

    def _result_of(self, goal: Any) -> EnrolFace.Result:
        result = self._results.pop(_id(goal))
        if result.success:
            goal.succeed()
        elif goal.is_cancel_requested:
            goal.canceled()
        else:
            goal.abort()
        return result

    def _consent(self, goal: EnrolFace.Goal) -> Consent:
        if not goal.name.strip() or not goal.given_by.strip():
            raise UserError("a face is learnt with a name and with somebody who consents", "give name and given_by")
        now = self.clock.civil()
        try:
            last = date.fromisoformat(goal.until) if goal.until else None
        except ValueError:
            raise UserError(f"until {goal.until!r} is not a day", "write it as 2027-11-30") from None
        end = None if last is None else datetime.combine(last, day_time.max, self.robot.zone)
        if end is not None and end <= now:
            raise UserError(f"the consent would have ended on {goal.until}", "name a day to come")
        return Consent(Purpose.FACE, goal.given_by.strip(), now, end)


def _id(goal: Any) -> bytes:
    return bytes(goal.goal_id.uuid)
