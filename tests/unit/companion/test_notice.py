"""The notice of the day: told once to each person, not at night, in the home's language, and to whoever asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dolbom.companion.companion import Companion
from dolbom.companion.decisions import Decision, Say
from dolbom.companion.notice import Notices, of_home, weather
from dolbom.companion.observations import Heard, Moment, Observation, Seen, Spoken, Tick
from dolbom.dialog.intents import Understanding
from dolbom.events import new_id
from dolbom.platform import standing
from dolbom.platform.messages import Notice
from dolbom.store.base import open_store

MORNING = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNDERSTANDING = Understanding(morphemes=None)


class Home:
    def __init__(self, lang: str = "ko", civil: datetime = MORNING) -> None:
        self.now, self.civil = 0.0, civil
        self.notice: Notice | None = notice("오늘은 비가 와요.")
        find = lambda _now: self.notice  # noqa: E731
        self.companion = Companion(
            understanding=UNDERSTANDING, lang=lang, sources=[Notices(find, lang)],
            replies={"weather": weather(find, lang)},
        )  # fmt: skip
        self.said: list[str] = []

    def at(self) -> Moment:
        return Moment(self.now, self.civil + timedelta(seconds=self.now))

    def observe(self, observation: Observation) -> None:
        self._take(self.companion.observe(observation))

    def _take(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            if isinstance(decision, Say):
                self.said.append(decision.text)
                self.observe(Spoken(self.at(), decision.id))

    def see(self, person: str, seconds: float = 120) -> None:
        for _ in range(int(seconds)):
            self.now += 1
            self.observe(Seen(self.at(), person))
            self.observe(Tick(self.at()))


def notice(text: str) -> Notice:
    return Notice.model_validate(
        {
            "id": new_id(), "kind": "notice", "notice_id": new_id(), "texts": {"ko": text}, "made_at": MORNING,
            "until": MORNING + timedelta(hours=9),
        }
    )  # fmt: skip


TOLD = "센터에서 알려 드려요. 오늘은 비가 와요."


def test_each_person_is_told_once_and_a_new_notice_again() -> None:
    home = Home()
    home.see("p1")
    assert home.said.count(TOLD) == 1
    home.see("p2")
    assert home.said.count(TOLD) == 2
    home.notice = notice("날이 갰어요.")
    home.see("p1")
    assert home.said[-1] == "센터에서 알려 드려요. 날이 갰어요."


def test_nobody_is_told_at_night_and_whoever_asks_is() -> None:
    home = Home(civil=MORNING + timedelta(hours=11))
    home.see("p1")
    assert TOLD not in home.said
    home.observe(Heard(home.at(), "돌봄아 오늘 날씨 어때?", stamp=home.now))
    assert home.said[-1] == TOLD


def test_without_a_notice_the_weather_is_honestly_not_known() -> None:
    home = Home()
    home.notice = None
    home.observe(Heard(home.at(), "돌봄아 오늘 날씨 어때?", stamp=home.now))
    assert home.said == ["날씨는 아직 전해 듣지 못했어요."]


def test_words_of_another_language_are_introduced_in_theirs() -> None:
    home = Home(lang="en")
    home.see("p1")
    assert TOLD in home.said


def test_it_is_what_the_bridge_wrote(tmp_path: Path) -> None:
    store = open_store(tmp_path / "home.db")
    find, given = of_home(store), notice("오늘은 비가 와요.")
    assert find(MORNING) is None
    with store.writing() as session:
        standing.keep(session, given, MORNING)
    assert find(MORNING) == given
    store.close()
