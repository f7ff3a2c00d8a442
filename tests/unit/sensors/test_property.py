"""Whatever a day brings (signs, blindness, answers, jumps of the calendar, kills): no stage before its time, each once
in an episode, and every sign of life ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sensors.homes import Home

from dolbom.events import CareEvent
from dolbom.sensors.observations import (
    Alarmed,
    BackHome,
    Blinded,
    InBed,
    Leaving,
    LostAtTheDoor,
    Outcome,
    Prompted,
    SignOfLife,
)
from dolbom.sensors.parameters import ActivityParameters
from dolbom.sensors.state import Stage

ZONES = ("Asia/Seoul", "Europe/Berlin", "America/St_Johns")
STARTS = (datetime(2026, 3, 28, 7, 0), datetime(2026, 10, 24, 7, 0), datetime(2026, 6, 1, 21, 0))  # noqa: DTZ001
PARAMETERS = ActivityParameters()
STAGES = ("inactivity.attention", "inactivity.caution", "inactivity.danger")
AFTER_H = {
    "inactivity.attention": PARAMETERS.attention_h,
    "inactivity.caution": PARAMETERS.attention_h + PARAMETERS.caution_more_h,
    "inactivity.danger": PARAMETERS.attention_h + PARAMETERS.danger_more_h,
}

MOMENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0.01, 5.0)),
        st.tuples(st.just("sign"), st.sampled_from(["moved", "spoke", "button", "door", "appliance"])),
        st.tuples(st.just("up"), st.booleans()),
        st.tuples(st.just("blind"), st.sampled_from(["", "camera_off", "dark", "camera_lost"])),
        st.tuples(st.just("answer"), st.sampled_from(["silence", "unclear", "failed", "interrupted", "fine", "no"])),
        st.tuples(st.just("late answer"), st.sampled_from(["fine", "silence"])),
        st.tuples(st.just("jump"), st.floats(-60 * 24, 60 * 24)),
        st.tuples(st.just("kill"), st.floats(0.0, 3.0)),
        st.tuples(st.sampled_from(["leaves", "comes back", "lost at the door", "in bed", "alarmed"]), st.none()),
    ),
    min_size=1,
    max_size=25,
)


@dataclass
class Life:
    """One home, and what must be true of it."""

    home: Home
    quiet_s: float = 0.0
    """Behaviour time since the last sign: no stage can be older."""
    episode: dict[str, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    seen: int = 0

    def wait(self, hours: float) -> None:
        left = hours * 3600
        while left > 0:
            step = min(60.0, left)
            self.home.clock.advance(step)
            self.quiet_s += step
            left -= step
            self.home.wait(minutes=0.001, step_s=1.0)
            self.quiet_s += 0.06
            self.check()

    def check(self) -> None:
        for event in self.home.events[self.seen :]:
            self._check(event)
        self.seen = len(self.home.events)

    def _check(self, event: CareEvent) -> None:
        event.typed()
        if event.kind in STAGES:
            episode = event.data["episode_id"]
            assert episode not in self.ended, "an episode that is over goes on"
            told = self.episode.setdefault(episode, set())
            assert event.kind not in told, "a stage is told twice in an episode"
            assert len(told & set(STAGES)) == STAGES.index(event.kind), "a stage is left out"
            told.add(event.kind)
            assert event.data["silent_s"] >= AFTER_H[event.kind] * 3600 - 1
            assert self.quiet_s >= AFTER_H[event.kind] * 3600 - 1, "a stage before its time"
        elif event.kind == "inactivity.over":
            assert event.data["episode_id"] not in self.ended
            self.ended.add(event.data["episode_id"])

    def sign(self) -> None:
        """There was one: whatever was told is over."""
        self.check()
        self.quiet_s = 0.0
        for quiet in self.home.watch.quiet.values():
            assert quiet.stage is Stage.NONE
            assert (quiet.silent_s, quiet.unseen_s, quiet.asking, quiet.episode) == (0.0, 0.0, None, None)
        assert {episode for episode in self.episode if episode not in self.ended} == set()


def live(life: Life, what: str, value: Any) -> None:
    home = life.home
    match what:
        case "wait":
            life.wait(value)
        case "sign":
            home.sign(value, "front_door" if value == "door" else "")
            life.sign()
        case "up":
            home.up(2.0, value)
            life.sign()
        case "blind":
            home.observe(Blinded(home.at, value))
        case "jump":
            home.jump(timedelta(minutes=value))
            home.wait(minutes=0.02, step_s=1)
        case "kill":
            home.clock.advance(value * 3600)
            life.quiet_s += value * 3600
            home.begin()
        case "answer" | "late answer":
            if not home.asks:
                return
            prompt = home.asks[-1 if what == "answer" else 0].prompt
            said = value in ("fine", "no")
            outcome = Outcome.ANSWERED if said else Outcome(value)
            open_now = any(q.asking is not None and q.asking.prompt == prompt for q in home.watch.quiet.values())
            home.observe(Prompted(home.at, prompt, outcome, value if said else "", "말"))
            if open_now and said:
                life.sign()
        case "leaves":
            home.observe(Leaving(home.at))
        case "comes back":
            home.observe(BackHome(home.at))
            life.sign()
        case "lost at the door":
            home.observe(LostAtTheDoor(home.at))
        case "in bed":
            home.observe(InBed(home.at))
        case _:
            home.observe(Alarmed(home.at))
    life.check()


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), start=st.sampled_from(STARTS), moments=MOMENTS)
def test_no_stage_before_its_time_each_once_and_every_sign_of_life_ends_it(
    zone: str, start: datetime, moments: list[tuple[str, Any]]
) -> None:
    life = Life(Home(start.replace(tzinfo=ZoneInfo(zone)), PARAMETERS, zone=ZoneInfo(zone)))
    for what, value in moments:
        live(life, what, value)
    life.home.observe(SignOfLife(life.home.at, "moved"))
    life.sign()


@settings(max_examples=30, deadline=None)
@given(moments=MOMENTS)
def test_of_one_night_wandering_is_told_once(moments: list[tuple[str, Any]]) -> None:
    home = Home(datetime(2026, 6, 1, 23, 30, tzinfo=ZoneInfo("Asia/Seoul")))
    life = Life(home)
    for what, value in moments:
        if what != "jump":
            live(life, what, min(value, 0.3) if what in ("wait", "kill") else value)
    told = [event for event in home.events if event.kind == "activity.wandering"]
    nights = [event.data["night"] for event in told]
    assert len(nights) == len(set(nights))
    assert len(home.asks) <= PARAMETERS.speak_times * 2 + 10
