"""What happened is judged as a person reading the file would judge it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest

from dolbom.events import Asked, CareEvent, DistressRaised, DistressStoodDown, new_event
from dolbom.simulation.scenario.junit import junit
from dolbom.simulation.scenario.language import Scenario, Words
from dolbom.simulation.scenario.record import Record, essence
from dolbom.simulation.scenario.report import report
from dolbom.simulation.scenario.sweeping import rates
from dolbom.simulation.scenario.verdict import Outcome, State, Verdict, judge

AT = datetime(2026, 11, 25, 5, tzinfo=UTC)


def event(reason: str = "silence") -> CareEvent:
    data = DistressRaised(distress_id=uuid4(), cause="fall", sources=["fall"], since=AT, reason=reason)  # type: ignore[arg-type]
    return new_event(data, at=AT, source="/district/d/home/h/robot/r", subject="resident")


def scenario(*expect: dict[str, object]) -> Scenario:
    steps = [{"wait": 5, "label": "before"}, {"fall": "left", "label": "falls"}]
    return Scenario.model_validate({"title": {"ko": "가", "en": "a"}, "steps": steps, "expect": list(expect)})


def happened(raised_at: float = 30.0, times: int = 1) -> Record:
    record = Record(labels={"before": 0, "falls": 1}, began={0: 0.0, 1: 5.0}, ended={0: 5.0, 1: 7.0}, now=100.0)
    record.add(5.0, "begins", "falls", "")
    record.add(6.0, "fall", "fall.suspected", "")
    record.add(6.5, "fall", "fall.down", "", person="resident")
    record.add(7.5, "said", "safety", "순자, 괜찮으세요?")
    for i in range(times):
        record.told(raised_at + i, event())
    record.told(raised_at + 0.1, event(), desk=True)
    record.robot, record.places = (0.0, 0.0), {"resident": (1.0, 1.0)}
    return record


@pytest.mark.parametrize(
    "expected",
    [
        {"event": "distress.raised", "after": "falls", "within": 23, "data": {"reason": "silence"}},
        {"event": "distress.*", "on": "desk", "person": "resident", "severity": "alarm"},
        {"event": "distress.raised", "times": 1},
        {"fall": "down", "after": "falls", "within": 5, "person": "resident"},
        {"said": {"ko": "괜찮으세요", "en": "all right"}, "after": "falls", "within": 1},
        {"said": "/^순자,/"},
        {"not_said": "도와드릴"},
        {"never": ["dose.*", "distress.stood_down"]},
        {"never": "distress.*", "until": "falls"},
        {"order": ["falls", "fall.suspected", "fall.down", "distress.raised"]},
        {"robot": {"of": "resident", "metres": 1.5}},
    ],
)
def test_what_is_expected_and_came_holds(expected: dict[str, object]) -> None:
    (found,) = judge(scenario(expected), happened(), over=True)
    assert found.state is State.HELD, found


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ({"event": "distress.raised", "after": "falls", "within": 22}, "it came 23.0 s after that"),
        ({"event": "distress.raised", "after": "falls", "not_before": 25}, "it came 23.0 s after that"),
        ({"event": "distress.raised", "data": {"reason": "help"}}, "there was one at 00:00:30, but"),
        ({"event": "dose.taken"}, "none came; the robot told of distress.raised"),
        ({"event": "distress.raised", "times": 2}, "it came 1 times"),
        ({"said": "안녕"}, "it said 1 other things, the last “순자, 괜찮으세요?”"),
        ({"not_said": "괜찮으세요"}, "at 00:00:07.5"),
        ({"never": ["distress.*"]}, "at 00:00:30: distress.raised"),
        ({"order": ["distress.raised", "fall.down"]}, "fall.down did not come then"),
        ({"fall": "recovered"}, "it only said fall.down, fall.suspected"),
        ({"robot": {"of": "resident", "metres": 1.2}}, "it stands 1.4 m away"),
    ],
)
def test_what_did_not_come_is_said_with_what_came_instead(expected: dict[str, object], why: str) -> None:
    (found,) = judge(scenario(expected), happened(), over=True)
    assert found.state is State.FAILED
    assert found.why.startswith(why)


def test_what_may_still_come_is_open_until_its_time_is_over() -> None:
    expected = scenario({"event": "dose.taken", "within": 200})
    assert judge(expected, happened(), over=False)[0].state is State.OPEN
    assert judge(expected, happened(), over=True)[0].state is State.FAILED


def test_what_counts_from_a_step_that_was_not_done_fails() -> None:
    record = happened()
    del record.ended[1]
    (found,) = judge(scenario({"fall": "down", "after": "falls"}), record, over=True)
    assert found.why == "the step falls was not done to its end"


def test_two_runs_have_one_digest_though_their_ids_differ() -> None:
    assert happened().digest() == happened().digest()
    assert happened().digest() != happened(31.0).digest()


def test_what_two_runs_have_in_common_of_an_event_is_what_it_says_and_not_when_or_how_surely() -> None:
    def told(confidence: float, at: datetime, evidence: str) -> dict[str, object]:
        asked = [Asked(at=at, question="괜찮으세요?", understood="silence")]
        data = DistressRaised(
            distress_id=uuid4(), cause="fall", sources=["fall"], since=at, reason="silence", asked=asked,
            confidence=confidence, evidence=[evidence],
        )  # fmt: skip
        return essence(new_event(data, at=at, source="/district/d/home/h/robot/r", subject="resident"))

    one = told(0.9, AT, "lies since 1.4 s")
    assert one == told(0.8, AT.replace(hour=6), "lies since 2 s")
    assert one != told(0.9, AT, "a call")
    assert (one["reason"], one["person"], one["severity"]) == ("silence", "resident", "alarm")


def verdicts() -> list[Verdict]:
    found = []
    for seed, raised in enumerate((30.0, 31.0, 90.0)):
        record = happened(raised)
        findings = judge(scenario({"event": "distress.raised", "after": "falls", "within": 60}), record, over=True)
        outcome = Outcome.PASSED if findings[0].state is State.HELD else Outcome.FAILED
        title = Words(ko="<가>", en="<a>")
        found.append(Verdict("trial", "trial.yaml", title, seed, "core", outcome, findings, record))
    skipped = Verdict("other", "o.yaml", title, 0, "", Outcome.NOT_RUN, [], Record(), "needs wings")
    return [*found, skipped]


def test_many_runs_come_to_rates_with_intervals_and_delays() -> None:
    told = rates(verdicts()[:3])
    assert told["passed"] == {"held": 2, "of": 3, "rate": 0.6667, "interval": [0.0943, 0.9916]}
    assert told["failed_seeds"] == [2]
    (one,) = told["expectations"]  # type: ignore[misc]
    assert one["delay_p50_s"] == 23.5


@pytest.mark.parametrize(
    ("expect", "detection", "false_alarm"),
    [
        ([{"fall": "down", "after": "falls"}, {"said": "없는 말"}], 2, None),
        ([{"event": "distress.raised", "data": {"cause": "fall"}}], 2, None),
        ([{"fall": "down"}, {"never": "distress.raised"}], 2, None),
        ([{"never": ["fall.down", "distress.*"]}], None, 2),
        ([{"never": "distress.raised", "until": "falls"}], None, 0),
        ([{"never": "dose.*"}], None, None),
    ],
    ids=["found", "raised", "found but not raised", "near fall", "before a fall", "of medicine"],
)
def test_runs_of_falls_come_to_detection_and_runs_without_any_to_false_alarms(
    expect: list[dict[str, object]], detection: int | None, false_alarm: int | None
) -> None:
    played, runs = scenario(*expect), []
    quiet = happened(times=0)
    quiet.entries = [entry for entry in quiet.entries if entry.sort == "begins"]
    for seed, record in enumerate((happened(), happened(), quiet)):
        findings = judge(played, record, over=True)
        runs.append(Verdict("trial", "t.yaml", played.title, seed, "core", Outcome.FAILED, findings, record))
    told = rates(runs, played.expect)

    def count(name: str) -> object:
        share = told[name]
        return share["held"] if isinstance(share, dict) else share

    assert (count("detection"), count("false_alarm")) == (detection, false_alarm)
    shares = [told[name] for name in ("detection", "false_alarm") if told[name]]
    assert all(share["interval"][0] < share["held"] / 3 + 1e-9 for share in shares)  # type: ignore[index]


def test_junit_tells_what_failed_and_what_was_not_run() -> None:
    suite = ET.fromstring(junit(verdicts()))[0]
    assert [suite.get(name) for name in ("tests", "failures", "skipped", "errors")] == ["4", "1", "1", "0"]
    assert [len(case.findall("failure")) for case in suite] == [0, 0, 1, 0]
    assert suite[2].find("failure").get("message").endswith("it came 83.0 s after that")  # type: ignore[union-attr]


def test_the_report_is_one_page_that_takes_nothing_from_outside_and_escapes_what_is_written() -> None:
    page = report(verdicts(), AT)
    assert "http" not in page
    assert "&lt;a&gt;" in page
    assert "<a>" not in page
    assert page.count("<section") == 4
    assert "prefers-color-scheme: dark" in page


def test_stood_down_is_no_alarm() -> None:
    record = happened()
    data = DistressStoodDown(distress_id=uuid4(), cause="fall", sources=["fall"], since=AT)
    record.told(40.0, new_event(data, at=AT, source="/district/d/home/h/robot/r"))
    (found,) = judge(scenario({"event": "distress.stood_down", "severity": "alarm"}), record, over=True)
    assert found.state is State.FAILED
