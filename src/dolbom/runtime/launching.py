"""What ROS 2 launch must start, as plain values from the table of nodes, so that launch files state no facts."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dolbom.runtime import parameters as parameter_files
from dolbom.runtime.nodes import NODES
from dolbom.runtime.up import environment, prepare, processes

RESPAWN_S = 2.0


@dataclass(frozen=True)
class Started:
    """The arguments of one `launch.actions.ExecuteProcess`."""

    name: str
    cmd: list[str]
    additional_env: dict[str, str]
    respawn: bool
    respawn_delay: float


def companion(arguments: Mapping[str, str]) -> list[Started]:
    """The robot's processes.

    Args:
        arguments: the launch arguments `parameters`, `only`, `namespace`, `source`, `use_sim_time`; each may be empty.

    Raises:
        UserError: if the parameter file is wrong; names file and line.
    """
    named = arguments.get("parameters", "")
    given = {node: dict(own) for node, own in parameter_files.load(Path(named)).items()} if named else {}
    if arguments.get("source"):
        given.setdefault("camera", {})["source"] = arguments["source"]
    if arguments.get("use_sim_time", "").lower() == "true":
        for entry in NODES:
            given.setdefault(entry.name, {})["use_sim_time"] = True
    only = [name for name in arguments.get("only", "").split(",") if name]
    specs = processes(only, prepare(given), arguments.get("namespace", ""), given)
    prefixes = ("DOLBOM_", "FASTDDS_", "ROS_A", "RMW_")
    added = {name: value for name, value in environment().items() if name.startswith(prefixes)}
    return [Started(spec.name, list(spec.command), added, respawn=True, respawn_delay=RESPAWN_S) for spec in specs]


def district(arguments: Mapping[str, str]) -> list[Started]:
    """The reference district platform.

    Args:
        arguments: the launch arguments `data` and `web_port`, each may be empty.
    """
    cmd = [sys.executable, "-m", "dolbom", "district", "up"]
    if arguments.get("data"):
        cmd += ["--data", arguments["data"]]
    if arguments.get("web_port"):
        cmd += ["--web-port", arguments["web_port"]]
    return [Started("district", cmd, {}, respawn=True, respawn_delay=RESPAWN_S)]
