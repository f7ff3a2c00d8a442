"""What the bridge reports of the robot's health, and `dolbom events`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.unit.platform.conftest import NOW, MakeEvent
from typer.testing import CliRunner

from dolbom.events import Severity
from dolbom.platform.bridge import BridgeParameters, Health
from dolbom.platform.cli import app
from dolbom.platform.outbox import Outbox, State
from dolbom.store.base import open_store


def test_a_node_that_fell_silent_is_stale_and_an_unknown_level_is_an_error() -> None:
    health = Health()
    health.node("robot1/safety", 0, 10.0)
    health.node("robot1/fall", 1, 4.0)
    health.node("robot1/odd", 9, 10.0)
    health.camera("lost")
    beat = health.heartbeat(10.0, NOW)
    assert beat.nodes == {"safety": "ok", "fall": "stale", "odd": "error"}
    assert beat.camera == "lost"


def test_a_heartbeat_never_grows_out_of_its_message() -> None:
    health = Health()
    for n in range(1000):
        health.node("x" * 100 + f"/{'y' * 100}{n}" if n % 2 else f"n{n}", 0, 0.0)
    assert len(health.heartbeat(0.0, NOW).nodes) <= 64


def test_the_parameters_set_the_delivery() -> None:
    assert BridgeParameters(window=7, receipt_timeout_s=3).delivery().window == 7


def test_the_command_lists_the_outbox_with_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_event: MakeEvent
) -> None:
    monkeypatch.setenv("DOLBOM_HOME", str(tmp_path))
    empty = CliRunner().invoke(app, [])
    assert empty.exit_code == 0
    assert "no events yet" in empty.output
    store = open_store()
    outbox = Outbox(store)
    waits, done = make_event(Severity.ALARM), make_event()
    outbox.append(waits)
    outbox.append(done)
    with outbox.recording() as progress:
        progress.receipts([done.id], State.CLOSED, NOW, "operator", "all well")
    store.close()
    lines = [json.loads(line) for line in CliRunner().invoke(app, ["--json"]).output.splitlines()]
    assert [(x["id"], x["state"], x["by"]) for x in lines] == [
        (str(waits.id), "pending", None),
        (str(done.id), "closed", "operator"),
    ]
    shown = CliRunner().invoke(app, []).output
    assert "waits" in shown
    assert "closed by operator" in shown
