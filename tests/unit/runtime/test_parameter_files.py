"""A parameter file that is wrong says where, and how to mend it; a right one reaches the nodes in the right types."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field
from typer.testing import CliRunner

from dolbom.errors import UserError
from dolbom.runtime import parameters
from dolbom.runtime.nodes import NodeEntry


class Zone(BaseModel):
    name: str


class EyeParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    source: str = Field("0", description="What it looks at.")
    fps: float = Field(15.0, ge=1, le=60, description="Hz.")
    size: int = 640
    zones: list[Zone] = []
    cap: float | None = None
    gains: list[float] = []


class EarParameters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    gain: float = 1.0


@pytest.fixture(autouse=True)
def _table(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of two nodes, so that these tests do not change with the robot's parameters."""
    table = (
        NodeEntry("eye", "perception", "x:Eye", f"{__name__}:EyeParameters", True, "sees"),
        NodeEntry("ear", "interaction", "x:Ear", f"{__name__}:EarParameters", True, "hears"),
    )
    models = {"eye": EyeParameters, "ear": EarParameters}
    monkeypatch.setattr(NodeEntry, "parameters", lambda self: models[self.name])
    monkeypatch.setattr(parameters, "NODES", table)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "home.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(tmp_path: Path, text: str) -> list[str]:
    path = write(tmp_path, text)
    return [str(problem).removeprefix(f"{path}:") for problem in parameters.check(path)[1]]


def test_a_right_file_gives_each_node_its_values_in_their_types(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
/**:
  ros__parameters:
    lang: en
    use_sim_time: true
/robot1/eye:
  ros__parameters:
    fps: 10
    source: "1"
    zones: [{name: bed}]
    cap: 3
    gains: [1, 2.5]
ear:
  ros__parameters: {gain: 2, lang: ko}
""",
    )
    assert parameters.load(path) == {
        "eye": {
            "lang": "en",
            "use_sim_time": True,
            "fps": 10.0,
            "source": "1",
            "zones": '[{"name": "bed"}]',
            "cap": 3.0,
            "gains": [1.0, 2.5],
        },
        "ear": {"lang": "ko", "use_sim_time": True, "gain": 2.0},
    }
    assert isinstance(parameters.load(path)["eye"]["fps"], float)


def test_written_values_are_a_ros_parameter_file_for_any_namespace(tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    parameters.write({"eye": {"fps": 10.0, "lang": "ko"}}, out)
    assert yaml.safe_load(out.read_text()) == {"/**/eye": {"ros__parameters": {"fps": 10.0, "lang": "ko"}}}
    assert parameters.load(out) == {"eye": {"fps": 10.0, "lang": "ko"}}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("eye:\n  ros__parameters:\n    fsp: 3\n", "3: eye has no parameter 'fsp'; did you mean fps?"),
        (
            "eye:\n  ros__parameters:\n    size: 1\n    fps: 90\n",
            "4: eye fps: Input should be less than or equal to 60, not 90",
        ),
        ("eye:\n  ros__parameters:\n    fps: quick\n", "3: eye fps: Input should be a valid number"),
        ("eyes:\n  ros__parameters:\n    fps: 3\n", "3: no node 'eyes'; did you mean eye?"),
        ("/**:\n  ros__parameters:\n    langg: ko\n", "3: no node has a parameter 'langg'; did you mean lang?"),
        ("/**:\n  ros__parameters:\n    lang: fr\n", "3: eye lang: Input should be 'ko' or 'en', not 'fr'"),
        ("eye:\n  fps: 3\n", "1: eye: expects one key below it, ros__parameters"),
        ("eye:\n  ros__parameters: 3\n", "2: ros__parameters expects name: value"),
        ("- 1\n", "1: a parameter file begins with node names"),
        ("eye:\n  ros__parameters:\n    fps: [1\n", "not YAML"),
        ("eye:\n  ros__parameters:\n    fps: 1\n    fps: 2\n", "4: not YAML: found duplicate key"),
        ("eye:\n  ros__parameters:\n    zones: '[{'\n", "3: eye: zones must hold JSON"),
        ("eye:\n  ros__parameters:\n    zones: [{nam: bed}]\n", "3: eye zones: Field required"),
        ("eye:\n  ros__parameters:\n    use_sim_time: 5\n", "3: use_sim_time is true or false, not 5"),
        (
            "/**:\n  ros__parameters:\n    time_zone: Asia/Soul\n",
            "3: eye time_zone: Value error, no time zone 'Asia/Soul'",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, complaint: str) -> None:
    found = complaints(tmp_path, text)
    assert any(complaint in one for one in found), found


def test_every_mistake_is_named_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = "eye:\n  ros__parameters:\n    fsp: 3\n    size: x\near:\n  ros__parameters:\n    gian: 1\n"
    assert [one.split(":")[0] for one in complaints(tmp_path, text)] == ["3", "4", "7"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "eye:\n  ros__parameters:\n"])
def test_a_file_that_says_nothing_is_fine(tmp_path: Path, text: str) -> None:
    assert parameters.check(write(tmp_path, text)) == ({}, [])


def test_loading_a_wrong_file_is_one_line_with_the_first_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, "eye:\n  ros__parameters:\n    fsp: 3\n    szie: 1\n")
    with pytest.raises(UserError) as caught:
        parameters.load(path)
    assert str(caught.value).startswith(f"{path}:3: eye has no parameter 'fsp'")
    assert "1 more" in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no parameter file"):
        parameters.load(tmp_path / "none.yaml")


def test_a_file_that_is_not_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        parameters.load(path)


def test_the_check_command_exits_with_2_and_names_the_line(tmp_path: Path) -> None:
    path = write(tmp_path, "eye:\n  ros__parameters:\n    fsp: 3\n")
    told = CliRunner().invoke(parameters.app, ["check", str(path)])
    assert told.exit_code == 2
    assert f"{path}:3:" in told.output
    told = CliRunner().invoke(parameters.app, ["check", str(path), "--json"])
    assert json.loads(told.output)["problems"][0]["line"] == 3


def test_the_check_command_is_content_with_a_right_file(tmp_path: Path) -> None:
    path = write(tmp_path, "eye:\n  ros__parameters:\n    fps: 3\n")
    told = CliRunner().invoke(parameters.app, ["check", str(path)])
    assert told.exit_code == 0
    assert "1 values for 1 nodes" in told.output


def test_the_list_names_every_parameter_with_its_range() -> None:
    told = CliRunner().invoke(parameters.app, ["list", "--json"])
    listed = {(one["node"], one["name"]): one for one in json.loads(told.output)}
    assert listed["eye", "fps"] == {
        "node": "eye",
        "name": "fps",
        "type": "double",
        "default": 15.0,
        "minimum": 1,
        "maximum": 60,
        "constraints": "",
        "description": "Hz.",
        "read_only": False,
    }
    assert ("/**", "lang") in listed
    told = CliRunner().invoke(parameters.app, ["list", "--node", "eye"])
    assert "1…60" in told.output
    assert "gain " not in told.output


def test_listing_an_unknown_node_names_a_near_one() -> None:
    told = CliRunner().invoke(parameters.app, ["list", "--node", "eyee"])
    assert isinstance(told.exception, UserError)
    assert "did you mean eye?" in str(told.exception)


def test_no_name_is_cut_short_in_the_list_however_narrow_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    shown = CliRunner().invoke(parameters.app, ["list"]).stdout
    assert "gain" in shown
    assert re.findall(r"[a-z_]+(?:…|\.\.\.)", shown) == []
