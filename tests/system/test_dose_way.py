"""A dose over a SIGKILL of the process that speaks: whoever may have taken it is asked, and it is settled once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import WaitUntil
from tests.nodes.test_routines_node import NOON, soon
from tests.system.test_check_in_way import Resident, Robot, resident, robot

from dolbom.platform.outbox import Outbox
from dolbom.routines.history import final
from dolbom.routines.persistence import Ledger
from dolbom.store.base import open_store
from dolbom.store.routines import RoutineStore

__all__ = ["resident", "robot"]
NODES = "voice,companion,routines"


@pytest.mark.timeout(180)
def test_killed_after_it_has_asked_it_asks_again_does_not_tell_and_settles_the_dose_once(
    robot: Robot, resident: Resident, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path / "home"))
    parameters = tmp_path / "home.yaml"
    parameters.write_text(
        f"/**:\n  ros__parameters: {{time_zone: {NOON}}}\n"
        "voice:\n  ros__parameters: {syllables_per_s: 0.0, answer_limit_s: 60.0}\n"
        "companion:\n  ros__parameters: {morphemes: false, quiet_s: 0.0}\n"
    )
    store = open_store()
    robot.start("interaction", NODES, parameters)
    RoutineStore(store).add(soon(4), datetime.now(UTC) - timedelta(seconds=1), "nurse")
    resident.hears("혈압약은 드셨어요?")
    robot.kill("interaction")
    told = len(resident.said)
    robot.start("interaction", NODES, parameters)
    wait_until(lambda: "혈압약은 드셨어요?" in resident.said[told:], 60, "the question again")
    resident.says("응")
    outbox = Outbox(store)
    ledger = Ledger(store, outbox.append, outbox.make_room)
    wait_until(lambda: final(ledger.entries()), 30, "the dose to be settled")
    assert resident.said[told:][0] == "어르신, 혈압약 여쭤볼게요."
    assert not [text for text in resident.said[told:] if "시간이에요" in text]
    (entry,) = final(ledger.entries()).values()
    assert entry.state == "taken"
    kinds = [item.kind for item in outbox.entries()]
    assert kinds.count("dose.taken") == 1 and "dose.missed" not in kinds
