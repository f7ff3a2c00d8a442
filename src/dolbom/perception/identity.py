"""Whose face it is: several looks at a tracked face vote, and until they agree the answer is "unsure".

One look can be wrong; a companion that calls somebody by another's name, or a stranger by the daughter's, does harm.
So a name needs several looks that agree with room to spare, keeps until looks contradict it, and is never given twice
at the same moment. "Unknown" is a finding too, and needs clear looks over some seconds: a face that is small, dark or
turned away says nothing.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dolbom.perception.faces import TEMPLATE, Look, Vector


class IdentityParameters(BaseModel):
    """When a face is somebody's. Chosen in docs/faces.md; the cosines are of SFace templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: float = Field(0.52, ge=0.3, le=0.9, description="Cosine to a person's mean template that makes a match.")
    nobody: float = Field(0.35, ge=0.0, le=0.8, description="Cosine to everybody below which a clear face is nobody's.")
    margin: float = Field(0.08, ge=0.0, le=0.5, description="How much nearer the person must be than the next one.")
    looks: int = Field(3, ge=1, le=20, description="Looks needed before a face is somebody's.")
    looks_s: float = Field(0.4, ge=0.0, le=10.0, description="Seconds that these looks must span.")
    agreement: float = Field(0.7, ge=0.5, le=1.0, description="Share of the looks in which that person comes first.")
    stranger_looks: int = Field(6, ge=2, le=50, description="Clear looks needed before a face is nobody's.")
    stranger_s: float = Field(3.0, ge=0.0, le=60.0, description="Seconds that these looks must span.")
    hold: float = Field(0.08, ge=0.0, le=0.3, description="How far below match an identity is still kept.")
    window_s: float = Field(8.0, ge=1.0, le=60.0, description="Seconds for which a look counts.")
    visitor_s: float = Field(10.0, ge=0.0, le=600.0, description="Seconds a stranger stays before it is told.")
    visitor_again_s: float = Field(900.0, ge=0.0, description="Seconds after which the same stranger is told again.")

    @model_validator(mode="after")
    def _ordered(self) -> IdentityParameters:
        if self.nobody >= self.match - self.hold:
            raise ValueError("nobody must lie below match - hold: between them is where the robot is unsure")
        if max(self.looks_s, self.stranger_s) >= self.window_s:
            raise ValueError("window_s must be longer than looks_s and stranger_s")
        return self


@dataclass(frozen=True)
class Likeness:
    """How much a face resembles one person: the cosine of its template and the mean of theirs."""

    person: str
    score: float


class Gallery:
    """The enrolled people, each as the mean of their templates.

    The mean of several views serves better than the best of them: at no false accept it let 99.6 % in where the
    nearest single view needed the same threshold for less (docs/faces.md).

    Args:
        templates: for each person id, templates (128,) of length 1.
    """

    def __init__(self, templates: Mapping[str, Sequence[Vector]]) -> None:
        people = {person: np.mean(views, axis=0) for person, views in templates.items() if len(views)}
        self.people = tuple(people)
        means = np.array(list(people.values()), dtype=np.float32).reshape(len(people), TEMPLATE)
        self._means = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)

    def compare(self, template: Vector) -> dict[str, float]:
        """The cosine to every person."""
        if not self.people:
            return {}
        return dict(zip(self.people, (float(score) for score in self._means @ template), strict=True))

    def mean(self, person: str) -> Vector:
        """A person's mean template, of length 1."""
        found: Vector = self._means[self.people.index(person)]
        return found


def too_like(
    enrolled: Mapping[str, Sequence[Vector]], views: Sequence[Vector], parameters: IdentityParameters
) -> str | None:
    """Of the enrolled people, the one whose face could not be told from the one with these views; None if none."""
    gallery, new = Gallery(enrolled), Gallery({"new": views}).mean("new")
    order = ranked(gallery.compare(new))
    return order[0].person if order and order[0].score >= parameters.match else None


def ranked(scores: Mapping[str, float]) -> list[Likeness]:
    """Whom a face resembles, most first."""
    return [Likeness(person, scores[person]) for person in sorted(scores, key=lambda person: -scores[person])]


class Verdict(StrEnum):
    """What is known of a face."""

    KNOWN = "known"
    UNSURE = "unsure"
    UNKNOWN = "unknown"


def one_vote(scores: Mapping[str, float], look: Look, parameters: IdentityParameters) -> tuple[Verdict, str | None]:
    """What one look alone says, with the thresholds that the votes of many looks must pass."""
    if look.quality.flaws:
        return Verdict.UNSURE, None
    order = ranked(scores)
    if order and order[0].score >= parameters.match and _margin(order) >= parameters.margin:
        return Verdict.KNOWN, order[0].person
    if look.quality.clear and (not order or order[0].score < parameters.nobody):
        return Verdict.UNKNOWN, None
    return Verdict.UNSURE, None


def confidence(score: float) -> float:
    """How probable it is that a face with this cosine to a person is theirs, if before it both were equally so.

    A logistic curve fitted on faces of LFW (docs/faces.md), held between 0.01 and 0.99: cameras differ.
    """
    return min(0.99, max(0.01, 1 / (1 + math.exp(-27.0 * (score - 0.43)))))


@dataclass(frozen=True)
class Identity:
    """What is held of one tracked face.

    Attributes:
        person: person id if `verdict` is known.
        confidence: 0..1 that the verdict is right; of an unsure face, that it is nobody in particular: 0.
    """

    verdict: Verdict
    person: str | None = None
    confidence: float = 0.0


UNSURE = Identity(Verdict.UNSURE)


@dataclass(frozen=True)
class Event:
    """Something changed at `stamp` (seconds) about the face `face`."""

    stamp: float
    face: str


@dataclass(frozen=True)
class Identified(Event):
    """The face is this person's."""

    person: str
    confidence: float


@dataclass(frozen=True)
class Withdrawn(Event):
    """The face is not (or no longer surely) this person's, or is gone."""

    person: str


@dataclass(frozen=True)
class UnknownVisitor(Event):
    """Somebody whom nobody enrolled has been here since `since` (seconds)."""

    since: float
    confidence: float


@dataclass(frozen=True)
class _Vote:
    stamp: float
    scores: dict[str, float]
    clear: bool


@dataclass
class _Track:
    votes: deque[_Vote] = field(default_factory=deque)
    identity: Identity = UNSURE
    stranger_since: float | None = None
    template: Vector | None = None
    told: bool = False
    last: float = 0.0


@dataclass
class _Visitor:
    template: Vector
    last: float


class Identifier:
    """Decides for each tracked face who it is. Fed with looks in the order of their stamps.

    Args:
        gallery: the enrolled people.
        parameters: thresholds and times.
    """

    def __init__(self, gallery: Gallery, parameters: IdentityParameters | None = None) -> None:
        self.parameters = parameters or IdentityParameters()
        self._gallery = gallery
        self._tracks: dict[str, _Track] = {}
        # Strangers of the last minutes, so that one who turns away and back is not told of again. Memory only.
        self._visitors: list[_Visitor] = []

    def enrolled(self, gallery: Gallery) -> list[Event]:
        """Takes over a changed gallery; every face is judged anew, so that nobody keeps a name that was erased."""
        self._gallery = gallery
        self._visitors.clear()
        events: list[Event] = []
        for face, track in self._tracks.items():
            events += self._become(face, track, UNSURE, track.last)
            self._tracks[face] = _Track(last=track.last)
        return events

    def identity(self, face: str) -> Identity:
        """What is held of a face now."""
        return self._tracks[face].identity if face in self._tracks else UNSURE

    def last_look(self, face: str) -> float:
        """When a face was last looked at well enough to count; -inf if never."""
        track = self._tracks.get(face)
        return track.votes[-1].stamp if track is not None and track.votes else -math.inf

    def wants_look(self, face: str, stamp: float) -> bool:
        """Whether another look is worth its price: a face that is surely somebody's needs one a second at most."""
        track = self._tracks.get(face)
        if track is None or not track.votes or track.identity.verdict is Verdict.UNSURE:
            return True
        return stamp - track.votes[-1].stamp >= 1.0

    def observe(self, stamp: float, face: str, look: Look) -> list[Event]:
        """Takes one look at one face.

        Args:
            stamp: seconds, not before the one given last.
            face: its tracked id.
            look: what was seen.

        Returns:
            What changed by it.
        """
        track = self._tracks.setdefault(face, _Track())
        track.last = stamp
        if look.quality.flaws:
            return self._settle(stamp, face, track)
        scores = self._gallery.compare(look.template)
        track.votes.append(_Vote(stamp, scores, look.quality.clear))
        if look.quality.clear:
            track.template = look.template if track.template is None else _unit(track.template * 3 + look.template)
        return self._settle(stamp, face, track)

    def lost(self, stamp: float, face: str) -> list[Event]:
        """The face is no longer followed."""
        track = self._tracks.pop(face, None)
        return [] if track is None else self._become(face, track, UNSURE, stamp)

    def _settle(self, stamp: float, face: str, track: _Track) -> list[Event]:
        p = self.parameters
        while track.votes and stamp - track.votes[0].stamp > p.window_s:
            track.votes.popleft()
        events = self._become(face, track, self._judged(track), stamp)
        if track.identity.verdict is Verdict.UNKNOWN:
            events += self._stranger(stamp, face, track)
        return events + self._one_place_each(stamp)

    def _judged(self, track: _Track) -> Identity:
        p, votes, now = self.parameters, track.votes, track.identity
        if not votes:
            return now
        means = {person: float(np.mean([v.scores[person] for v in votes])) for person in votes[-1].scores}
        order = ranked(means)
        if order and len(votes) >= p.looks and votes[-1].stamp - votes[0].stamp >= p.looks_s:
            best = order[0]
            first = sum(ranked(v.scores)[0].person == best.person for v in votes)
            keeps = now.verdict is Verdict.KNOWN and now.person == best.person
            threshold = p.match - p.hold if keeps else p.match
            margin = 0.0 if keeps else p.margin
            if best.score >= threshold and _margin(order) >= margin and first >= p.agreement * len(votes):
                return Identity(Verdict.KNOWN, best.person, confidence(best.score))
        clear = [v for v in votes if v.clear]
        if len(clear) >= p.stranger_looks and clear[-1].stamp - clear[0].stamp >= p.stranger_s:
            nearest = [max(v.scores.values(), default=-1.0) for v in clear]
            limit = p.nobody + (p.hold / 2 if now.verdict is Verdict.UNKNOWN else 0.0)
            if max(means.values(), default=-1.0) < limit and max(nearest) < p.match:
                return Identity(Verdict.UNKNOWN, None, 1 - confidence(float(np.mean(nearest))))
        if now.verdict is Verdict.KNOWN and len(votes) < p.looks:
            return now  # too few looks lately to take back what many said before
        return UNSURE

    def _become(self, face: str, track: _Track, identity: Identity, stamp: float) -> list[Event]:
        before, track.identity = track.identity, identity
        if identity.verdict is not Verdict.UNKNOWN:
            track.stranger_since = None
        elif track.stranger_since is None:
            track.stranger_since = next((v.stamp for v in track.votes if v.clear), stamp)
        if (before.verdict, before.person) == (identity.verdict, identity.person):
            return []
        events: list[Event] = []
        if before.person is not None:
            events.append(Withdrawn(stamp, face, before.person))
        if identity.person is not None:
            events.append(Identified(stamp, face, identity.person, identity.confidence))
        return events

    def _stranger(self, stamp: float, face: str, track: _Track) -> list[Event]:
        p = self.parameters
        assert track.stranger_since is not None and track.template is not None
        self._visitors = [v for v in self._visitors if stamp - v.last <= p.visitor_again_s]
        known = next((v for v in self._visitors if float(v.template @ track.template) >= p.match), None)
        if known is not None:
            known.last, track.told = stamp, True
        if track.told or stamp - track.stranger_since < p.visitor_s:
            return []
        track.told = True
        self._visitors.append(_Visitor(track.template, stamp))
        return [UnknownVisitor(stamp, face, track.stranger_since, track.identity.confidence)]

    def _one_place_each(self, stamp: float) -> list[Event]:
        """Nobody is in two places: of two faces with one name, the surer keeps it and the other becomes unsure."""
        events: list[Event] = []
        holders: dict[str, str] = {}
        for face, track in sorted(self._tracks.items(), key=lambda item: -item[1].identity.confidence):
            person = track.identity.person
            # A track not seen lately may be the same person seen again under a new id.
            if person is None or stamp - track.last > 1.0:
                continue
            if person in holders:
                track.votes.clear()
                events += self._become(face, track, UNSURE, stamp)
            holders.setdefault(person, face)
        return events


def _margin(order: Sequence[Likeness]) -> float:
    return order[0].score - order[1].score if len(order) > 1 else math.inf


def _unit(vector: Vector) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), dtype=np.float32)
