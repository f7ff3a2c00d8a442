"""A disaster check-in over the real broker: three homes are asked, two answer, one is an alarm, exactly once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from tests.conftest import WaitUntil

from dolbom.bench.rig import DeskClient, DistrictProcess, environment
from dolbom.companion.campaign import Campaigns, HomeJournal
from dolbom.companion.companion import Companion
from dolbom.companion.decisions import Ask, Decision, Emit, Say
from dolbom.companion.observations import Answered, CampaignCame, Moment, Outcome, Spoken, Tick
from dolbom.dialog.intents import Understanding
from dolbom.district.models import Alarm
from dolbom.district.repositories import campaigns
from dolbom.events import new_event, source
from dolbom.platform import standing
from dolbom.platform.outbox import Outbox
from dolbom.runtime.parent import following
from dolbom.store.base import open_store

TEXTS = {"ko": {"what": "큰불이 났어요.", "instruction": "밖으로 나가세요."}}


class Home:
    """A robot without ROS: the bridge as a process of its own, and the companion's core on the same database."""

    def __init__(self, folder: Path, district: DistrictProcess, robot: str, home: str) -> None:
        self._folder, self._source = folder, source(district.name, home, robot)
        folder.mkdir()
        district.enrol(robot, home, folder / "identity")
        self.store = open_store(folder / "home.db")
        self._outbox = Outbox(self.store)
        self._process: subprocess.Popen[bytes] | None = None
        self.heard: list[str] = []
        self.start()

    def start(self) -> None:
        with (self._folder / "bridge.log").open("ab") as log:
            self._process = subprocess.Popen(
                following([sys.executable, str(Path(__file__).with_name("bridge_process.py"))]),
                env={**environment(), "DOLBOM_HOME": str(self._folder)},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def campaigns(self) -> list[Any]:
        return standing.campaigns(self.store, datetime.now(UTC))

    def talk(self, answer: str) -> None:
        """The companion tells what stands and asks; somebody answers like this."""
        sources = [Campaigns(HomeJournal(self.store), "ko")]
        companion = Companion(understanding=Understanding(morphemes=None), lang="ko", sources=sources)
        at = Moment(0.0, datetime.now(UTC))
        (asked,) = self.campaigns()
        text = asked.texts["ko"]
        todo: list[Decision] = list(
            companion.observe(CampaignCame(at, str(asked.campaign_id), text.what, text.instruction, "", asked.deadline))
        )
        while todo:
            match todo.pop(0):
                case Say() as say:
                    self.heard.append(say.text)
                    todo += companion.observe(Spoken(at, say.id))
                case Ask() as ask:
                    self.heard.append(ask.text)
                    meaning = {"괜찮아": "fine", "도와줘": "help"}[answer]
                    todo += companion.observe(Answered(at, ask.id, Outcome.ANSWERED, meaning, None, answer))
                case Emit() as emit:
                    self._outbox.append(new_event(emit.data, at=datetime.now(UTC), source=self._source))
        companion.observe(Tick(at))


@pytest.fixture
def district(tmp_path: Path) -> Iterator[DistrictProcess]:
    process = DistrictProcess(tmp_path / "district", arguments=("--silence", "600"))
    process.start()
    yield process
    process.kill()


def alarms(district: DistrictProcess) -> list[Alarm]:
    database = district.database()
    with database.reading() as session:
        found = list(session.scalars(select(Alarm).order_by(Alarm.home_id)))
    database.close()
    return found


@pytest.mark.timeout(120)
def test_one_home_answers_one_needs_help_and_the_silent_one_is_exactly_one_alarm_over_a_restart(
    tmp_path: Path, district: DistrictProcess, wait_until: WaitUntil
) -> None:
    homes = [Home(tmp_path / f"home{n}", district, f"r{n}", f"h{n}") for n in (1, 2, 3)]
    well, silent, hurt = homes
    desk = DeskClient(district.url, token := district.token())
    assert desk.listening.wait(20)
    with httpx.Client(
        base_url=district.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=10
    ) as http:
        deadline = datetime.now(UTC) + timedelta(minutes=10)
        # One robot is off when it starts, and still gets it.
        silent.kill()
        made = http.post("/api/campaigns", json={"texts": TEXTS, "deadline": deadline.isoformat()})
        assert made.status_code == 201, made.text
        id = made.json()["id"]

        def answers() -> dict[str, str]:
            return {h["home_id"]: h["answer"] for h in http.get(f"/api/campaigns/{id}").json()["homes"]}

        wait_until(lambda: well.campaigns() and hurt.campaigns(), 30, "the check-in in two homes")
        silent.start()
        wait_until(silent.campaigns, 30, "the check-in in the third")
        well.talk("괜찮아")
        hurt.talk("도와줘")
        assert well.heard[0] == "센터에서 급한 소식이 왔어요. 큰불이 났어요. 밖으로 나가세요."
        said = {"h1": "ok", "h2": "no_answer", "h3": "needs_help"}
        wait_until(lambda: answers() == said, 20, f"the answers, not {answers()}")
        (first,) = alarms(district)
        assert (first.home_id, first.kind) == ("h3", "campaign.needs_help")

        # The deadline comes while the district is down: it is made up for, once.
        district.kill()
        database = district.database()
        with database.writing() as session:
            campaigns.get(session, UUID(id)).deadline = datetime.now(UTC)
        database.close()
        for _ in range(2):
            district.start()
            wait_until(lambda: len(alarms(district)) == 2, 20, "the alarm of the silent home")
            district.kill()
        district.start()
        late = alarms(district)[0]
        assert (late.home_id, late.kind, late.data["reason"]) == ("h2", "campaign.no_answer", "no_answer")
        wait_until(lambda: late.id in desk.raised, 20, "the news at an open desk page")
        wait_until(lambda: answers() == said, 20, "the same answers")
        assert len(alarms(district)) == 2
        assert {raised: len(times) for raised, times in desk.raised.items()} == {first.id: 1, late.id: 1}

        # Withdrawn, it stands in no home any more.
        assert http.post(f"/api/campaigns/{id}/withdraw").status_code == 200
        wait_until(lambda: not any(home.campaigns() for home in homes), 30, "the withdrawal in every home")
    desk.stop()
    for home in homes:
        home.kill()
        home.store.close()
