"""The contract between a simulator and the robot's nodes: topics, types, rates and frames."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from dolbom.errors import UserError
from dolbom.places import ROOT

CONTRACT = ROOT / "sim" / "contract.yaml"


class Topic(BaseModel):
    """One topic.

    Attributes:
        way: out of the simulator or into it.
        rate: the least, in Hz of simulated time.
        frame: in which it is told.
        gz, gz_type: what it is in Gazebo Harmonic.
        by: the topic and the type that the bridge makes of that, where a node of ours then makes this one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: str
    way: Literal["in", "out"]
    rate: float = 0.0
    frame: str = ""
    gz: str
    gz_type: str
    by: tuple[str, str] | None = None


class Contract(BaseModel):
    """All topics."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: list[Topic]

    def bridge(self) -> str:
        """The configuration of ros_gz_bridge that keeps the contract on Gazebo Harmonic, as YAML."""
        entries = [
            {
                "ros_topic_name": name.removeprefix("/") if name != "/clock" else name,
                "gz_topic_name": topic.gz,
                "ros_type_name": kind,
                "gz_type_name": topic.gz_type,
                "direction": "GZ_TO_ROS" if topic.way == "out" else "ROS_TO_GZ",
            }
            for topic in self.topics
            for name, kind in (topic.by or (topic.name, topic.type),)
        ]
        head = "# Made from sim/contract.yaml: bin/dolbom sim describe. Not tried: no Gazebo Harmonic was at hand.\n"
        return head + yaml.safe_dump(entries, sort_keys=False)


def read_contract(path: Path = CONTRACT) -> Contract:
    """Reads the contract.

    Raises:
        UserError: if it is missing or wrong.
    """
    try:
        return Contract.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}", "") from None
