"""A scenario file is read as it is written, and what is wrong with it is said with its line, column and a cure."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dolbom.errors import UserError
from dolbom.simulation.home import Home, read_home
from dolbom.simulation.scenario import schema
from dolbom.simulation.scenario.cli import FOLDER
from dolbom.simulation.scenario.lint import lint
from dolbom.simulation.scenario.reading import load, read
from dolbom.simulation.scenario.words import in_clock, seconds

HEAD = """\
title: {ko: 시험, en: A trial}
cast:
  resident: {at: sofa, posture: sitting}
"""
SOUND = HEAD + "steps:\n  - wait: 5\n  - walk: rug\nexpect:\n  - never: distress.*\n"


@pytest.fixture(scope="module")
def home() -> Home:
    return read_home()


def wrong(tmp_path: Path, home: Home, text: str) -> list[str]:
    path = tmp_path / "trial.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(problem).removeprefix(f"{path}:") for problem in lint(path, home)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90), ("00:01:30", 90), ("01:30", 90), ("90 s", 90), ("1.5 min", 90), ("2 h", 7200), ("00:00:05.5", 5.5)],
)
def test_times_are_written_as_people_write_them(text: str, value: float) -> None:
    assert seconds(text) == value


def test_what_is_no_time_is_said() -> None:
    with pytest.raises(ValueError, match="write 90, 00:01:30"):
        seconds("soon")


def test_a_time_is_told_as_it_is_written() -> None:
    assert [in_clock(one) for one in (5, 5.25, 3725, 59.99)] == ["00:00:05", "00:00:05.2", "01:02:05", "00:01:00"]


def test_a_sound_file_has_no_problem(tmp_path: Path, home: Home) -> None:
    assert wrong(tmp_path, home, SOUND) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_nothing_is_wrong_with_a_shipped_scenario(path: Path, home: Home) -> None:
    assert [str(problem) for problem in lint(path, home)] == []


@pytest.mark.parametrize(
    ("instead_of", "written", "said"),
    [
        ("walk: rug", "walk: rugg", "6:5: no place 'rugg' in this home — did you mean rug?"),
        ("walk: rug", "wlk: rug", "6:5: no word 'wlk' here — did you mean walk?"),
        ("walk: rug", "walk: rug\n    who: nobody", "7:5: nobody called 'nobody' in the cast — there are resident"),
        ("walk: rug", "walk: rug\n    after: later", "7:5: no step is called 'later' — give one `label: later`"),
        ("walk: rug", "sit: rug", "6:5: nobody sits at rug — one sits at sofa, chair, bed, toilet"),
        ("walk: rug", "walk: outside", "6:5: nobody walks out of the home — write `leave: home`"),
        ("walk: rug", "enter: outside", "6:5: nobody comes in to outside — name a place in the home"),
        ("walk: rug", "fall: upwards", "6:5: 'upwards' is none of"),
        ("walk: rug", "kill: fal", "6:5: no node 'fal' is running in this scenario — did you mean fall?"),
        ("walk: rug", "kill: web", "6:5: no node 'web' is running in this scenario"),
        ("walk: rug", "kill: drive", "6:5: no node 'drive' is running in this scenario"),
        ("walk: rug", "switch_on: radio", "6:5: no appliance 'radio'"),
        ("walk: rug", "open: window", "6:5: no door 'window'"),
        ("walk: rug", "walk: rug\n    sit: sofa", "6:5: a step does one thing; this has walk and sit"),
        ("walk: rug", "walk: $where", "6:5: no parameter $where — give it under `parameters:`"),
        ("wait: 5", "wait: soon", "5:5: 'soon' is no time — write 90, 00:01:30, 90 s, 1.5 min or 2 h"),
        (
            "wait: 5",
            "wait: 5\n    at: 10:00:00\n  - wait: 1\n    at: 00:00:05",
            "8:5: this begins before the step above it",
        ),
        ("wait: 5", "", "5:4: there is nothing where words with values are wanted — write them as `word: value`"),
        ("walk: rug", "sofa", "6:5: 'sofa' stands by itself where words with values are wanted"),
        ("never: distress.*", "order: [distress.raised, sat]", "8:30: no event and no step's label 'sat'"),
        ("never: distress.*", "never: distres.*", "8:5: no event of the kind 'distres.*'"),
        ("never: distress.*", "event: distress.raised\n    data: {reason: boredom}", "9:12: it can never hold: reason"),
        ("never: distress.*", "event: distress.raised\n    data: {mood: bad}", "9:12: distress.raised has no 'mood'"),
        ("never: distress.*", "event: fall.down", "8:5: it can never hold: fall.down does not leave the robot"),
        ("never: distress.*", "said: /(/", "8:5: not a pattern"),
        (
            "never: distress.*",
            "never: distress.*\n    within: 5",
            "8:5: `within` goes with event or said or fall or order",
        ),
        (
            "never: distress.*",
            "never: distress.*\n  - event: distress.raised",
            "8:5: it can never hold: line 9 expects",
        ),
        ("title: {ko: 시험, en: A trial}", "title: {ko: 시험}", "1:1: en is missing — write it here"),
        ("at: sofa, posture: sitting", "at: rug, posture: sitting", "3:14: nobody sits at rug"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_a_cure(
    tmp_path: Path, home: Home, instead_of: str, written: str, said: str
) -> None:
    found = wrong(tmp_path, home, SOUND.replace(instead_of, written))
    assert len(found) == 1, found
    assert found[0].startswith(said)


def test_a_file_that_is_no_yaml_is_said_where(tmp_path: Path, home: Home) -> None:
    (found,) = wrong(tmp_path, home, "title: {ko: 시험\nsteps:\n  - wait: 5\n")
    assert found.startswith("2:6: not YAML") or found.startswith("2:")


def test_labels_that_wait_for_each_other_are_found(tmp_path: Path, home: Home) -> None:
    circle = "  - {wait: 1, label: one, after: two}\n  - {wait: 1, label: two, after: one}\n"
    found = wrong(tmp_path, home, SOUND.replace("  - walk: rug\n", circle))
    assert any("waits for itself" in one for one in found)


def test_a_part_comes_first_and_the_own_words_win(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("start: '07:00'\nlight: night\nsteps:\n  - wait: 1\n", encoding="utf-8")
    path = tmp_path / "whole.yaml"
    path.write_text(SOUND + "use: [part.yaml]\nstart: '09:00'\n", encoding="utf-8")
    scenario = load(path).scenario
    assert (scenario.start, scenario.light) == ("09:00", "night")
    assert [step.wait for step in scenario.steps] == [1, 5, None]


def test_a_mistake_in_a_part_is_said_with_the_part_s_own_place(tmp_path: Path, home: Home) -> None:
    part = tmp_path / "part.yaml"
    part.write_text("steps:\n  - walk: moon\n", encoding="utf-8")
    path = tmp_path / "whole.yaml"
    path.write_text(SOUND + "use: part.yaml\n", encoding="utf-8")
    assert [str(problem.mark) for problem in lint(path, home)] == [f"{part}:2:5"]


def test_files_that_use_each_other_are_told(tmp_path: Path, home: Home) -> None:
    (tmp_path / "part.yaml").write_text("use: [trial.yaml]\n", encoding="utf-8")
    found = wrong(tmp_path, home, SOUND + "use: [part.yaml]\n")
    assert any("uses this file again" in one for one in found)


def test_a_parameter_is_drawn_by_the_seed_and_no_other_parameter_changes_it(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    text = SOUND.replace("walk: rug", "walk: {to: rug, speed: $speed}")
    path.write_text(text + "parameters: {speed: [0.4, 0.9]}\n", encoding="utf-8")
    alone = [load(path, seed).drawn["speed"] for seed in range(5)]
    path.write_text(text + "parameters: {before: [1, 5], speed: [0.4, 0.9]}\n", encoding="utf-8")
    assert [load(path, seed).drawn["speed"] for seed in range(5)] == alone
    assert len(set(alone)) > 1
    assert all(0.4 <= one <= 0.9 for one in alone)
    assert load(path, 3).scenario.steps[1].walk.speed == alone[3]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("step", "parameters", "said"),
    [
        ("walk: $where", "where: {one_of: [rug, living, sofaa]}", "no place 'sofaa' in this home — did you mean sofa?"),
        ("walk: {to: rug, speed: $fast}", "fast: [0.1, 1.0]", "greater than or equal to 0.2, not '0.1'"),
        ("walk: {to: rug, speed: $fast}", "fast: [0.4, 9.0]", "less than or equal to 1.6, not '9.0'"),
        ("fall: $way", "way: {one_of: [left, right, forward, upwards]}", "'upwards' is none of"),
    ],
)
def test_every_value_that_can_be_drawn_is_looked_at(
    tmp_path: Path, home: Home, step: str, parameters: str, said: str
) -> None:
    text = SOUND.replace("walk: rug", step) + f"parameters:\n  ok: [1, 2]\n  {parameters}\n"
    (found,) = wrong(tmp_path, home, text)
    assert said in found


def test_a_robot_that_hears_or_drives_may_lose_its_ears_or_its_drive(tmp_path: Path, home: Home) -> None:
    heard = SOUND.replace("  - wait: 5\n", "  - say: {text: 살려줘, as: sound}\n  - kill: ears\n")
    assert wrong(tmp_path, home, heard) == []
    assert wrong(tmp_path, home, SOUND.replace("wait: 5", "kill: drive") + "robot: {drives: true}\n") == []


def test_a_missing_file_is_one_line_with_a_cure() -> None:
    with pytest.raises(UserError, match="no scenario"):
        load(Path("no/such.yaml"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("**/*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_scenario_fits_the_published_schema(path: Path) -> None:
    published = json.loads(schema.FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(published).validate(read(path).tree)


def test_the_published_schema_refuses_what_no_scenario_says() -> None:
    published = jsonschema.Draft202012Validator(schema.schema())
    jsonschema.Draft202012Validator.check_schema(schema.schema())
    assert list(published.iter_errors({"steps": [{"fly": "sofa"}]}))
    assert list(published.iter_errors({"steps": [{"fall": "upwards"}]}))


def test_the_published_schema_is_that_of_the_code() -> None:
    assert schema.FILE.read_text(encoding="utf-8") == schema.written(), (
        "run `python -m dolbom.simulation.scenario.schema`"
    )


def test_words_may_be_sound_and_the_camera_may_be_poor(tmp_path: Path, home: Home) -> None:
    text = SOUND.replace("  - wait: 5\n", "  - say: {text: 살려줘, as: sound}\n  - say: 괜찮아\n")
    path = tmp_path / "aloud.yaml"
    path.write_text(text + "parameters:\n  much: [2.0, 4.0]\nnoise: {grain: $much, drop: 0.1}\n", encoding="utf-8")
    assert lint(path, home) == []
    scenario = load(path, 1).scenario
    assert [step.say.as_ for step in scenario.steps if step.say] == ["sound", "text"]
    assert scenario.noise is not None
    assert 2.0 <= scenario.noise.grain <= 4.0
    assert load(path, 1).scenario.noise == scenario.noise != load(path, 2).scenario.noise
    assert wrong(tmp_path, home, SOUND + "noise: {fog: 1}\n")[0].startswith("9:9: no word 'fog' here")
    assert "less than 1" in wrong(tmp_path, home, SOUND + "noise: {drop: 1.5}\n")[0]


TUTORIAL = Path(__file__).parents[3] / "docs" / "simulation.md"


def test_the_scenario_of_the_documentation_is_sound_as_it_stands_there(tmp_path: Path, home: Home) -> None:
    text = TUTORIAL.read_text(encoding="utf-8").partition("Write a scenario in ten minutes")[2]
    assert wrong(tmp_path, home, text.partition("```yaml\n")[2].partition("```")[0]) == []


def test_what_is_merged_in_from_an_anchor_is_read_like_anything_else(tmp_path: Path, home: Home) -> None:
    expected = "expect:\n  - never: distress.*\n"
    assert wrong(tmp_path, home, HEAD + "steps:\n  - &b {wait: 5}\n  - <<: *b\n" + expected) == []
    assert "nowhere" in wrong(tmp_path, home, HEAD + "steps:\n  - &b {walk: nowhere}\n  - <<: *b\n" + expected)[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("parameters: {a: {one_of: [{x: 1}]}}\n", ""),
        ("parameters: {a: {one_of: [sofa, {to: bed}]}}\n", ""),
        ('start: "2026-13-45 10:00"\n', "there is no day 2026-13-45"),
        ('start: "2026-02-30 10:00"\n', "there is no day 2026-02-30"),
        ("robot: {at: [99, 99]}\n", "is not in the home"),
        ("robot: {at: [.nan, 0]}\n", "is not in the home"),
    ],
)
def test_what_can_never_be_played_is_said_before_it_is_played(tmp_path: Path, home: Home, text: str, said: str) -> None:
    problems = wrong(tmp_path, home, SOUND + text)
    assert problems and said in problems[0], problems


def test_a_time_that_ends_before_it_begins_is_said(tmp_path: Path, home: Home) -> None:
    steps = "steps:\n  - wait: 5\n    label: first\n  - fall: left\n    label: falls\n"
    never = "expect:\n  - {never: distress.raised, after: falls, until: first}\n"
    assert "first does not come after falls" in wrong(tmp_path, home, HEAD + steps + never)[0]
